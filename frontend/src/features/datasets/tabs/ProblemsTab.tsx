import { Card, Stack } from "@mantine/core";
import { Empty } from "../../../components/Empty.tsx";
import { t } from "../../../i18n/index.ts";
import { ProblemsOf } from "../Problems.tsx";
import { useShownDataset } from "../shownDataset.ts";

/** Why the version was rejected, or what of its file was left out. */
export function ProblemsTab() {
  const { version } = useShownDataset();
  const hasNone = version.problems.length + version.warnings.length === 0;
  return (
    <Card>
      {hasNone ? (
        <Empty title={t("data.noProblems")}>{t("data.allWasTaken")}</Empty>
      ) : (
        <Stack gap="md">
          <ProblemsOf version={version} />
        </Stack>
      )}
    </Card>
  );
}
