import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle } from "@tabler/icons-react";
import { formatCount } from "../../format/number.ts";
import { knownText, t } from "../../i18n/index.ts";
import { folded, type FoldedProblem, looksLikeNumbers } from "./foldedProblems.ts";
import type { DatasetProblem, DatasetVersion } from "./queries.ts";

interface Props {
  title: string;
  color: "red" | "yellow";
  problems: DatasetProblem[];
  omitted?: number;
}

const SHOWN = 5;

/** What is wrong in a file, a line for each kind, with how often, where, and what to do. */
function Problems({ title, color, problems, omitted = 0 }: Props) {
  if (problems.length === 0) return null;
  return (
    <Alert color={color} icon={<IconAlertTriangle aria-hidden />} title={title} role="alert">
      <Stack gap="sm">
        {folded(problems).map((kind) => (
          <Kind key={`${kind.code} ${kind.column}`} kind={kind} />
        ))}
        {omitted > 0 && <Text size="sm">{t("data.andMore", { omitted: formatCount(omitted) })}</Text>}
      </Stack>
    </Alert>
  );
}

/** Why a version was rejected, or what of its file was left out. */
export function ProblemsOf({ version }: { version: DatasetVersion }) {
  return (
    <>
      <Problems
        title={t("data.thisFileCannotBe")}
        color="red"
        problems={version.problems}
        omitted={version.problems_omitted}
      />
      <Problems title={t("data.leftOutOfThe")} color="yellow" problems={version.warnings} />
    </>
  );
}

function Kind({ kind: { code, column, problems } }: { kind: FoldedProblem }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const shown = isOpen ? problems : problems.slice(0, problems.length === 1 ? 1 : SHOWN);
  const [first] = problems;
  const suggestion = looksLikeNumbers(problems)
    ? t("data.learnAsNumbers")
    : knownText(`dataTerms.suggestions.${code}`);
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {knownText(`dataTerms.problems.${code}`) ?? first?.message}
          {column && ` · ${column}`}
        </Text>
        {problems.length > 1 && (
          <Text size="sm" c="dimmed">
            {t("data.timesFound", { times: formatCount(problems.length) })}
          </Text>
        )}
      </Group>
      {suggestion && <Text size="sm">{suggestion}</Text>}
      {shown.map((problem, index) => (
        <Text key={index} size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {placeOf(problem)}
          {problem.message}
        </Text>
      ))}
      {problems.length > SHOWN && (
        <Button variant="subtle" size="compact-xs" w="fit-content" onClick={toggle} aria-expanded={isOpen}>
          {isOpen ? t("data.showFewer") : t("data.showAll", { times: formatCount(problems.length) })}
        </Button>
      )}
    </Stack>
  );
}

function placeOf({ file, row }: DatasetProblem): string {
  const parts = [row !== null && t("data.rowNumber", { row: formatCount(row) }), file].filter(Boolean);
  return parts.length ? `${parts.join(", ")}: ` : "";
}
