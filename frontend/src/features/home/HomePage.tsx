import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Ago } from "../../components/Moment.tsx";
import { Page } from "../../components/Page.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { JOB_STATES, STATE_WORDS } from "../../words/jobs.ts";
import { metricName, metricValue } from "../../words/metrics.ts";
import { OUTCOME_WORDS } from "../../words/verdicts.ts";
import { JobsTable } from "../jobs/JobsTable.tsx";
import { useJobs } from "../jobs/queries.ts";
import { type Model, useModels } from "../models/queries.ts";
import { Figures } from "./Figures.tsx";
import { FirstSteps } from "./FirstSteps.tsx";
import { Notices } from "./Notices.tsx";

const LIVE = JOB_STATES.filter((state) => STATE_WORDS[state].live);
const MODELS_SHOWN = 5;

/** What is going on: notices, money, jobs that run, what was made last. For a newcomer, where to begin. */
export function HomePage() {
  const mayRead = useMay("jobs.read");
  const mayPay = useMay("billing.read");
  return (
    <Page title={t("home.home")}>
      {mayRead && <Notices />}
      {mayPay && <Figures />}
      {mayRead && <Work />}
    </Page>
  );
}

function Work() {
  const live = useJobs(LIVE);
  const models = useModels(MODELS_SHOWN);
  const nothingYet = live.data?.length === 0 && models.data?.length === 0;
  if (nothingYet) return <FirstSteps />;
  return (
    <>
      <Section title={t("home.running")} flush>
        <Rows query={live} empty={<Quiet>{t("home.nothingRuns")}</Quiet>}>
          {(jobs) => <JobsTable jobs={jobs} />}
        </Rows>
      </Section>
      <Section
        title={t("home.latestModels")}
        aside={
          <Anchor component={Link} to={paths.models} size="sm">
            {t("home.allModels")}
          </Anchor>
        }
      >
        {models.data?.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("home.noModels")}
          </Text>
        )}
        {models.data?.slice(0, MODELS_SHOWN).map((model) => (
          <ModelLine key={model.id} model={model} />
        ))}
      </Section>
    </>
  );
}

function ModelLine({ model: { id, name, verdict, created_at } }: { model: Model }) {
  return (
    <Group justify="space-between" gap="sm" py={4} wrap="nowrap">
      <Text size="sm" miw={0}>
        <Anchor component={Link} to={paths.model(id)} fw={550} size="sm">
          {name}
        </Anchor>
        {verdict && (
          <Text span size="sm" c="dimmed">
            {` · ${metricName(verdict.metric)} ${metricValue(verdict.metric, verdict.value)} · `}
            {OUTCOME_WORDS[verdict.outcome].title}
          </Text>
        )}
      </Text>
      <Text size="sm" c="dimmed" style={{ flex: "none" }}>
        <Ago iso={created_at} />
      </Text>
    </Group>
  );
}

function Quiet({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed" px="lg" py="md">
      {children}
    </Text>
  );
}
