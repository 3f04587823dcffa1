import { SimpleGrid, Text } from "@mantine/core";
import { Section } from "../../components/Section.tsx";
import { metricName, metricValue } from "../../words/metrics.ts";
import { t } from "../../i18n/index.ts";

/** How the finished model does on rows it never saw. */
export function TestMetrics({ metrics }: { metrics: Record<string, number> }) {
  return (
    <Section
      title={t("models.testResults")}
      aside={
        <Text size="sm" c="dimmed">
          {t("models.onDataHeldOut")}
        </Text>
      }
    >
      <SimpleGrid component="dl" m={0} cols={{ base: 2, xs: 3, md: 5 }} spacing="lg" verticalSpacing="md">
        {Object.entries(metrics).map(([name, value]) => (
          <div key={name}>
            <dt className="label">{metricName(name)}</dt>
            <Text component="dd" m={0} fz={24} fw={600} lh={1.3} className="figures">
              {metricValue(name, value)}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Section>
  );
}
