import { Button, Code, CopyButton, Stack, Text } from "@mantine/core";
import { t } from "../../i18n/index.ts";
import type { Model } from "./queries.ts";

/** What checks downloaded files against the hashes that the platform has recorded: GNU coreutils' own list format. */
export function checkCommand(files: Model["files"]): string {
  return ["sha256sum --check <<'END'", ...files.map(({ name, sha256 }) => `${sha256}  ${name}`), "END"].join(
    "\n",
  );
}

/** How somebody sees for himself that a downloaded model is the one that was trained. */
export function VerifyFiles({ model }: { model: Model }) {
  const command = checkCommand(model.files);
  return (
    <Stack gap="xs">
      <Text size="xs" c="dimmed">
        {t("tryModel.verifyHint")}
      </Text>
      <Code block tabIndex={0} fz="xs" aria-label={t("tryModel.verifyCommand")}>
        {command}
      </Code>
      <CopyButton value={command}>
        {({ copied, copy }) => (
          <Button size="compact-sm" variant="default" w="fit-content" onClick={copy}>
            {copied ? t("common.copied") : t("common.copy")}
          </Button>
        )}
      </CopyButton>
    </Stack>
  );
}
