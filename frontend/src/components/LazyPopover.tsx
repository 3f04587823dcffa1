import { lazy, type ReactElement, type ReactNode, Suspense, useState } from "react";

/** What makes a button the one that opens something. */
export interface OpeningButton {
  "aria-haspopup"?: "dialog";
  "aria-expanded"?: boolean;
  onClick?: () => void;
}

export interface PopoverProps {
  label: string;
  target: (button: OpeningButton) => ReactElement;
  p?: number;
  mah?: number;
  w?: number;
  children: ReactNode;
}

const Popover = lazy(() => import("./loaded/Popover.tsx"));

/** A button that opens something below it, which is loaded when it is first opened. */
export function LazyPopover(props: PopoverProps) {
  const [asked, setAsked] = useState(false);
  const button = props.target({
    "aria-haspopup": "dialog",
    "aria-expanded": false,
    onClick: () => setAsked(true),
  });
  return <Suspense fallback={button}>{asked ? <Popover {...props} /> : button}</Suspense>;
}
