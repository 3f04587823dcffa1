import { Button, Group, Progress, Text } from "@mantine/core";
import { formatBytes } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import type { useUpload } from "./upload.ts";

/** How far an upload is, with a pause: what has arrived stays. */
export function Sending({ upload, size }: { upload: ReturnType<typeof useUpload>; size: number }) {
  const { progress, isPaused, pause, resume, stop } = upload;
  const percent = Math.floor(progress * 100);
  return (
    <Group gap="sm">
      <Progress
        value={percent}
        flex={1}
        miw={120}
        color={isPaused ? "gray" : "blue"}
        aria-label={t("data.uploadProgress")}
      />
      <Text size="sm" className="number" role="status">
        {isPaused
          ? t("data.pausedAt", { percent, arrived: formatBytes(size * progress) })
          : t("data.percentOf", { percent, size: formatBytes(size) })}
      </Text>
      <Button size="compact-sm" variant="default" onClick={isPaused ? resume : pause}>
        {isPaused ? t("data.resume") : t("data.pause")}
      </Button>
      <Button size="compact-sm" variant="default" onClick={stop}>
        {t("data.stop")}
      </Button>
    </Group>
  );
}
