import { Button, Group, Text } from "@mantine/core";
import { IconDice5 } from "@tabler/icons-react";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { type ExampleRow, useNextExample } from "./examples.ts";

interface Props {
  modelId: string;
  onExample: (row: ExampleRow) => void;
}

/** Takes the next row of the test set, and says what was true of it. */
export function ExampleButton({ modelId, onExample }: Props) {
  const next = useNextExample(modelId, onExample);
  const { row, truth } = next.data ?? {};
  return (
    <>
      <Group gap="sm">
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconDice5 size={16} aria-hidden />}
          loading={next.isPending}
          onClick={() => next.mutate()}
        >
          {t("tryModel.takeATestRow")}
        </Button>
        {next.data && (
          <Text size="xs" c="dimmed" role="status">
            {row !== null && t("tryModel.testRow", { row })}
            {truth !== null && ` ${t("tryModel.whichTrulyIs", { truth })}`}
          </Text>
        )}
      </Group>
      {next.isError && <ProblemAlert error={next.error} />}
    </>
  );
}
