import { SimpleGrid, Stack, Text } from "@mantine/core";
import { Fact } from "../../components/Fact.tsx";
import { formatBytes, formatCount, formatFigure } from "../../format/number.ts";
import { ClassBars } from "./ClassBars.tsx";
import { Problems } from "./Problems.tsx";
import type { DatasetVersion } from "./queries.ts";
import { t } from "../../i18n/index.ts";

const CLASSES_SHOWN = 12;

type Shape = NonNullable<DatasetVersion["profile"]>["profile"];

const ROWS: Record<Shape["kind"], string> = {
  images: t("data.kinds.images"),
  table: t("data.rows"),
  text: t("data.texts"),
  tokens: t("data.texts"),
  conversations: t("data.kinds.conversations"),
  series: t("data.kinds.series"),
  recordings: t("data.kinds.recordings"),
  interactions: t("data.rows"),
};

/** What a version holds, once it is ready; why it was rejected, when it was. */
export function Profile({ version }: { version: DatasetVersion }) {
  if (version.state === "rejected") {
    return (
      <Problems
        title={t("data.thisFileCannotBe")}
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
        <Fact label={t("data.file")}>{version.filename}</Fact>
        <Fact label={t("data.size")}>{formatBytes(version.bytes)}</Fact>
        <Fact label={ROWS[shape.kind]}>{formatCount(profile.rows)}</Fact>
        <ShapeFact shape={shape} />
      </SimpleGrid>
      {profile.classes.length > 0 && (
        <Stack gap="xs" maw={560}>
          <Text className="label" component="h3">
            {t("data.classBalance")}
          </Text>
          <ClassBars
            counts={profile.classes
              .slice(0, CLASSES_SHOWN)
              .map((name, index) => [name, profile.class_counts[index] ?? 0])}
            unseen={unseen}
          />
        </Stack>
      )}
      <Problems title={t("data.leftOutOfThe")} color="yellow" problems={version.warnings} />
    </Stack>
  );
}

function toPredict({ target, targets }: { target?: string | null; targets?: string[] }) {
  const columns = targets?.length ? targets.join(", ") : target;
  return columns ? t("data.toPredict", { columns }) : null;
}

function ShapeFact({ shape }: { shape: Shape }) {
  switch (shape.kind) {
    case "images":
      return (
        <Fact label={t("data.format")} note={toPredict(shape)}>
          {shape.width} × {shape.height}, {shape.channels === 1 ? "grey" : "colour"}
        </Fact>
      );
    case "table":
      return (
        <Fact
          label={t("data.columns")}
          note={shape.dropped?.length ? t("data.leftOut", { value: shape.dropped.join(", ") }) : null}
        >
          {shape.columns.length}, {toPredict(shape)}
        </Fact>
      );
    case "interactions":
      return (
        <Fact
          label={t("data.interactions")}
          note={shape.target ? t("data.ratedBy", { target: shape.target }) : null}
        >
          {t("data.usersItems", { users: formatCount(shape.users), items: formatCount(shape.items) })}
        </Fact>
      );
    case "recordings":
      return (
        <Fact
          label={t("data.seconds")}
          note={t("data.samplesEach", { sample_rate: formatCount(shape.sample_rate) })}
        >
          {t("data.to", { shortest: formatFigure(shape.shortest), longest: formatFigure(shape.longest) })}
        </Fact>
      );
    case "text":
      return (
        <Fact
          label={t("data.characters")}
          note={[t("data.onAverage", { mean: formatCount(shape.mean) }), toPredict(shape)]
            .filter(Boolean)
            .join(", ")}
        >
          {t("data.to", { shortest: formatCount(shape.shortest), longest: formatCount(shape.longest) })}
        </Fact>
      );
    case "tokens": {
      const entities = Object.entries(shape.entities ?? {})
        .map(([type, count]) => `${type} ${formatCount(count)}`)
        .join(", ");
      return (
        <Fact
          label={t("data.words")}
          note={
            shape.scheme === "plain"
              ? t("data.plainTags")
              : t("data.tagScheme", { scheme: shape.scheme.toUpperCase(), entities })
          }
        >
          {formatCount(shape.tokens)}
        </Fact>
      );
    }
    case "conversations":
      return (
        <Fact
          label={t("data.tokens")}
          note={t("data.tokensLearnt", { trained: formatCount(shape.trained_tokens) })}
        >
          {t("data.aboutTokens", { tokens: formatCount(shape.tokens) })}
        </Fact>
      );
    case "series":
      return (
        <Fact
          label={t("data.steps")}
          note={t("data.of", { value: shape.channels.map(({ name }) => name).join(", ") })}
        >
          {t("data.toPredict2", { steps: formatCount(shape.steps), target: shape.target })}
        </Fact>
      );
  }
}
