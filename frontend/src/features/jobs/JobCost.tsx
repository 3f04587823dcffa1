import { Group, Progress, Text } from "@mantine/core";
import { Money } from "../../components/Money.tsx";
import { Section } from "../../components/Section.tsx";
import type { Job } from "./queries.ts";

export function JobCost({ job }: { job: Job }) {
  const { billed, held, cap, currency } = job.cost;
  const share = Number(cap) > 0 ? (Number(billed) / Number(cap)) * 100 : 0;
  return (
    <Section
      title="Cost"
      aside={
        <Text fw={600} className="figures" data-testid="billed">
          <Money amount={billed} currency={currency} exact />
        </Text>
      }
    >
      <Progress value={share} color="gray.5" aria-label="Share of the cost cap that is used" />
      <Group justify="space-between" mt="xs" gap="xs">
        <Text size="sm" c="dimmed">
          Never more than <Money amount={cap} currency={currency} />
        </Text>
        {Number(held) > 0 && (
          <Text size="sm" c="dimmed">
            <Money amount={held} currency={currency} /> reserved
          </Text>
        )}
      </Group>
      <Text size="sm" mt="sm">
        Only kept work is billed: training whose result a checkpoint or the finished model holds.
      </Text>
    </Section>
  );
}
