import { lazy, type ReactElement, Suspense, useState } from "react";

export interface MenuEntry {
  label: string;
  onClick: () => void;
}

/** What makes a button the one of a menu. */
export interface MenuButton {
  "aria-haspopup"?: "menu";
  "aria-expanded"?: boolean;
  onClick?: () => void;
}

export interface MenuProps {
  items: readonly MenuEntry[];
  target: (button: MenuButton) => ReactElement;
}

const Menu = lazy(() => import("./loaded/Menu.tsx"));

/** A button with a menu, which is loaded when it is first opened. */
export function LazyMenu(props: MenuProps) {
  const [asked, setAsked] = useState(false);
  const button = props.target({
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onClick: () => setAsked(true),
  });
  return <Suspense fallback={button}>{asked ? <Menu {...props} /> : button}</Suspense>;
}
