/** What a version holds, in figures: of which a page shows the first, and a form all. */
import type { KeyFigure } from "../../components/KeyFigures.tsx";
import { formatBytes, formatCount, formatFigure } from "../../format/number.ts";
import { formatMoment } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import type { DatasetVersion } from "./queries.ts";

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

const listed = (...parts: (string | null | false | undefined)[]) => parts.filter(Boolean).join("; ");

/** Of a page of a dataset with `count` versions. */
export function figuresOf(version: DatasetVersion, count: number): KeyFigure[] {
  const { profile } = version;
  return [
    ...(profile ? [rowsFigure(profile), shapeFigure(profile.profile)] : []),
    ...(profile && profile.classes.length > 0
      ? [{ label: t("data.classes"), value: formatCount(profile.classes.length) }]
      : []),
    { label: t("data.size"), value: formatBytes(version.bytes), note: version.filename },
    {
      label: t("data.version"),
      value: formatCount(version.number),
      note: listed(t("data.ofVersions", { number: formatCount(count) }), formatMoment(version.created_at)),
    },
  ];
}

export function rowsFigure({ rows, profile }: NonNullable<DatasetVersion["profile"]>): KeyFigure {
  return { label: ROWS[profile.kind], value: formatCount(rows) };
}

function toPredict({ target, targets }: { target?: string | null; targets?: string[] }) {
  const columns = targets?.length ? targets.join(", ") : target;
  return columns ? t("data.toPredict", { columns }) : null;
}

/** What the rows are like, by their kind. */
export function shapeFigure(shape: Shape): KeyFigure {
  switch (shape.kind) {
    case "images": {
      const { width, height, channels } = shape;
      const size = { width: formatCount(width), height: formatCount(height) };
      return {
        label: t("data.format"),
        value: t(channels === 1 ? "data.greyOf" : "data.colourOf", size),
        note: toPredict(shape),
      };
    }
    case "table":
      return {
        label: t("data.columns"),
        value: formatCount(shape.columns.length),
        note: listed(
          toPredict(shape),
          shape.dropped?.length ? t("data.leftOut", { value: shape.dropped.join(", ") }) : null,
        ),
      };
    case "interactions":
      return {
        label: t("data.interactions"),
        value: t("data.usersItems", { users: formatCount(shape.users), items: formatCount(shape.items) }),
        note: shape.target ? t("data.ratedBy", { target: shape.target }) : null,
      };
    case "recordings":
      return {
        label: t("data.seconds"),
        value: t("data.to", {
          shortest: formatFigure(shape.shortest),
          longest: formatFigure(shape.longest),
        }),
        note: t("data.samplesEach", { sample_rate: formatCount(shape.sample_rate) }),
      };
    case "text":
      return {
        label: t("data.characters"),
        value: t("data.to", { shortest: formatCount(shape.shortest), longest: formatCount(shape.longest) }),
        note: listed(t("data.onAverage", { mean: formatCount(shape.mean) }), toPredict(shape)),
      };
    case "tokens":
      return { label: t("data.words"), value: formatCount(shape.tokens), note: schemeOf(shape) };
    case "conversations":
      return {
        label: t("data.tokens"),
        value: t("data.aboutTokens", { tokens: formatCount(shape.tokens) }),
        note: t("data.tokensLearnt", { trained: formatCount(shape.trained_tokens) }),
      };
    case "series":
      return {
        label: t("data.steps"),
        value: formatCount(shape.steps),
        note: listed(
          t("data.toPredict", { columns: shape.target }),
          shape.channels.length > 1 &&
            t("data.of", { value: shape.channels.map(({ name }) => name).join(", ") }),
        ),
      };
  }
}

function schemeOf({ scheme, entities = {} }: Extract<Shape, { kind: "tokens" }>): string {
  if (scheme === "plain") return t("data.plainTags");
  const counts = Object.entries(entities).map(([type, count]) => `${type} ${formatCount(count)}`);
  return t("data.tagScheme", { scheme: scheme.toUpperCase(), entities: counts.join(", ") });
}
