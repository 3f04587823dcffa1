import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { asProblem } from "../api/problem.ts";
import { t } from "../i18n/index.ts";

interface Props {
  error: unknown;
  onRetry?: (() => void) | undefined;
  /** What people call a field; its path as it is otherwise. */
  nameOf?: (field: string) => string;
}

/** A failed request: what went wrong, what to do, and the id that support asks for. */
export function ProblemAlert({ error, onRetry, nameOf = (field) => field }: Props) {
  const problem = asProblem(error);
  return (
    <Alert role="alert" color="red" icon={<IconAlertCircle aria-hidden />} title={problem.message}>
      {problem.hint && <Text size="sm">{problem.hint}</Text>}
      {problem.fields.map((field) => (
        <Text size="sm" key={`${field.field} ${field.message}`}>
          {field.field && <b>{nameOf(field.field)}: </b>}
          {[field.message, field.hint].filter(Boolean).join(" ")}
        </Text>
      ))}
      {(problem.requestId || onRetry) && (
        <Group mt="xs" gap="md">
          {onRetry && (
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              {t("common.tryAgain")}
            </Button>
          )}
          {problem.requestId && (
            <Text size="xs" c="dimmed" ff="monospace">
              {t("common.request", { requestId: problem.requestId })}
            </Text>
          )}
        </Group>
      )}
    </Alert>
  );
}
