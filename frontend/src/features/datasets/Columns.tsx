import { Group, SimpleGrid, Text } from "@mantine/core";
import { Bars } from "../../components/plots/Bars.tsx";
import { formatCount, formatFigure } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { ClassBars } from "./ClassBars.tsx";
import type { DatasetPreview } from "./queries.ts";

const isTime = (form: string) => form.startsWith("datetime");
const asDay = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

/** How the values of each column are spread. */
export function Columns({ columns }: Pick<DatasetPreview, "columns">) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg">
      {columns.map(({ name, form, missing, histogram, categories, categories_omitted }) => (
        <div key={name}>
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Text size="sm" fw={550} truncate>
              {name}
            </Text>
            {missing > 0 && (
              <Text size="xs" c="dimmed">
                {t("data.missingCells", { missing: formatCount(missing) })}
              </Text>
            )}
          </Group>
          {histogram && (
            <Bars
              label={t("data.histogramOf", { name })}
              xLabel=""
              histogram={histogram}
              height={140}
              xFormat={isTime(form) ? asDay : formatFigure}
            />
          )}
          {categories.length > 0 && (
            <ClassBars
              counts={categories.slice(0, 6).map(({ name: category, rows }) => [category, rows])}
              unseen={categories_omitted + Math.max(categories.length - 6, 0)}
            />
          )}
        </div>
      ))}
    </SimpleGrid>
  );
}
