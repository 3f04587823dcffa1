import { Alert, Group, Progress, Stack, Text } from "@mantine/core";
import { formatFigure, formatPercent } from "../../format/number.ts";
import { TaggedText } from "../../components/TaggedText.tsx";
import { marksEntities, piecesOfTags, piecesOfText } from "../../components/taggedPieces.ts";
import type { Prediction } from "./queries.ts";
import { t } from "../../i18n/index.ts";

const CLASSES_SHOWN = 5;
const NUMBERS_SHOWN = 8;

export function PredictionResult({ prediction }: { prediction: Prediction }) {
  return (
    <Stack gap="md">
      <Found prediction={prediction} />
      <Warnings warnings={prediction.warnings} />
    </Stack>
  );
}

function Found({ prediction }: { prediction: Prediction }) {
  if (prediction.items) return <Recommended items={prediction.items} />;
  if (prediction.tags) return <Tagged prediction={prediction} />;
  return <Answer prediction={prediction} />;
}

/** The text with its entities marked, and how sure each of them is; of plain tags, with all of its words. */
function Tagged({
  prediction: { text = "", tokens = [], tags = [], entities = [] },
}: {
  prediction: Prediction;
}) {
  const pieces =
    entities.length > 0 || marksEntities(tags) ? piecesOfText(text, entities) : piecesOfTags(tokens, tags);
  return (
    <Stack gap="xs" role="status">
      <TaggedText pieces={pieces} />
      {entities.map(({ start, label, text: found, score }) => (
        <Group key={start} justify="space-between" gap="xs">
          <Text size="xs" truncate maw="70%">
            {found} · {label}
          </Text>
          <Text size="xs" className="number">
            {formatPercent(score)}
          </Text>
        </Group>
      ))}
      {entities.length === 0 && marksEntities(tags) && (
        <Text size="sm" c="dimmed">
          {t("tryModel.noEntities")}
        </Text>
      )}
    </Stack>
  );
}

/** What to know before relying on the answer. */
function Warnings({ warnings }: { warnings: Prediction["warnings"] }) {
  if (warnings.length === 0) return null;
  return (
    <Alert color="yellow" title={t("tryModel.beforeYouRelyOn")} role="note">
      <Stack gap={4}>
        {warnings.map(({ code, column, message }) => (
          <Text key={`${code} ${column} ${message}`} size="sm">
            {message}
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}

function Answer({ prediction }: { prediction: Prediction }) {
  const ranked = Object.entries(prediction.probabilities ?? {})
    .sort(([, a], [, b]) => b - a)
    .slice(0, CLASSES_SHOWN);
  const answer = prediction.label ?? prediction.text ?? labelsOf(prediction) ?? numbersOf(prediction);
  return (
    <Stack gap="xs" role="status">
      <Text size="sm">
        {t("tryModel.prediction")} <b style={{ whiteSpace: "pre-wrap" }}>{answer}</b>
      </Text>
      {ranked.map(([label, probability]) => (
        <div key={label}>
          <Group justify="space-between" gap="xs" mb={2}>
            <Text size="xs" truncate maw="70%">
              {label}
            </Text>
            <Text size="xs" className="number">
              {formatPercent(probability)}
            </Text>
          </Group>
          <Progress value={probability * 100} size="sm" aria-label={t("tryModel.probabilityOf", { label })} />
        </div>
      ))}
    </Stack>
  );
}

/** Of a row that may have several labels, or none. */
function labelsOf({ labels }: Prediction): string | undefined {
  return labels && (labels.join(", ") || t("tryModel.noneOfTheLabels"));
}

/** One number, the steps of a forecast in order, a number of each target, or how a vector begins. */
function numbersOf({ value, values, similarity, embedding }: Prediction): string {
  if (similarity !== undefined) return t("tryModel.similarity", { similarity: formatFigure(similarity) });
  if (embedding) {
    const beginning = embedding.slice(0, NUMBERS_SHOWN).map(formatFigure).join(", ");
    return t("tryModel.vector", { beginning, count: embedding.length });
  }
  if (value !== undefined) return formatFigure(value);
  if (!values || Array.isArray(values)) return (values ?? []).map(formatFigure).join(", ");
  return Object.entries(values)
    .map(([target, number]) => `${target} ${formatFigure(number)}`)
    .join(", ");
}

function Recommended({ items }: { items: NonNullable<Prediction["items"]> }) {
  return (
    <Stack gap="xs" role="status">
      {items.map(({ item, score }) => (
        <Group key={item} justify="space-between" gap="xs">
          <Text size="sm" truncate maw="70%">
            {item}
          </Text>
          <Text size="sm" className="number">
            {formatFigure(score)}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
