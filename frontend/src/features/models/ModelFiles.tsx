import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Fact } from "../../components/Fact.tsx";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { isExportable } from "./exports.ts";
import { FileTable } from "./FileTable.tsx";
import { type Model, modelFileUrl } from "./queries.ts";

const VerifyFiles = lazy(async () => ({ default: (await import("./VerifyFiles.tsx")).VerifyFiles }));

const MergedWeights = lazy(async () => ({ default: (await import("./MergedWeights.tsx")).MergedWeights }));

const WEIGHTS = "model.safetensors";
/** Of an adapter that was imported. */
const ADAPTER_WEIGHTS = "adapter_model.safetensors";

export function DownloadWeights({ model }: { model: Model }) {
  const isAdapter = !model.files.some(({ name }) => name === WEIGHTS);
  return (
    <Button
      component="a"
      href={modelFileUrl(model.id, isAdapter ? ADAPTER_WEIGHTS : WEIGHTS)}
      download
      variant="default"
      size="xs"
      leftSection={<IconDownload size={16} aria-hidden />}
    >
      {t("models.downloadWeights")}
    </Button>
  );
}

/** Every file of a model, how to check it, and what else can be made of it. */
export function ModelFiles({ model }: { model: Model }) {
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
