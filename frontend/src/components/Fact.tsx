import { Box, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  label: string;
  children: ReactNode;
  note?: ReactNode;
}

/** A labelled figure, inside a `<dl>`. */
export function Fact({ label, children, note }: Props) {
  return (
    <Box miw={0}>
      <dt className="label">{label}</dt>
      <Text component="dd" m={0} size="sm" fw={550} className="figures" style={{ overflowWrap: "anywhere" }}>
        {children}
        {note && (
          <Text size="xs" c="dimmed" fw={400}>
            {note}
          </Text>
        )}
      </Text>
    </Box>
  );
}
