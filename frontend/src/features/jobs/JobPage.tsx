import { Alert, Anchor, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { ModelCard } from "../models/ModelCard.tsx";
import { JobActions } from "./JobActions.tsx";
import { JobCharts } from "./JobCharts.tsx";
import { JobCost } from "./JobCost.tsx";
import { JobDetails } from "./JobDetails.tsx";
import { JobFacts } from "./JobFacts.tsx";
import { JobProgress } from "./JobProgress.tsx";
import { useLiveJob } from "./live.ts";
import type { Job } from "./queries.ts";
import { TestMetrics } from "./TestMetrics.tsx";

export function JobPage() {
  const { jobId = "" } = useParams();
  const job = useLiveJob(jobId);
  return (
    <Stack gap="xs">
      <Anchor component={Link} to="/jobs" size="sm" c="dimmed" w="fit-content">
        ← Jobs
      </Anchor>
      <Loaded query={job}>{(found) => <JobScreen job={found} />}</Loaded>
    </Stack>
  );
}

function JobScreen({ job }: { job: Job }) {
  return (
    <Page title={job.name} aside={<StateBadge state={job.state} />} actions={<JobActions job={job} />}>
      {job.error && (
        <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={job.error.message}>
          <Text size="sm">{job.error.hint}</Text>
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <JobProgress job={job} />
        <JobCost job={job} />
      </SimpleGrid>
      {job.test_metrics && <TestMetrics metrics={job.test_metrics} />}
      <JobCharts job={job} />
      {job.model_id && <ModelCard modelId={job.model_id} />}
      <JobFacts job={job} />
      <JobDetails job={job} />
    </Page>
  );
}
