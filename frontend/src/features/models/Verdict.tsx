import { Alert, Text } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import type { Schemas } from "../../api/client.ts";
import { OUTCOME_WORDS } from "../../words/verdicts.ts";

/** What the finished model is worth, before any figure. */
export function Verdict({ verdict }: { verdict: Schemas["Verdict"] }) {
  const { title, color } = OUTCOME_WORDS[verdict.outcome];
  return (
    <Alert color={color} icon={<IconScale aria-hidden />} title={title}>
      <Text size="sm">{verdict.sentence}</Text>
      {verdict.signs.length > 0 && (
        <Text component="ul" size="sm" mt="xs" mb={0} pl="lg">
          {verdict.signs.map((sign) => (
            <li key={sign.code}>{sign.message}</li>
          ))}
        </Text>
      )}
    </Alert>
  );
}
