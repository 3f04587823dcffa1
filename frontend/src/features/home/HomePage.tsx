import { Anchor, Group, SimpleGrid, Text } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { metricName, metricValue } from "../../words/metrics.ts";
import { findingWords } from "../../words/verdicts.ts";
import { JobsTable } from "../jobs/JobsTable.tsx";
import { type Model, useModels } from "../models/queries.ts";
import { Figures } from "./Figures.tsx";
import { FirstSteps } from "./FirstSteps.tsx";
import { Notices } from "./Notices.tsx";
import { useRecentJobs } from "./queries.ts";
import { Spending } from "./Spending.tsx";

const MODELS_SHOWN = 5;

/** What is going on: notices, money, the newest jobs, what was made last. For a newcomer, where to begin. */
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
  const jobs = useRecentJobs();
  const models = useModels(MODELS_SHOWN);
  const mayPay = useMay("billing.read");
  const nothingYet = jobs.data?.length === 0 && models.data?.length === 0;
  if (nothingYet) return <FirstSteps />;
  return (
    <>
      <Section title={t("home.recentJobs")} aside={<All to={paths.jobs}>{t("home.allJobs")}</All>} flush>
        <Loaded query={jobs}>{(found) => <JobsTable jobs={found} />}</Loaded>
      </Section>
      <SimpleGrid cols={{ base: 1, md: mayPay ? 2 : 1 }} spacing="lg">
        <Section title={t("home.latestModels")} aside={<All to={paths.models}>{t("home.allModels")}</All>}>
          {models.data?.length === 0 && (
            <Text size="sm" c="dimmed">
              {t("home.noModels")}
            </Text>
          )}
          {models.data?.slice(0, MODELS_SHOWN).map((model) => (
            <ModelLine key={model.id} model={model} />
          ))}
        </Section>
        {mayPay && <Spending />}
      </SimpleGrid>
    </>
  );
}

function All({ to, children }: { to: string; children: string }) {
  return (
    <Anchor component={Link} to={to} size="sm">
      {children}
    </Anchor>
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
            {findingWords(verdict).title}
          </Text>
        )}
      </Text>
      <Text size="sm" c="dimmed" style={{ flex: "none" }}>
        <Ago iso={created_at} />
      </Text>
    </Group>
  );
}
