import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, type SubmitEvent, useState } from "react";
import { formatDuration } from "../../format/duration.ts";
import { shortMoney } from "../../format/money.ts";
import type { Job } from "./queries.ts";
import { t } from "../../i18n/index.ts";
import { LazyModal } from "../../components/LazyModal.tsx";
import { NumberField } from "../../components/NumberField.tsx";

interface ResumeProps {
  title: string;
  onClose: () => void;
  onSubmit: (event: SubmitEvent) => void;
  children: ReactNode;
}

/** A form for the limit that stopped a job and has to grow before it goes on. */
function ResumeDialog({ title, onClose, onSubmit, children }: ResumeProps) {
  return (
    <LazyModal opened onClose={onClose} title={title} centered>
      <Stack component="form" onSubmit={onSubmit} gap="md">
        {children}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("jobs.notNow")}
          </Button>
          <Button type="submit">{t("jobs.resumeTheJob")}</Button>
        </Group>
      </Stack>
    </LazyModal>
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
    <ResumeDialog title={t("jobs.resumeWithAHigher")} onClose={onClose} onSubmit={submit}>
      <Text size="sm">
        {t("jobs.ofAreBilledSo", { billed: shortMoney(billed, currency), cap: shortMoney(cap, currency) })}
      </Text>
      <TextInput
        label={t("jobs.spendAtMostIn")}
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
    <ResumeDialog title={t("jobs.resumeWithMoreTime")} onClose={onClose} onSubmit={submit}>
      <Text size="sm">{t("jobs.itHasTrainedFor", { reached: formatDuration(reached) })}</Text>
      <NumberField
        label={t("jobs.trainForAtMost")}
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
