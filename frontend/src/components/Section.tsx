import { Card, Group, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface Props {
  title: string;
  aside?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}

/** A titled card. `flush` lets a table reach the card's edges. */
export function Section({ title, aside, flush = false, children }: Props) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id}>
      <Group justify="space-between" gap="xs" mb="sm">
        <Title order={2} id={id}>
          {title}
        </Title>
        {aside}
      </Group>
      {flush ? <Card.Section>{children}</Card.Section> : children}
    </Card>
  );
}
