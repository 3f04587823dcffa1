import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { formatBytes } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { type DatasetImport, isUnfinished, useCancelImport, useImport } from "./imports.ts";

interface Props {
  begun: DatasetImport;
  /** Called with the version that the file became, once all of it is here. */
  onFetched?: (versionId: string) => void;
}

/** How far a file is that the service fetches, what went wrong, and its end. */
export function Fetching({ begun, onFetched }: Props) {
  const followed = useImport(begun);
  const cancel = useCancelImport();
  const found = followed.data ?? begun;
  const version = found.version_id;
  useEffect(() => {
    if (version) onFetched?.(version);
  }, [version, onFetched]);
  return (
    <Stack gap="xs">
      {isUnfinished(found) && (
        <Group gap="sm">
          <Progress
            value={percentOf(found)}
            flex={1}
            miw={120}
            aria-label={t("data.fetchingProgress", { filename: found.filename })}
          />
          <Text size="sm" className="number" role="status">
            {progressText(found)}
          </Text>
          <Button
            size="compact-sm"
            variant="default"
            loading={cancel.isPending}
            onClick={() => cancel.mutate(found)}
          >
            {t("data.stop")}
          </Button>
        </Group>
      )}
      {found.state === "cancelled" && <Text size="sm">{t("data.fetchingStopped")}</Text>}
      {found.error && (
        <Alert
          role="alert"
          color={isUnfinished(found) ? "yellow" : "red"}
          title={isUnfinished(found) ? t("data.fetchedAgainSoon") : t("data.notFetched")}
        >
          <Text size="sm">{[found.error.message, found.error.hint].filter(Boolean).join(" ")}</Text>
        </Alert>
      )}
      {followed.isError && <ProblemAlert error={followed.error} onRetry={() => void followed.refetch()} />}
      {cancel.isError && <ProblemAlert error={cancel.error} />}
    </Stack>
  );
}

function percentOf({ bytes, total_bytes }: DatasetImport): number {
  return total_bytes ? Math.floor((100 * bytes) / total_bytes) : 0;
}

function progressText(found: DatasetImport): string {
  if (found.total_bytes === null) return t("data.waitsToBeFetched");
  return t("data.percentOf", { percent: percentOf(found), size: formatBytes(found.total_bytes) });
}
