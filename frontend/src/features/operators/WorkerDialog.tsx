import { Text, TextInput } from "@mantine/core";
import { FormDialog } from "../../components/FormDialog.tsx";
import { useState } from "react";
import { t } from "../../i18n/index.ts";
import { type AdminWorker, useWorkerAction, type WorkerAction } from "./queries.ts";
import { WORKER_ACTIONS } from "./words.ts";

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
  const submit = () => {
    act.mutate({ id: worker.id, action, reason: reason.trim() }, { onSuccess: onClose });
  };
  return (
    <FormDialog
      title={t("operators.actOn", { action: label, name: worker.name })}
      confirm={label}
      color={action === "remove" ? "red" : undefined}
      busy={act.isPending}
      error={act.error}
      onClose={onClose}
      onSubmit={submit}
    >
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
    </FormDialog>
  );
}
