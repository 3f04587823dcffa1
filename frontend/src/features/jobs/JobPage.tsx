import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Link, useParams } from "react-router";
import { asProblem } from "../../api/problem.ts";
import { useMay } from "../../auth/me.ts";
import { LoadedPage } from "../../components/LoadedPage.tsx";
import { Page } from "../../components/Page.tsx";
import { RoutedTabs } from "../../components/RoutedTabs.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { lastView } from "./list/savedViews.ts";
import { JobActions } from "./JobActions.tsx";
import { JobFigures } from "./JobFigures.tsx";
import { useLiveJob } from "./live.ts";
import type { Job } from "./queries.ts";
import { type JobTab, paths } from "../../app/paths.ts";
import { loadTexts, t } from "../../i18n/index.ts";

/** Needed after a failure alone. */
const FailureHint = lazy(async () => {
  await loadTexts(["fields", "jobDetails"]);
  return { default: (await import("./FailureHint.tsx")).FailureHint };
});
const RetryButton = lazy(async () => ({ default: (await import("./RetryButton.tsx")).RetryButton }));

export function JobPage() {
  const { jobId = "" } = useParams();
  const job = useLiveJob(jobId);
  const isMissing = job.isLoadingError && asProblem(job.error).status === 404;
  const list = { to: paths.jobsAs(lastView()), label: t("shell.jobs") };
  return (
    <Stack gap="xs">
      {!isMissing && (
        <Anchor component={Link} to={list.to} size="sm" c="dimmed" w="fit-content">
          {t("jobs.backToJobs")}
        </Anchor>
      )}
      <LoadedPage query={job} kind={t("jobs.job")} list={list}>
        {(found) => <JobScreen job={found} />}
      </LoadedPage>
    </Stack>
  );
}

/** What can be done with the job, and another one made like it. */
function JobButtons({ job }: { job: Job }) {
  const mayWrite = useMay("jobs.write");
  return (
    <>
      <JobActions job={job} />
      {mayWrite && (
        <Button component={Link} to={paths.cloneJob(job.id)} variant="default" size="sm">
          {t("jobs.clone")}
        </Button>
      )}
      {job.model_id && (
        <Button component={Link} to={paths.jobTab(job.id, "model")} size="sm">
          {t("jobs.tryTheModel")}
        </Button>
      )}
    </>
  );
}

function JobScreen({ job }: { job: Job }) {
  return (
    <Page
      title={job.name}
      aside={<StateBadge state={job.state} verdict={job.verdict} />}
      actions={<JobButtons job={job} />}
    >
      {job.error && (
        <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={job.error.message}>
          <Suspense>
            <FailureHint error={job.error} />
            <RetryButton job={job} />
          </Suspense>
        </Alert>
      )}
      <JobFigures job={job} />
      <RoutedTabs tabs={tabsOf(job)} context={job} />
    </Page>
  );
}

/** What there is to see of the job as it stands. */
function tabsOf(job: Job) {
  const to = (tab: JobTab) => paths.jobTab(job.id, tab);
  return [
    { to: paths.job(job.id), label: t("jobs.overview") },
    ...(job.model_id
      ? [
          { to: to("results"), label: t("jobs.results") },
          { to: to("model"), label: t("jobs.model") },
        ]
      : []),
    { to: to("charts"), label: t("jobs.charts") },
    { to: to("logs"), label: t("jobs.logs") },
    { to: to("timeline"), label: t("jobs.timeline") },
    { to: to("cost"), label: t("jobs.cost") },
    { to: to("spec"), label: t("jobs.settings") },
  ];
}
