import { Box, Image, Text } from "@mantine/core";
import { Sparkline } from "../../components/plots/Sparkline.tsx";
import { t } from "../../i18n/index.ts";
import type { TestRow } from "./queries.ts";

/** What a test row is: a picture, a text, a recording, cells, a series. */
export function ExampleView({ row }: { row: TestRow }) {
  const { example, place } = row;
  const name =
    place.file ?? place.series ?? (row.row === null ? "" : t("results.rowNumber", { row: row.row }));
  if (example?.png)
    return (
      <Image
        src={`data:image/png;base64,${example.png}`}
        alt={name}
        w={72}
        h={72}
        fit="contain"
        radius="sm"
      />
    );
  if (example?.wav) return <audio controls src={`data:audio/wav;base64,${example.wav}`} aria-label={name} />;
  if (example?.text)
    return (
      <Text size="sm" lineClamp={4} style={{ overflowWrap: "anywhere" }}>
        {example.text}
      </Text>
    );
  if (example?.tokens)
    return (
      <Text size="xs" c="dimmed">
        {name}
      </Text>
    );
  if (example?.steps) return <Sparkline values={example.steps} label={name} />;
  if (example?.cells)
    return (
      <Text size="xs" c="dimmed" lineClamp={4}>
        {Object.entries(example.cells)
          .map(([column, value]) => `${column} ${typeof value === "string" ? value : JSON.stringify(value)}`)
          .join(" · ")}
      </Text>
    );
  return (
    <Box miw={0}>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {[name, place.user, place.item, place.step && t("results.stepsAhead", { count: place.step })]
          .filter(Boolean)
          .join(" · ")}
      </Text>
    </Box>
  );
}
