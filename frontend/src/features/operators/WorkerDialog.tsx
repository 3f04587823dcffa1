import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { type AdminWorker, useWorkerAction, type WorkerAction } from "./queries.ts";
import { WORKER_ACTIONS } from "./words.ts";
import { LazyModal } from "../../components/LazyModal.tsx";

interface Props {
  worker: AdminWorker;
  action: WorkerAction;
  onClose: () => void;
}

/** Says what an action on a worker does, and asks for its reason where there may be one. */
export function WorkerDialog({ worker, action, onClose }: Props) {
  const { label, effect, reason: asks } = WORKER_ACTIONS[action];
  const [reason, setReason] = useState("");
  const act = useWorkerAction();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    act.mutate({ id: worker.id, action, reason: reason.trim() }, { onSuccess: onClose });
  };
  return (
    <LazyModal
      opened
      onClose={onClose}
      title={t("operators.actOn", { action: label, name: worker.name })}
      centered
    >
      <Stack component="form" onSubmit={submit} gap="md">
        {act.isError && <ProblemAlert error={act.error} />}
        <Text size="sm">{effect}</Text>
        {asks !== "none" && (
          <TextInput
            label={t("operators.reason")}
            description={t("operators.whoSeesReason")}
            required={asks === "required"}
            withAsterisk={false}
            maxLength={400}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-autofocus
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("operators.notNow")}
          </Button>
          <Button type="submit" {...(action === "remove" ? { color: "red" } : {})} loading={act.isPending}>
            {label}
          </Button>
        </Group>
      </Stack>
    </LazyModal>
  );
}
