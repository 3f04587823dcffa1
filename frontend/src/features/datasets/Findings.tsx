import { Alert, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { t } from "../../i18n/index.ts";
import type { DatasetPreview } from "./queries.ts";

/** What to know of the data before training on them. */
export function Findings({ findings }: Pick<DatasetPreview, "findings">) {
  if (findings.length === 0) return null;
  return (
    <Alert
      color="yellow"
      icon={<IconAlertTriangle aria-hidden />}
      title={t("data.beforeTraining")}
      role="note"
    >
      <Stack gap="xs">
        {findings.map(({ code, column, message }) => (
          <div key={`${code} ${column}`}>
            <Text size="sm" fw={600}>
              {t(`dataTerms.findings.${code}`)}
              {column && ` · ${column}`}
            </Text>
            <Text size="sm">{message}</Text>
          </div>
        ))}
      </Stack>
    </Alert>
  );
}
