import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { lazy, Suspense } from "react";
import { asProblem } from "../../api/problem.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { ACTION_WORDS, buttonsFor, type JobAction } from "./actions.ts";
import { type ActionRequest, type Job, useJobAction } from "./queries.ts";
import { t } from "../../i18n/index.ts";

/** Loaded when a job has to be asked for more money or time. */
const NewCapDialog = lazy(async () => ({ default: (await import("./ActionDialogs.tsx")).NewCapDialog }));
const NewRuntimeDialog = lazy(async () => ({
  default: (await import("./ActionDialogs.tsx")).NewRuntimeDialog,
}));

function showRefusal(action: JobAction, error: Error) {
  const { message, hint } = asProblem(error);
  const title = t("jobs.refused", { label: ACTION_WORDS[action].label });
  notifications.show({ color: "red", title, message: [message, hint].filter(Boolean).join(" ") });
}

export function JobActions({ job }: { job: Job }) {
  const act = useJobAction(job.id);
  const run = (request: ActionRequest) =>
    act.mutate(request, { onError: (error) => showRefusal(request.action, error) });
  return buttonsFor(job.allowed_actions).map((action) => (
    <ActionButton key={action} action={action} job={job} busy={act.isPending} run={run} />
  ));
}

interface ButtonProps {
  action: JobAction;
  job: Job;
  busy: boolean;
  run: (request: ActionRequest) => void;
}

function ActionButton({ action, job, busy, run }: ButtonProps) {
  const { label, confirm } = ACTION_WORDS[action];
  const [asking, question] = useDisclosure(false);
  const needsCap = action === "resume" && job.reason === "cap_reached";
  const needsTime = action === "resume" && job.reason === "max_runtime";
  const answer = (limits: Omit<ActionRequest, "action"> = {}) => {
    question.close();
    run({ action, ...limits });
  };
  return (
    <>
      <Button
        variant="default"
        size="sm"
        disabled={busy}
        onClick={confirm || needsCap || needsTime ? question.open : () => answer()}
      >
        {label}
      </Button>
      {asking && confirm && (
        <ConfirmDialog
          title={t("jobs.thisJob", { label })}
          confirm={t("jobs.theJob", { label })}
          onClose={question.close}
          onConfirm={() => answer()}
        >
          <Text size="sm">{confirm}</Text>
        </ConfirmDialog>
      )}
      <Suspense>
        {asking && needsCap && (
          <NewCapDialog job={job} onClose={question.close} onConfirm={(maxCost) => answer({ maxCost })} />
        )}
        {asking && needsTime && (
          <NewRuntimeDialog
            job={job}
            onClose={question.close}
            onConfirm={(maxRuntimeSeconds) => answer({ maxRuntimeSeconds })}
          />
        )}
      </Suspense>
    </>
  );
}
