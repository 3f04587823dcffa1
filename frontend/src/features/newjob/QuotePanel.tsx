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
import { LIMITS } from "../../words/billing.ts";
import classes from "./QuotePanel.module.css";

type Quote = Schemas["Quote"];

interface Props {
  quote: UseQueryResult<Quote>;
  submit: UseMutationResult<Schemas["Job"], Error, SpecRequest>;
  onSubmit: () => void;
  children: ReactNode;
}

/** The price before anything is spent, and the button that spends it. */
export function QuotePanel({ quote, submit, onSubmit, children }: Props) {
  const offer = quote.isError ? undefined : quote.data;
  return (
    <Card className={classes.panel} component="section" aria-label="Quote">
      <Stack gap="md">
        <Title order={2}>4. Price</Title>
        {children}
        {offer && <Offer quote={offer} />}
        {quote.isError && <ProblemAlert error={quote.error} />}
        {submit.isError && asProblem(submit.error).message !== quote.error?.message && (
          <ProblemAlert error={submit.error} />
        )}
        <Button
          size="md"
          fullWidth
          onClick={onSubmit}
          loading={submit.isPending}
          disabled={!offer?.affordable || quote.isPlaceholderData}
        >
          Start training
        </Button>
      </Stack>
    </Card>
  );
}

const range = (low: string, high: string) => (low === high ? low : `${low} – ${high}`);

function memoryNote({ slot_bytes, fits }: NonNullable<Quote["memory"]>): string {
  if (slot_bytes === null) return "at the least; no worker of the pool says how much it has";
  const room = `at the least, of ${formatBytes(slot_bytes)} that the largest worker has`;
  return fits ? room : `${room}: batches are computed in smaller parts`;
}

function Offer({ quote }: { quote: Quote }) {
  const { currency, estimate, training, memory } = quote;
  const perHour = (Number(quote.per_slot_second) * 3600 * quote.slots).toFixed(6);
  return (
    <Stack gap={8}>
      <Divider />
      <Line label="Rate" note="billed per second">
        <Money amount={perHour} currency={currency} /> per hour
      </Line>
      <Line
        label="Epochs"
        note={`batches of ${training.batch_size}, about ${formatCount(training.examples)} examples`}
      >
        {formatCount(training.epochs)}
      </Line>
      {memory && (
        <Line label="Memory" note={memoryNote(memory)}>
          {formatBytes(memory.needed_bytes)}
        </Line>
      )}
      {estimate && (
        <Line
          label="Estimate"
          note={`${range(formatDuration(estimate.seconds_low), formatDuration(estimate.seconds_high))}. ${estimate.basis}`}
        >
          {range(shortMoney(estimate.cost_low, currency), shortMoney(estimate.cost_high, currency))}
        </Line>
      )}
      <Line
        label="Never more than"
        note={`set by ${LIMITS[quote.limited_by]}; reserved now; what is not used comes back`}
      >
        <Money amount={quote.cap} currency={currency} />
      </Line>
      <Line label="In your wallet">
        <Money amount={quote.available} currency={currency} />
      </Line>
      <Divider />
      {quote.stops_early && (
        <Alert color="yellow" title="The limit is short for this job">
          At the speed of earlier jobs this will stop, with a checkpoint, before it ends. Raise the limit to
          let it finish.
        </Alert>
      )}
      {!quote.affordable && (
        <Alert color="yellow" title="The wallet does not cover the cap">
          Lower “Spend at most” to what the wallet holds, or add credit.
        </Alert>
      )}
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
