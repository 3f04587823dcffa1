import { Card, Code, CopyButton, Button, Group } from "@mantine/core";
import { t } from "../../../i18n/index.ts";
import { useShownJob } from "../shownJob.ts";

/** The settings, as the API, the client and the command line take them. */
export function Spec() {
  const text = JSON.stringify(useShownJob().spec, null, 2);
  return (
    <Card padding="md">
      <Group justify="flex-end" mb="xs">
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" size="xs" onClick={copy}>
              {copied ? t("jobDetails.copied") : t("jobDetails.copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block tabIndex={0} aria-label={t("jobDetails.theJobsSettingsAs")}>
        {text}
      </Code>
    </Card>
  );
}
