import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { formatDuration } from "../../format/duration.ts";
import { shortMoney, typedMoney } from "../../format/money.ts";
import type { Job } from "./queries.ts";
import { t } from "../../i18n/index.ts";
import { FormDialog } from "../../components/FormDialog.tsx";
import { NumberField } from "../../components/NumberField.tsx";

interface NewCapProps {
  job: Job;
  onClose: () => void;
  onConfirm: (maxCost: string) => void;
}

/** A job that its cap stopped would stop again at once, so it needs another. */
export function NewCapDialog({ job, onClose, onConfirm }: NewCapProps) {
  const { cap, billed, currency } = job.cost;
  const [maxCost, setMaxCost] = useState("");
  const submit = () => onConfirm(typedMoney(maxCost));
  return (
    <FormDialog
      title={t("jobs.resumeWithAHigher")}
      confirm={t("jobs.resumeTheJob")}
      onClose={onClose}
      onSubmit={submit}
    >
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
    </FormDialog>
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
  const submit = () => onConfirm(Math.ceil(Number(minutes) * 60));
  return (
    <FormDialog
      title={t("jobs.resumeWithMoreTime")}
      confirm={t("jobs.resumeTheJob")}
      onClose={onClose}
      onSubmit={submit}
    >
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
    </FormDialog>
  );
}
