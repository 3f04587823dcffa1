import { Box, Table, type TableProps } from "@mantine/core";
import classes from "./WideTable.module.css";

interface Props extends TableProps {
  label: string;
  minWidth: number;
  maxHeight?: number;
}

/** A table that scrolls sideways, by keyboard too, where the screen is narrower than `minWidth`. */
export function WideTable({ label, minWidth, maxHeight, children, ...props }: Props) {
  return (
    <Box className={classes.scroller} mah={maxHeight ?? "none"} tabIndex={0} role="group" aria-label={label}>
      <Table className={classes.table} miw={minWidth} {...props}>
        {children}
      </Table>
    </Box>
  );
}
