import { Group, Progress, Stack, Text } from "@mantine/core";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";

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
