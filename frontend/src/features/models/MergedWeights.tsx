import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useMay } from "../../auth/me.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { formatMoment } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { FileTable } from "./FileTable.tsx";
import { type ModelExport, exportFileUrl, useCreateExport, useExport } from "./exports.ts";

/** Has a worker write whole weights that transformers loads by itself, and links to them for a day. */
export function MergedWeights({ modelId }: { modelId: string }) {
  const exported = useExport(modelId);
  const create = useCreateExport(modelId);
  const mayWrite = useMay("models.write");
  const found = exported.data;
  const isMissing = !exported.isPending && (!found || found.state === "failed");
  return (
    <Stack gap="xs">
      {found && <Progress found={found} />}
      {create.isError && <ProblemAlert error={create.error} />}
      {isMissing && mayWrite && (
        <>
          <Text size="xs" c="dimmed">
            {t("models.mergedHelp")}
          </Text>
          <Button
            variant="default"
            size="compact-sm"
            w="fit-content"
            loading={create.isPending}
            onClick={() => create.mutate()}
          >
            {t("models.makeMerged")}
          </Button>
        </>
      )}
    </Stack>
  );
}

function Progress({ found }: { found: ModelExport }) {
  if (found.state === "failed") {
    return (
      <Alert color="red" title={t("models.mergedFailed")}>
        {[found.error?.message, found.error?.hint].filter(Boolean).join(" ")}
      </Alert>
    );
  }
  if (found.state !== "succeeded") {
    return (
      <Group gap="sm" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">{t(found.state === "queued" ? "models.mergedQueued" : "models.mergedRunning")}</Text>
      </Group>
    );
  }
  return (
    <>
      <Text size="sm" role="status">
        {t("models.mergedReady", { until: formatMoment(found.expires_at) })}
      </Text>
      <FileTable files={found.files} urlOf={(name) => exportFileUrl(found, name)} />
    </>
  );
}
