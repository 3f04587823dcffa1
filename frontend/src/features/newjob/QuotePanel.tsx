import { Alert, Button, Card, Divider, Group, Stack, Text, Title } from "@mantine/core";
import type { UseMutationResult, UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Schemas, SpecRequest } from "../../api/client.ts";
import { asProblem } from "../../api/problem.ts";
import { Money } from "../../components/Money.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { formatDuration } from "../../format/duration.ts";
import { shortMoney } from "../../format/money.ts";
import { formatBytes, formatCount } from "../../format/number.ts";
import { ESTIMATE_SOURCES, LIMITS } from "../../words/billing.ts";
import { later } from "../../components/later.tsx";
import { settingName } from "../compare/differences.ts";
import classes from "./QuotePanel.module.css";
import { t } from "../../i18n/index.ts";

const NotAffordable = later(90, [], async () => (await import("./NotAffordable.tsx")).NotAffordable);

type Quote = Schemas["Quote"];

interface Props {
  quote: UseQueryResult<Quote>;
  /** Whether the quote is not yet of what the form says. */
  outdated: boolean;
  submit: UseMutationResult<Schemas["Job"], Error, SpecRequest>;
  onSubmit: () => void;
  /** Lets the job cost no more than this. */
  onCap: (amount: string) => void;
  children: ReactNode;
}

/** The price before anything is spent, and the button that spends it. */
export function QuotePanel({ quote, outdated, submit, onSubmit, onCap, children }: Props) {
  const offer = quote.isError ? undefined : quote.data;
  return (
    <Card className={classes.panel} component="section" aria-label={t("newJob.quote")}>
      <Stack gap="md">
        <Title order={2}>{t("newJob.n4Price")}</Title>
        {children}
        {offer && <Offer quote={offer} onCap={onCap} />}
        {quote.isError && <ProblemAlert error={quote.error} nameOf={settingName} />}
        {submit.isError && asProblem(submit.error).message !== quote.error?.message && (
          <ProblemAlert error={submit.error} nameOf={settingName} />
        )}
        <Button
          size="md"
          fullWidth
          onClick={onSubmit}
          loading={submit.isPending}
          disabled={!offer?.affordable || outdated || quote.isPlaceholderData}
        >
          {t("newJob.startTraining")}
        </Button>
      </Stack>
    </Card>
  );
}

const range = (low: string, high: string) => (low === high ? low : `${low} – ${high}`);

function memoryNote({ slot_bytes, fits }: NonNullable<Quote["memory"]>): string {
  if (slot_bytes === null) return t("newJob.atTheLeastUnknown");
  const room = t("newJob.atTheLeastOf", { slot_bytes: formatBytes(slot_bytes) });
  return fits ? room : t("newJob.batchesAreComputedIn", { room });
}

function Offer({ quote, onCap }: { quote: Quote; onCap: (amount: string) => void }) {
  const { currency, estimate, training, memory, tokens, base } = quote;
  const perHour = (Number(quote.per_slot_second) * 3600 * quote.slots).toFixed(6);
  return (
    <Stack gap={8}>
      <Divider />
      <Line label={t("newJob.rate")} note={t("newJob.billedPerSecond")}>
        <Money amount={perHour} currency={currency} /> {t("newJob.perHour")}
      </Line>
      <Line
        label={t("newJob.epochs")}
        note={t("newJob.batchesOfAboutExamples", {
          batch_size: training.batch_size,
          examples: formatCount(training.examples),
        })}
      >
        {formatCount(training.epochs)}
      </Line>
      {base && (
        <Line
          label={t("newJob.baseModel")}
          note={t("newJob.weightsStoredAs", { dtype: base.dtype, bytes: formatBytes(base.stored_bytes) })}
        >
          {t("newJob.parameters", { parameters: formatCount(base.parameters) })}
        </Line>
      )}
      {tokens && (
        <Line
          label={t("newJob.tokens")}
          note={t("newJob.tooLongAreCut", { longer: formatCount(tokens.longer) })}
        >
          {formatCount(tokens.read)}
        </Line>
      )}
      {memory && (
        <Line label={t("newJob.memory")} note={memoryNote(memory)}>
          {formatBytes(memory.needed_bytes)}
        </Line>
      )}
      {estimate && (
        <Line
          label={t("newJob.estimate")}
          note={`${range(formatDuration(estimate.seconds_low), formatDuration(estimate.seconds_high))}. ${ESTIMATE_SOURCES[estimate.source]}`}
        >
          {range(shortMoney(estimate.cost_low, currency), shortMoney(estimate.cost_high, currency))}
        </Line>
      )}
      <Line
        label={t("newJob.neverMoreThan")}
        note={t("newJob.setByReservedNow", { value: LIMITS[quote.limited_by] })}
      >
        <Money amount={quote.cap} currency={currency} />
      </Line>
      <Line label={t("newJob.inYourWallet")}>
        <Money amount={quote.available} currency={currency} />
      </Line>
      <Divider />
      {quote.stops_early && (
        <Alert color="yellow" title={t("newJob.theLimitIsShort")}>
          {t("newJob.atTheSpeedOf")}
        </Alert>
      )}
      {!quote.affordable && <NotAffordable quote={quote} onCap={onCap} />}
    </Stack>
  );
}

function Line({ label, note, children }: { label: string; note?: string; children: ReactNode }) {
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm">{label}</Text>
        <Text size="sm" fw={600} className="number">
          {children}
        </Text>
      </Group>
      {note && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </div>
  );
}
