import { Box, Text } from "@mantine/core";
import { Empty } from "../../components/Empty.tsx";
import { Rows } from "../../components/Rows.tsx";
import { formatClock } from "../../format/time.ts";
import { useLogs } from "./queries.ts";
import { t } from "../../i18n/index.ts";

const COLORS = { info: "var(--mantine-color-text)", warning: "yellow.8", error: "red.7" };

export function Logs({ jobId }: { jobId: string }) {
  const logs = useLogs(jobId);
  return (
    <Rows query={logs} empty={<Empty title={t("jobs.theEngineHasSaid")} />}>
      {(lines) => (
        <Box
          mah={420}
          style={{ overflow: "auto" }}
          tabIndex={0}
          role="log"
          aria-label={t("jobs.logsNewestFirst")}
        >
          {lines.map((line, index) => (
            <Text key={lines.length - index} ff="monospace" size="xs" c={COLORS[line.level]} lh={1.7}>
              <Text span inherit c="dimmed">
                {formatClock(line.created_at)}{" "}
              </Text>
              {line.level !== "info" && `${line.level}: `}
              {line.message}
            </Text>
          ))}
        </Box>
      )}
    </Rows>
  );
}
