import { Group, Progress, Stack, Text } from "@mantine/core";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import type { DatasetVersion } from "./queries.ts";

const CLASSES_SHOWN = 12;

/** How many rows each class has. */
export function ClassBalance({ profile }: { profile: NonNullable<DatasetVersion["profile"]> }) {
  const { classes, class_counts: counts } = profile;
  return (
    <ClassBars
      counts={classes.slice(0, CLASSES_SHOWN).map((name, index) => [name, counts[index] ?? 0])}
      unseen={classes.length - CLASSES_SHOWN}
    />
  );
}

interface Props {
  counts: [string, number][];
  /** How many more there are. */
  unseen: number;
}

/** Classes or categories as bars, as long as they are frequent. */
export function ClassBars({ counts, unseen }: Props) {
  const most = Math.max(...counts.map(([, count]) => count), 1);
  return (
    <Stack gap={6} role="list">
      {counts.map(([name, count]) => (
        <div key={name} role="listitem">
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Text size="xs" truncate>
              {name || "–"}
            </Text>
            <Text size="xs" className="number">
              {formatCount(count)}
            </Text>
          </Group>
          <Progress value={(count / most) * 100} size="sm" aria-label={`${name} ${formatCount(count)}`} />
        </div>
      ))}
      {unseen > 0 && (
        <Text size="xs" c="dimmed">
          {t("data.moreCategories", { omitted: formatCount(unseen) })}
        </Text>
      )}
    </Stack>
  );
}
