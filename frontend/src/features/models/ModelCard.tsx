import { SimpleGrid, Stack, Title } from "@mantine/core";
import { Loaded } from "../../components/Loaded.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { DownloadWeights, ModelFiles } from "./ModelFiles.tsx";
import { useModel } from "./queries.ts";
import { TryModel } from "./TryModel.tsx";

/** The model that a job left: its files, and a place to try it. */
export function ModelCard({ modelId }: { modelId: string }) {
  const model = useModel(modelId);
  return (
    <Section title={t("models.model")} aside={model.data && <DownloadWeights model={model.data} />}>
      <Loaded query={model}>
        {(found) => (
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing={40}>
            <ModelFiles model={found} />
            {found.allowed_actions.includes("predict") && (
              <Stack gap="md" miw={0}>
                <Title order={3}>{t("tryModel.tryIt")}</Title>
                <TryModel model={found} />
              </Stack>
            )}
          </SimpleGrid>
        )}
      </Loaded>
    </Section>
  );
}
