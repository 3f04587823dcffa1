import { Group, Progress, Text } from "@mantine/core";
import { Money } from "../../components/Money.tsx";
import { Section } from "../../components/Section.tsx";
import type { Job } from "./queries.ts";
import { t } from "../../i18n/index.ts";

export function JobCost({ job }: { job: Job }) {
  const { billed, held, cap, currency } = job.cost;
  const share = Number(cap) > 0 ? (Number(billed) / Number(cap)) * 100 : 0;
  return (
    <Section
      title={t("jobs.cost")}
      aside={
        <Text fw={600} className="figures">
          <Money amount={billed} currency={currency} exact />
        </Text>
      }
    >
      <Progress value={share} color="gray.5" aria-label={t("jobs.shareOfTheCost")} />
      <Group justify="space-between" mt="xs" gap="xs">
        <Text size="sm" c="dimmed">
          {t("jobs.neverMoreThan")} <Money amount={cap} currency={currency} />
        </Text>
        {Number(held) > 0 && (
          <Text size="sm" c="dimmed">
            <Money amount={held} currency={currency} /> {t("jobs.reserved")}
          </Text>
        )}
      </Group>
      <Text size="sm" mt="sm">
        {t("jobs.onlyKeptWorkIs")}
      </Text>
    </Section>
  );
}
