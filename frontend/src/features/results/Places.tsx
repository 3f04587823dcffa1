import { Group, Progress, Stack, Text } from "@mantine/core";
import type { Schemas } from "../../api/client.ts";
import { formatPercent } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";

/** How often the item that a user met next, or the partner of a text, was among the first. */
export function Places({ places }: { places: Schemas["PlaceShare"][] }) {
  const all = places.find(({ within }) => within === null)?.rows ?? 0;
  return (
    <Stack gap="sm">
      {places.map(({ within, rows }) => {
        if (within === null || all === 0) return null;
        const label = t("results.amongTheFirst", { within });
        return (
          <div key={within}>
            <Group justify="space-between">
              <Text size="sm">{label}</Text>
              <Text size="sm" className="number">
                {formatPercent(rows / all)}
              </Text>
            </Group>
            <Progress value={(rows / all) * 100} size="sm" aria-label={label} />
          </div>
        );
      })}
    </Stack>
  );
}
