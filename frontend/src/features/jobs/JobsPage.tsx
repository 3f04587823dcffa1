import { Button, Card, Chip, Group } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { useMay } from "../../auth/me.ts";
import { Empty } from "../../components/Empty.tsx";
import { Page } from "../../components/Page.tsx";
import { Rows } from "../../components/Rows.tsx";
import { isJobState, JOB_STATES, STATE_WORDS } from "../../words/jobs.ts";
import { JobsTable } from "./JobsTable.tsx";
import { useJobs } from "./queries.ts";
import { paths } from "../../app/paths.ts";
import { t } from "../../i18n/index.ts";

export function JobsPage() {
  const [search, setSearch] = useSearchParams();
  const states = search.getAll("state").filter(isJobState);
  const jobs = useJobs(states);
  const mayWrite = useMay("jobs.write");

  const newJob = mayWrite && (
    <Button component={Link} to={paths.newJob} mt="sm">
      {t("jobs.trainYourFirstModel")}
    </Button>
  );
  const empty = states.length ? (
    <Empty title={t("jobs.noJobIsIn")} />
  ) : (
    <Empty title={t("jobs.noJobsYet")} action={newJob}>
      {t("jobs.uploadATableOr")}
    </Empty>
  );

  return (
    <Page title={t("jobs.jobs")}>
      <Chip.Group
        multiple
        value={states}
        onChange={(chosen) => setSearch({ state: chosen }, { replace: true })}
      >
        <Group gap="xs" role="group" aria-label={t("jobs.showJobsInThese")}>
          {JOB_STATES.map((state) => (
            <Chip key={state} value={state} size="xs" variant="outline">
              {STATE_WORDS[state].label}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Card padding={0}>
        <Rows query={jobs} empty={empty}>
          {(rows) => <JobsTable jobs={rows} />}
        </Rows>
      </Card>
    </Page>
  );
}
