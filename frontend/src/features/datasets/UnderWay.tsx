import { Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { Fetching } from "./Fetching.tsx";
import { useUnfinishedImports } from "./imports.ts";

/** What is fetched into the dataset at the moment: somebody who left the form may come back. */
export function UnderWay({ datasetId }: { datasetId: string }) {
  const queryClient = useQueryClient();
  const imports = useUnfinishedImports(datasetId).data ?? [];
  if (imports.length === 0) return null;
  const refresh = () =>
    void queryClient.invalidateQueries({ queryKey: ["datasets", datasetId], exact: true });
  return (
    <Section title={t("data.underWay")}>
      <Stack gap="sm">
        {imports.map((each) => (
          <Stack key={each.id} gap={4}>
            <Text size="sm">{each.url}</Text>
            <Fetching begun={each} onFetched={refresh} />
          </Stack>
        ))}
      </Stack>
    </Section>
  );
}
