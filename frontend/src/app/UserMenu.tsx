import { lazy, Suspense, useState } from "react";
import type { Me } from "../auth/me.ts";
import { AccountButton } from "./AccountButton.tsx";

/** Loaded when it is first opened. */
const AccountMenu = lazy(() => import("./AccountMenu.tsx"));

export function UserMenu({ me }: { me: Me | undefined }) {
  const [asked, setAsked] = useState(false);
  const button = (
    <AccountButton me={me} aria-haspopup="menu" aria-expanded={false} onClick={() => setAsked(true)} />
  );
  return <Suspense fallback={button}>{asked ? <AccountMenu me={me} /> : button}</Suspense>;
}
