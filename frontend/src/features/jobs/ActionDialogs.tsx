import { Button, Group, Modal, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, type SubmitEvent, useState } from "react";
import { formatDuration } from "../../format/duration.ts";
import { shortMoney } from "../../format/money.ts";
import type { Job } from "./queries.ts";

interface ConfirmProps {
  label: string;
  text: string;
  onClose: () => void;
  onConfirm: () => void;
}

export function ConfirmDialog({ label, text, onClose, onConfirm }: ConfirmProps) {
  return (
    <Modal opened onClose={onClose} title={`${label} this job?`} centered>
      <Text size="sm">{text}</Text>
      <Group justify="flex-end" mt="lg" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button color="red" onClick={onConfirm}>
          {label} the job
        </Button>
      </Group>
    </Modal>
  );
}

interface ResumeProps {
  title: string;
  onClose: () => void;
  onSubmit: (event: SubmitEvent) => void;
  children: ReactNode;
}

/** A form for the limit that stopped a job and has to grow before it goes on. */
function ResumeDialog({ title, onClose, onSubmit, children }: ResumeProps) {
  return (
    <Modal opened onClose={onClose} title={title} centered>
      <Stack component="form" onSubmit={onSubmit} gap="md">
        {children}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit">Resume the job</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface NewCapProps {
  job: Job;
  onClose: () => void;
  onConfirm: (maxCost: string) => void;
}

/** A job that its cap stopped would stop again at once, so it needs another. */
export function NewCapDialog({ job, onClose, onConfirm }: NewCapProps) {
  const { cap, billed, currency } = job.cost;
  const [maxCost, setMaxCost] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onConfirm(maxCost.trim());
  };
  return (
    <ResumeDialog title="Resume with a higher cap" onClose={onClose} onSubmit={submit}>
      <Text size="sm">
        {shortMoney(billed, currency)} of {shortMoney(cap, currency)} are billed so far.
      </Text>
      <TextInput
        label="Spend at most, in all"
        inputMode="decimal"
        required
        withAsterisk={false}
        value={maxCost}
        onChange={(event) => setMaxCost(event.currentTarget.value)}
        data-autofocus
      />
    </ResumeDialog>
  );
}

interface NewRuntimeProps {
  job: Job;
  onClose: () => void;
  onConfirm: (maxRuntimeSeconds: number) => void;
}

/** A job that trained for as long as it may would stop again at once, so it needs more time. */
export function NewRuntimeDialog({ job, onClose, onConfirm }: NewRuntimeProps) {
  const reached = job.spec.limits?.max_runtime_seconds ?? 0;
  const [minutes, setMinutes] = useState<number | string>("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onConfirm(Math.ceil(Number(minutes) * 60));
  };
  return (
    <ResumeDialog title="Resume with more time" onClose={onClose} onSubmit={submit}>
      <Text size="sm">It has trained for as long as it may: {formatDuration(reached)}.</Text>
      <NumberInput
        label="Train for at most, in all (minutes)"
        min={Math.ceil((reached + 1) / 60)}
        required
        withAsterisk={false}
        value={minutes}
        onChange={setMinutes}
        data-autofocus
      />
    </ResumeDialog>
  );
}
