import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { t } from "../i18n/index.ts";

interface Props {
  secret: string;
  /** What it is for, and that it is not shown again. */
  children: string;
  onClose: () => void;
}

/** A secret to copy: the API tells it this once. */
export function ShownOnce({ secret, children, onClose }: Props) {
  return (
    <Stack gap="md">
      <Alert color="yellow">
        <Text size="sm">{children}</Text>
      </Alert>
      <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
        {secret}
      </Code>
      <Group justify="flex-end" gap="xs">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? t("common.copied") : t("common.copy")}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t("common.iHaveKeptIt")}</Button>
      </Group>
    </Stack>
  );
}
