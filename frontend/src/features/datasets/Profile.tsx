import { Badge, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { Fact } from "../../components/Fact.tsx";
import { formatBytes, formatCount, formatFigure } from "../../format/number.ts";
import { Problems } from "./Problems.tsx";
import type { DatasetVersion } from "./queries.ts";

const CLASSES_SHOWN = 12;

type Shape = NonNullable<DatasetVersion["profile"]>["profile"];

const ROWS: Record<Shape["kind"], string> = {
  images: "Images",
  table: "Rows",
  text: "Texts",
  series: "Series",
  recordings: "Recordings",
  interactions: "Rows",
};

/** What a version holds, once it is ready; why it was rejected, when it was. */
export function Profile({ version }: { version: DatasetVersion }) {
  if (version.state === "rejected") {
    return (
      <Problems
        title="This file cannot be used"
        color="red"
        problems={version.problems}
        omitted={version.problems_omitted}
      />
    );
  }
  const { profile } = version;
  if (!profile) return null;
  const shape = profile.profile;
  const unseen = profile.classes.length - CLASSES_SHOWN;
  return (
    <Stack gap="md">
      <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 4 }} spacing="md">
        <Fact label="File">{version.filename}</Fact>
        <Fact label="Size">{formatBytes(version.bytes)}</Fact>
        <Fact label={ROWS[shape.kind]}>{formatCount(profile.rows)}</Fact>
        <ShapeFact shape={shape} />
      </SimpleGrid>
      {profile.classes.length > 0 && (
        <Group gap={6} role="list" aria-label="Classes">
          {profile.classes.slice(0, CLASSES_SHOWN).map((name, index) => (
            <Badge key={name} color="gray" role="listitem">
              {name} · {formatCount(profile.class_counts[index] ?? 0)}
            </Badge>
          ))}
          {unseen > 0 && (
            <Text size="xs" c="dimmed">
              and {formatCount(unseen)} more classes
            </Text>
          )}
        </Group>
      )}
      <Problems title="Left out of the data" color="yellow" problems={version.warnings} />
    </Stack>
  );
}

function toPredict({ target, targets }: { target?: string | null; targets?: string[] }) {
  const columns = targets?.length ? targets.join(", ") : target;
  return columns ? `to predict ${columns}` : null;
}

function ShapeFact({ shape }: { shape: Shape }) {
  switch (shape.kind) {
    case "images":
      return (
        <Fact label="Format" note={toPredict(shape)}>
          {shape.width} × {shape.height}, {shape.channels === 1 ? "grey" : "colour"}
        </Fact>
      );
    case "table":
      return (
        <Fact label="Columns" note={shape.dropped?.length ? `Left out: ${shape.dropped.join(", ")}` : null}>
          {shape.columns.length}, {toPredict(shape)}
        </Fact>
      );
    case "interactions":
      return (
        <Fact label="Interactions" note={shape.target ? `rated by ${shape.target}` : null}>
          {formatCount(shape.users)} users, {formatCount(shape.items)} items
        </Fact>
      );
    case "recordings":
      return (
        <Fact label="Seconds" note={`${formatCount(shape.sample_rate)} samples each`}>
          {formatFigure(shape.shortest)} to {formatFigure(shape.longest)}
        </Fact>
      );
    case "text":
      return (
        <Fact
          label="Characters"
          note={[`${formatCount(shape.mean)} on average`, toPredict(shape)].filter(Boolean).join(", ")}
        >
          {formatCount(shape.shortest)} to {formatCount(shape.longest)}
        </Fact>
      );
    case "series":
      return (
        <Fact label="Steps" note={`Of ${shape.channels.map(({ name }) => name).join(", ")}`}>
          {formatCount(shape.steps)}, to predict {shape.target}
        </Fact>
      );
  }
}
