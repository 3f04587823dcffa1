import { Anchor, Card, SimpleGrid, Text } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { JOB_STATES, STATE_WORDS } from "../../words/jobs.ts";
import { OUTCOME_WORDS } from "../../words/verdicts.ts";
import { useWallet } from "../billing/queries.ts";
import { JobsTable } from "../jobs/JobsTable.tsx";
import { useJobs } from "../jobs/queries.ts";
import { useModels } from "../models/queries.ts";
import { FirstSteps } from "./FirstSteps.tsx";

const LIVE = JOB_STATES.filter((state) => STATE_WORDS[state].live);
const MODELS_SHOWN = 5;

/** What is going on: jobs that run, money, what was made last. For a newcomer, where to begin. */
export function HomePage() {
  const mayRead = useMay("jobs.read");
  const mayPay = useMay("billing.read");
  return (
    <Page title={t("home.home")}>
      {mayPay && <Figures />}
      {mayRead && <Work />}
    </Page>
  );
}

function Figures() {
  const { data: wallet } = useWallet();
  if (!wallet) return null;
  const figures = [
    { label: t("home.available"), amount: wallet.available },
    { label: t("home.reserved"), amount: wallet.held },
    { label: t("home.spent"), amount: wallet.spent },
  ];
  return (
    <SimpleGrid component="dl" m={0} cols={{ base: 3 }} spacing="sm">
      {figures.map(({ label, amount }) => (
        <Card key={label} padding="md">
          <dt className="label">{label}</dt>
          <Text component="dd" m={0} fz={{ base: 18, sm: 28 }} fw={600} lh={1.4}>
            <Money amount={amount} currency={wallet.currency} />
          </Text>
        </Card>
      ))}
    </SimpleGrid>
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
        {models.data?.slice(0, MODELS_SHOWN).map(({ id, name, verdict }) => (
          <Text key={id} size="sm" py={4}>
            <Anchor component={Link} to={paths.model(id)} fw={550} size="sm">
              {name}
            </Anchor>
            {verdict && (
              <Text span size="sm" c="dimmed">
                {" "}
                · {OUTCOME_WORDS[verdict.outcome].title}
              </Text>
            )}
          </Text>
        ))}
      </Section>
    </>
  );
}

function Quiet({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed" px="lg" py="md">
      {children}
    </Text>
  );
}
