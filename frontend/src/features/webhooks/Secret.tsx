import { Alert, Button, Code, CopyButton, Group, Stack } from "@mantine/core";
import { t } from "../../i18n/index.ts";
import { LazyModal } from "../../components/LazyModal.tsx";

/** The secret that signs an endpoint's messages, this once. */
export function Secret({ secret, title, onClose }: { secret: string; title: string; onClose: () => void }) {
  return (
    <LazyModal opened onClose={onClose} title={title} centered closeOnClickOutside={false}>
      <Stack gap="md">
        <Alert color="yellow">{t("webhooks.secretOnce")}</Alert>
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
          <Button onClick={onClose}>{t("webhooks.kept")}</Button>
        </Group>
      </Stack>
    </LazyModal>
  );
}
