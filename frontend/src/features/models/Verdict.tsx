import { Alert, Text } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { currentLanguage, knownText } from "../../i18n/index.ts";
import { findingWords, type Verdict as Found } from "../../words/verdicts.ts";
import { verdictSentence } from "./verdictSentence.ts";

/** What the finished model is worth, before any figure. */
export function Verdict({ verdict }: { verdict: Found }) {
  const { title, color } = findingWords(verdict);
  return (
    <Alert color={color} icon={<IconScale aria-hidden />} title={title}>
      <Text size="sm">{verdictSentence(verdict)}</Text>
      {verdict.signs.length > 0 && (
        <Text component="ul" size="sm" mt="xs" mb={0} pl="lg">
          {verdict.signs.map((sign) => (
            <li key={sign.code}>{signInWords(sign)}</li>
          ))}
        </Text>
      )}
    </Alert>
  );
}

/** The engine's sentence, which has the figures, in its own language; in others what the sign means. */
function signInWords({ code, message }: Found["signs"][number]): string {
  return currentLanguage() === "en" ? message : (knownText(`verdict.signs.${code}`) ?? message);
}
