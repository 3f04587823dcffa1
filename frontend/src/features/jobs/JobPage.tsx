import { Alert, Anchor, Button, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Link, useParams } from "react-router";
import { asProblem } from "../../api/problem.ts";
import { Empty } from "../../components/Empty.tsx";
import { useMay } from "../../auth/me.ts";
import { later } from "../../components/later.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { lastView } from "./list/savedViews.ts";
import { JobActions } from "./JobActions.tsx";
import { JobCost } from "./JobCost.tsx";
import { JobFacts } from "./JobFacts.tsx";
import { JobProgress } from "./JobProgress.tsx";
import { useLiveJob } from "./live.ts";
import type { Job } from "./queries.ts";
import { TestMetrics } from "../models/TestMetrics.tsx";
import { Verdict } from "../models/Verdict.tsx";
import { paths } from "../../app/paths.ts";
import { t } from "../../i18n/index.ts";

const ModelResults = later(
  320,
  ["results"],
  async () => (await import("../results/ModelResults.tsx")).ModelResults,
);
const JobCharts = later(360, ["charts"], async () => (await import("./JobCharts.tsx")).JobCharts);
const ModelCard = later(240, ["tryModel"], async () => (await import("../models/ModelCard.tsx")).ModelCard);
const JobDetails = later(240, ["jobDetails"], async () => (await import("./JobDetails.tsx")).JobDetails);

/** Needed after a failure alone. */
const RetryButton = lazy(async () => ({ default: (await import("./RetryButton.tsx")).RetryButton }));

export function JobPage() {
  const { jobId = "" } = useParams();
  const job = useLiveJob(jobId);
  if (job.isLoadingError && asProblem(job.error).status === 404) return <NoSuchJob />;
  return (
    <Stack gap="xs">
      <Anchor component={Link} to={paths.jobsAs(lastView())} size="sm" c="dimmed" w="fit-content">
        {t("jobs.backToJobs")}
      </Anchor>
      <Loaded query={job}>{(found) => <JobScreen job={found} />}</Loaded>
    </Stack>
  );
}

function NoSuchJob() {
  return (
    <Empty
      title={t("jobs.thereIsNoSuch")}
      action={
        <Button component={Link} to={paths.jobs} variant="default">
          {t("jobs.goToTheJobs")}
        </Button>
      }
    >
      {t("jobs.itMayBelongTo")}
    </Empty>
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
    </>
  );
}

function JobScreen({ job }: { job: Job }) {
  return (
    <Page title={job.name} aside={<StateBadge state={job.state} />} actions={<JobButtons job={job} />}>
      {job.error && (
        <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={job.error.message}>
          <Text size="sm">{job.error.hint}</Text>
          <Suspense>
            <RetryButton job={job} />
          </Suspense>
        </Alert>
      )}
      {job.verdict && <Verdict verdict={job.verdict} />}
      {job.test_metrics && <TestMetrics metrics={job.test_metrics} />}
      {job.model_id && <ModelResults modelId={job.model_id} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <JobProgress job={job} />
        <JobCost job={job} />
      </SimpleGrid>
      <JobCharts job={job} />
      {job.model_id && <ModelCard modelId={job.model_id} />}
      <JobFacts job={job} />
      <JobDetails job={job} />
    </Page>
  );
}
