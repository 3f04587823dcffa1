import { Table, VisuallyHidden } from "@mantine/core";

/** The head of a column of buttons: its name is read out, and takes no room. */
export function ActionsHeader({ label }: { label: string }) {
  return (
    <Table.Th>
      <VisuallyHidden>{label}</VisuallyHidden>
    </Table.Th>
  );
}
