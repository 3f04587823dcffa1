import { Button, Code, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Fact } from "../../components/Fact.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Section } from "../../components/Section.tsx";
import { formatCount } from "../../format/number.ts";
import { isExportable } from "./exports.ts";
import { type Model, modelFileUrl, useModel } from "./queries.ts";
import { TryModel } from "./TryModel.tsx";
import { t } from "../../i18n/index.ts";
import { FileTable } from "./FileTable.tsx";

const VerifyFiles = lazy(async () => ({ default: (await import("./VerifyFiles.tsx")).VerifyFiles }));

const MergedWeights = lazy(async () => ({ default: (await import("./MergedWeights.tsx")).MergedWeights }));

const WEIGHTS = "model.safetensors";
/** Of an adapter that was imported. */
const ADAPTER_WEIGHTS = "adapter_model.safetensors";

export function ModelCard({ modelId }: { modelId: string }) {
  const model = useModel(modelId);
  const isAdapter = model.data !== undefined && !model.data.files.some(({ name }) => name === WEIGHTS);
  const weights = isAdapter ? ADAPTER_WEIGHTS : WEIGHTS;
  return (
    <Section
      title={t("models.model")}
      aside={
        <Button
          component="a"
          href={modelFileUrl(modelId, weights)}
          download
          variant="default"
          size="xs"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          {t("models.downloadWeights")}
        </Button>
      }
    >
      <Loaded query={model}>
        {(found) => (
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing={40}>
            <Files model={found} />
            <TryModel model={found} />
          </SimpleGrid>
        )}
      </Loaded>
    </Section>
  );
}

function Files({ model }: { model: Model }) {
  const [verifies, setVerifies] = useState(false);
  return (
    <Stack gap="md" miw={0}>
      <Group component="dl" m={0} gap="xl">
        <Fact label={t("models.parameters")}>{formatCount(model.parameters)}</Fact>
        <Fact label={t("models.modelId")}>
          <Code>{model.id}</Code>
        </Fact>
      </Group>
      <FileTable files={model.files} urlOf={(name) => modelFileUrl(model.id, name)} />
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {t("models.sha256OfThe")} <Code fz="xs">{model.weights_sha256}</Code>
      </Text>
      <Button
        variant="subtle"
        size="compact-sm"
        w="fit-content"
        aria-expanded={verifies}
        onClick={() => setVerifies(!verifies)}
      >
        {t("tryModel.verify")}
      </Button>
      {verifies && (
        <Suspense>
          <VerifyFiles model={model} />
        </Suspense>
      )}
      {isExportable(model) && (
        <Suspense>
          <MergedWeights modelId={model.id} />
        </Suspense>
      )}
    </Stack>
  );
}
