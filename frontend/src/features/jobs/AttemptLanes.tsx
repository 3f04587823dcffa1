import { Group, Stack, Text } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { useState } from "react";
import { Loaded } from "../../components/Loaded.tsx";
import { billedSeconds } from "../../format/duration.ts";
import { exactMoney } from "../../format/money.ts";
import { formatBytes, formatCount } from "../../format/number.ts";
import { formatClock } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { FREE_REASONS } from "../../words/billing.ts";
import { ATTEMPT_STATES, reasonPhrase } from "../../words/jobs.ts";
import classes from "./AttemptLanes.module.css";
import { type Job, type UsageLine, useAttempts, useCheckpoints, useUsage } from "./queries.ts";
import { type Lane, lanesOf, type Mark } from "./spans.ts";

/** Who ran the job when, why each attempt ended, what of it was free, and each checkpoint as a mark. */
export function AttemptLanes({ job }: { job: Job }) {
  const attempts = useAttempts(job.id);
  const lines = useUsage(job.id).data;
  const checkpoints = useCheckpoints(job.id).data;
  const [told, setTold] = useState("");
  return (
    <Loaded query={attempts}>
      {(rows) => {
        if (rows.length === 0) return null;
        const moments = [
          ...rows.flatMap(({ claimed_at, ended_at }) => [claimed_at, ended_at ?? ""]),
          ...(lines ?? []).flatMap(({ started_at, ended_at }) => [started_at, ended_at]),
          ...(checkpoints ?? []).map(({ created_at }) => created_at),
        ].filter(Boolean);
        const order = moments.sort((a, b) => Date.parse(a) - Date.parse(b));
        const [begin = job.created_at] = order;
        const end = order.at(-1) ?? begin;
        const lanes = lanesOf({
          attempts: rows,
          lines: lines ?? [],
          checkpoints: checkpoints ?? [],
          begin,
          end,
        });
        return (
          <Stack gap="md" role="group" aria-label={t("jobDetails.lanes")}>
            {lanes.map((lane) => (
              <LaneRow key={lane.attempt.id} lane={lane} onTell={setTold} />
            ))}
            <Group justify="space-between" gap="xs">
              <Text size="xs" c="dimmed">
                <At iso={begin} />
              </Text>
              <Text size="xs" c="dimmed">
                <At iso={end} />
              </Text>
            </Group>
            <Text size="sm" role="status" mih={22}>
              {told || t("jobDetails.lanesHint")}
            </Text>
          </Stack>
        );
      }}
    </Loaded>
  );
}

function LaneRow({
  lane: { attempt, spans, marks },
  onTell,
}: {
  lane: Lane;
  onTell: (words: string) => void;
}) {
  const { state, reason, worker } = attempt;
  return (
    <div>
      <Text size="sm" mb={6} style={{ overflowWrap: "anywhere" }}>
        <b>{t("jobDetails.attemptOn", { attempt: attempt.attempt, worker })}</b> {ATTEMPT_STATES[state]}
        {reason && ` (${reasonPhrase(reason)})`}
      </Text>
      <div className={classes.lane}>
        {spans.map(({ line, left, width }) => (
          <Piece
            key={`${line.started_at} ${line.billed}`}
            className={classes.span}
            free={!line.billed}
            style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
            words={spanInWords(line)}
            onTell={onTell}
          />
        ))}
        {marks.map((mark) => (
          <Piece
            key={mark.checkpoint.id}
            className={classes.mark}
            style={{ left: `${mark.left * 100}%` }}
            words={markInWords(mark)}
            onTell={onTell}
          />
        ))}
      </div>
    </div>
  );
}

interface PieceProps {
  className: string | undefined;
  free?: boolean;
  style: { left: string; width?: string };
  words: string;
  onTell: (words: string) => void;
}

/** Reached by Tab; it says what it is when it is pointed at, pressed or has the focus. */
function Piece({ className, free = false, style, words, onTell }: PieceProps) {
  const tell = () => onTell(words);
  return (
    <button
      type="button"
      className={className}
      style={style}
      data-free={free || undefined}
      aria-label={words}
      onFocus={tell}
      onPointerEnter={tell}
      onClick={tell}
    />
  );
}

function spanInWords(line: UsageLine): string {
  const what = line.billed
    ? t("jobDetails.billed", { amount: exactMoney(line.amount, line.totals.currency) })
    : t("jobDetails.free", { reason: line.free_reason ? FREE_REASONS[line.free_reason] : t("jobs.free") });
  const [from, to] = [formatClock(line.started_at), formatClock(line.ended_at)];
  return t("jobDetails.span", { what, from, to, seconds: billedSeconds(line.seconds) });
}

function markInWords({ checkpoint: { step, bytes, created_at, pruned_at } }: Mark): string {
  const words = t("jobDetails.checkpoint", {
    step: formatCount(step),
    size: formatBytes(bytes),
    at: formatClock(created_at),
  });
  return pruned_at ? `${words} ${t("jobDetails.pruned")}` : words;
}
