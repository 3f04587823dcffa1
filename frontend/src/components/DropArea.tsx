import type { ReactNode } from "react";
import classes from "./DropArea.module.css";
import { useDrop } from "./useDrop.ts";

interface Props {
  onFile: (file: File) => void;
  children: ReactNode;
}

/** A part of a page that takes a file dropped on it; beside it there is a button for who drags nothing. */
export function DropArea({ onFile, children }: Props) {
  return (
    <div className={classes.area} {...useDrop(onFile)}>
      {children}
    </div>
  );
}
