import { type DragEvent, type ReactNode, useState } from "react";
import classes from "./DropArea.module.css";

interface Props {
  onFile: (file: File) => void;
  children: ReactNode;
}

/** A part of a page that takes a file dropped on it; beside it there is a button for who drags nothing. */
export function DropArea({ onFile, children }: Props) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files.item(0);
    if (file) onFile(file);
  };
  return (
    <div
      className={classes.area}
      data-over={over || undefined}
      onDrop={drop}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
    >
      {children}
    </div>
  );
}
