import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";

interface Props {
  id: string;
  to: string;
  query: { data?: { name: string } | undefined; isError: boolean };
}

/** A link by the name of what it leads to; of something that is there no more its id is all that is known. */
export function NamedLink({ id, to, query }: Props) {
  if (query.isError)
    return (
      <Text span size="sm" c="dimmed" ff="monospace">
        {id}
      </Text>
    );
  return (
    <Anchor component={Link} to={to} size="sm">
      {query.data?.name ?? id}
    </Anchor>
  );
}
