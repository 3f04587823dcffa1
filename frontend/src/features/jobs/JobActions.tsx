import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { asProblem } from "../../api/problem.ts";
import { useMay } from "../../auth/me.ts";
import { ACTION_RULES, allowedActions, type JobAction } from "./actions.ts";
import { type Job, useJobAction } from "./queries.ts";

function showRefusal(action: JobAction, error: Error) {
  const { message, hint } = asProblem(error);
  const title = `${ACTION_RULES[action].label}: refused`;
  notifications.show({ color: "red", title, message: [message, hint].filter(Boolean).join(" ") });
}

export function JobActions({ job }: { job: Job }) {
  const act = useJobAction(job.id);
  const mayWrite = useMay("jobs.write");
  if (!mayWrite) return null;
  const run = (action: JobAction) => act.mutate(action, { onError: (error) => showRefusal(action, error) });
  return allowedActions(job.state).map((action) => (
    <ActionButton key={action} action={action} busy={act.isPending} run={() => run(action)} />
  ));
}

interface ButtonProps {
  action: JobAction;
  busy: boolean;
  run: () => void;
}

function ActionButton({ action, busy, run }: ButtonProps) {
  const { label, confirm } = ACTION_RULES[action];
  const [asking, question] = useDisclosure(false);
  if (!confirm) {
    return (
      <Button variant="default" size="sm" loading={busy} onClick={run}>
        {label}
      </Button>
    );
  }
  return (
    <>
      <Button variant="default" size="sm" disabled={busy} onClick={question.open}>
        {label}
      </Button>
      <Modal opened={asking} onClose={question.close} title={`${label} this job?`} centered>
        <Text size="sm">{confirm}</Text>
        <Group justify="flex-end" mt="lg" gap="xs">
          <Button variant="default" onClick={question.close} data-autofocus>
            Keep it
          </Button>
          <Button
            color="red"
            onClick={() => {
              question.close();
              run();
            }}
          >
            {label} the job
          </Button>
        </Group>
      </Modal>
    </>
  );
}
