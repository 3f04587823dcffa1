import type { ReactNode } from "react";
import classes from "./WithAside.module.css";

interface Props {
  children: ReactNode;
  aside?: ReactNode;
  /** Beside each other on narrower screens already. */
  soon?: boolean;
}

/** The main parts of a page, two thirds wide, and others beside them. A grid of Mantine's weighs a hundred times more. */
export function WithAside({ children, aside, soon = false }: Props) {
  return (
    <div className={classes.both} data-soon={soon || undefined}>
      <div className={classes.part}>{children}</div>
      {aside && <div className={classes.part}>{aside}</div>}
    </div>
  );
}
