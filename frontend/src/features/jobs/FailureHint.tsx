import { Text } from "@mantine/core";
import { withNamedFields } from "../../components/schema/namedFields.ts";
import { currentLanguage, knownText } from "../../i18n/index.ts";
import type { Job } from "./queries.ts";

/** What to do about a failure, with the fields called as in the form. The API says it in English. */
export function FailureHint({ error }: { error: NonNullable<Job["error"]> }) {
  const translated =
    currentLanguage() === "en" ? undefined : knownText(`jobDetails.failureHints.${error.code}`);
  return <Text size="sm">{withNamedFields(translated ?? error.hint)}</Text>;
}
