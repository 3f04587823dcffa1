import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
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
    <Modal opened onClose={onClose} title="Resume with a higher cap" centered>
      <Stack component="form" onSubmit={submit} gap="md">
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
