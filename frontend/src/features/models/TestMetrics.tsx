import { SimpleGrid, Text } from "@mantine/core";
import { Section } from "../../components/Section.tsx";
import { metricName, metricValue } from "../../words/metrics.ts";
import { t } from "../../i18n/index.ts";

interface Props {
  metrics: Record<string, number>;
  /** Beside something larger. */
  aside?: boolean;
}

/** The loss last: it says less than what is measured by it. */
const inOrder = (metrics: Record<string, number>) =>
  Object.entries(metrics).sort(([a], [b]) => Number(a.endsWith("loss")) - Number(b.endsWith("loss")));

/** How the finished model does on rows it never saw. */
export function TestMetrics({ metrics, aside = false }: Props) {
  const cols = aside ? { base: 2, sm: 3, lg: 2 } : { base: 2, xs: 3, md: 5 };
  return (
    <Section
      title={t("terms.testResults")}
      aside={
        <Text size="sm" c="dimmed">
          {t("terms.onDataHeldOut")}
        </Text>
      }
    >
      <SimpleGrid component="dl" m={0} cols={cols} spacing="lg" verticalSpacing={aside ? "xs" : "md"}>
        {inOrder(metrics).map(([name, value]) => (
          <div key={name}>
            <dt className="label">{metricName(name)}</dt>
            <Text component="dd" m={0} fz={aside ? 16 : 24} fw={600} lh={1.3} className="figures">
              {metricValue(name, value)}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Section>
  );
}
