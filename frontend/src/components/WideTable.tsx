import { Box, Table, type TableProps } from "@mantine/core";
import { useLayoutEffect, useRef } from "react";
import classes from "./WideTable.module.css";

interface Props extends TableProps {
  label: string;
  minWidth: number;
  /** Of a table of data, which scrolls on a phone too. */
  maxHeight?: number;
}

/**
 * A table that scrolls sideways, by keyboard too, where the screen is narrower than `minWidth`. On a phone each row is a
 * block with a line for each cell, so that no amount and no button is off the screen.
 */
export function WideTable({ label, minWidth, maxHeight, children, ...props }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const stacks = maxHeight === undefined;
  useLayoutEffect(() => {
    if (stacks && box.current) labelCells(box.current);
  });
  return (
    <Box
      ref={box}
      className={classes.scroller}
      mah={maxHeight ?? "none"}
      tabIndex={0}
      role="group"
      aria-label={label}
    >
      <Table className={classes.table} data-stacks={stacks || undefined} miw={minWidth} {...props}>
        {children}
      </Table>
    </Box>
  );
}

/** Gives each cell the name of its column, which stands beside it on a phone. */
function labelCells(box: HTMLElement): void {
  const names = [...box.querySelectorAll("thead th")].map((cell) => cell.textContent);
  for (const row of box.querySelectorAll<HTMLTableRowElement>("tbody tr")) {
    for (const cell of row.cells) cell.dataset.column = names[cell.cellIndex] ?? "";
  }
}
