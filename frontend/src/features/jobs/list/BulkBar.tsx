import { Button, Group, Paper, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { Link } from "react-router";
import { asProblem } from "../../../api/problem.ts";
import { paths } from "../../../app/paths.ts";
import { ConfirmDialog } from "../../../components/ConfirmDialog.tsx";
import { formatCount } from "../../../format/number.ts";
import { t } from "../../../i18n/index.ts";
import type { Job } from "../queries.ts";
import { TotalCost } from "./JobTable.tsx";
import { useBulk } from "./queries.ts";

interface Props {
  jobs: readonly Job[];
  onClear: () => void;
}

type Bulk = ReturnType<typeof useBulk>;

function tell(results: NonNullable<Bulk["data"]>) {
  const refused = results.filter(({ error }) => error);
  const done = results.length - refused.length;
  notifications.show({
    color: refused.length > 0 ? "yellow" : "green",
    title: t("jobs.bulkDone", { done: formatCount(done), all: formatCount(results.length) }),
    message: refused[0]?.error?.message ?? "",
  });
}

/** What can be done with several jobs at once. */
export function BulkBar({ jobs, onClear }: Props) {
  const bulk = useBulk();
  const [asking, question] = useDisclosure(false);
  const may = (action: string) => jobs.filter(({ allowed_actions }) => allowed_actions.includes(action));
  const run = (action: "cancel" | "pause") =>
    bulk.mutate(
      { action, ids: may(action).map(({ id }) => id) },
      {
        onSuccess: (results) => {
          tell(results);
          onClear();
        },
        onError: (error) => notifications.show({ color: "red", message: asProblem(error).message }),
      },
    );
  const [pausable, cancellable] = [may("pause").length, may("cancel").length];
  return (
    <Paper withBorder px="md" py={8} role="region" aria-label={t("jobs.selected", { number: jobs.length })}>
      <Group gap="sm">
        <Text size="sm" fw={600}>
          {t("jobs.selected", { number: jobs.length })}
        </Text>
        <Text size="sm" c="dimmed">
          <TotalCost jobs={jobs} />
        </Text>
        <Button
          component={Link}
          size="compact-sm"
          to={paths.compare(jobs.map(({ id }) => id))}
          disabled={jobs.length < 2}
        >
          {t("jobs.compare")}
        </Button>
        {pausable > 0 && (
          <Button size="compact-sm" variant="default" loading={bulk.isPending} onClick={() => run("pause")}>
            {t("jobs.pauseSeveral", { number: pausable })}
          </Button>
        )}
        {cancellable > 0 && (
          <Button size="compact-sm" variant="default" loading={bulk.isPending} onClick={question.open}>
            {t("jobs.cancelSeveral", { number: cancellable })}
          </Button>
        )}
        <Button size="compact-sm" variant="subtle" onClick={onClear}>
          {t("jobs.clearSelection")}
        </Button>
      </Group>
      {asking && (
        <ConfirmDialog
          title={t("jobs.cancelSeveral", { number: cancellable })}
          confirm={t("jobs.cancelSeveral", { number: cancellable })}
          onClose={question.close}
          onConfirm={() => {
            question.close();
            run("cancel");
          }}
        >
          <Text size="sm">{t("jobs.theJobEndsFor")}</Text>
        </ConfirmDialog>
      )}
    </Paper>
  );
}
