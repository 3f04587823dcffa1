import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { Section } from "../../components/Section.tsx";
import { StackedBars } from "../../components/StackedBars.tsx";
import { shortMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { useUsageSummary, type UsageSummary } from "../billing/queries.ts";
import { usageBars } from "../billing/usageBars.ts";

const DAYS = 30;

/** What was spent on each of the last days, by pool. */
export function Spending() {
  const summary = useUsageSummary("pool", DAYS);
  return (
    <Section
      title={t("home.spending")}
      aside={
        <Anchor component={Link} to={paths.billing} size="sm">
          {t("home.allUsage")}
        </Anchor>
      }
    >
      <Loaded query={summary}>{(found) => <Days summary={found} />}</Loaded>
    </Section>
  );
}

function Days({ summary }: { summary: UsageSummary }) {
  const { groups, currency } = summary;
  if (groups.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t("home.nothingSpent")}
      </Text>
    );
  return (
    <StackedBars
      label={t("home.spending")}
      series={groups.map(({ key, name }) => ({ key, label: name || key }))}
      bars={usageBars(summary, DAYS)}
      format={(value) => shortMoney(value.toFixed(6), currency)}
      height={96}
    />
  );
}
