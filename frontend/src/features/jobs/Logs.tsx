import { Box, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDownload, IconSearch } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { Empty } from "../../components/Empty.tsx";
import { LazySelect } from "../../components/LazySelect.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { formatClock } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { isLive } from "../../words/jobs.ts";
import { allLogs, type Job, type LogFilter, type LogLine, useLogs } from "./queries.ts";

const COLORS = { info: "var(--mantine-color-text)", warning: "yellow.8", error: "red.7" };
const LEVELS = [
  { value: "info", label: t("jobDetails.levelInfo") },
  { value: "warning", label: t("jobDetails.levelWarning") },
  { value: "error", label: t("jobDetails.levelError") },
];
const SEARCH_MS = 300;
const LINE_HEIGHT = 22;
const HEIGHT = 420;
/** So near to the top somebody reads the newest lines. */
const AT_TOP = 40;

/** What the engine said: searched by the server, drawn as far as it is seen, and followed while the job goes on. */
export function Logs({ job }: { job: Job }) {
  const [search, setSearch] = useState("");
  const [level, setLevel] = useState<LogFilter["level"]>(null);
  const [follows, setFollows] = useState(true);
  const [searched] = useDebouncedValue(search.trim(), SEARCH_MS);
  const filter = { search: searched, level };
  const live = isLive(job.state);
  const logs = useLogs(job.id, filter, follows && live);
  return (
    <Stack gap="sm">
      <Group gap="xs" align="end">
        <TextInput
          size="xs"
          flex={1}
          miw={160}
          label={t("jobDetails.searchLogs")}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <LazySelect
          size="xs"
          w={150}
          label={t("jobDetails.level")}
          placeholder={t("jobDetails.anyLevel")}
          data={LEVELS}
          value={level}
          onChange={(chosen) => setLevel(chosen as LogFilter["level"])}
          clearable
        />
        {live && (
          <Button
            size="xs"
            variant={follows ? "light" : "default"}
            aria-pressed={follows}
            onClick={() => setFollows(!follows)}
          >
            {t("jobDetails.follow")}
          </Button>
        )}
        <Download job={job} filter={filter} />
      </Group>
      <Loaded query={logs}>
        {(lines) =>
          lines.length === 0 ? (
            <Empty title={searched || level ? t("jobDetails.noLine") : t("jobDetails.theEngineHasSaid")} />
          ) : (
            <Lines
              lines={lines}
              follows={follows}
              onLeaveTop={() => setFollows(false)}
              onEnd={() => {
                // After a failure the next look is the person's: each render would ask again.
                const mayFetch = logs.hasNextPage && !logs.isFetchingNextPage && !logs.isFetchNextPageError;
                if (mayFetch) void logs.fetchNextPage();
              }}
            />
          )
        }
      </Loaded>
    </Stack>
  );
}

interface LinesProps {
  /** Newest first. */
  lines: LogLine[];
  follows: boolean;
  onLeaveTop: () => void;
  onEnd: () => void;
}

function Lines({ lines, follows, onLeaveTop, onEnd }: LinesProps) {
  const frame = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns goes to no memoized component
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_HEIGHT,
    getItemKey: (index) => lines.length - index,
    overscan: 12,
  });
  useEffect(() => {
    if (follows && frame.current) frame.current.scrollTop = 0;
  }, [follows, lines]);
  const shown = rows.getVirtualItems();
  const isAtEnd = (shown.at(-1)?.index ?? 0) >= lines.length - 1;
  useEffect(() => {
    if (isAtEnd) onEnd();
  });
  return (
    <Box
      ref={frame}
      h={HEIGHT}
      style={{ overflow: "auto" }}
      tabIndex={0}
      role="log"
      aria-label={t("jobDetails.logsNewestFirst")}
      onScroll={(event) => follows && event.currentTarget.scrollTop > AT_TOP && onLeaveTop()}
    >
      <Box h={rows.getTotalSize()} pos="relative">
        {shown.map(({ index, key, start }) => {
          const line = lines[index];
          return (
            line && (
              <Text
                key={key}
                ref={rows.measureElement}
                data-index={index}
                pos="absolute"
                w="100%"
                style={{
                  transform: `translateY(${start}px)`,
                  overflowWrap: "anywhere",
                  whiteSpace: "pre-wrap",
                }}
                ff="monospace"
                size="xs"
                c={COLORS[line.level]}
                lh={1.7}
              >
                <Text span inherit c="dimmed">
                  {formatClock(line.created_at)}{" "}
                </Text>
                {line.level !== "info" && `${line.level}: `}
                {line.message}
              </Text>
            )
          );
        })}
      </Box>
    </Box>
  );
}

const written = ({ created_at, attempt, level, message }: LogLine) =>
  `${created_at} ${attempt} ${level} ${message}\n`;

function Download({ job, filter }: { job: Job; filter: LogFilter }) {
  const save = useMutation({
    mutationFn: async () => {
      const lines = await allLogs(job.id, filter);
      const { download } = await import("../../charts/exporting.ts");
      download(new Blob(lines.map(written), { type: "text/plain" }), `${job.name}.log`);
    },
  });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
        loading={save.isPending}
        onClick={() => save.mutate()}
      >
        {t("jobDetails.download")}
      </Button>
      {save.isError && <ProblemAlert error={save.error} />}
    </>
  );
}
