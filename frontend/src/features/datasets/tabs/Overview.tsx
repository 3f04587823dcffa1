import { Code, SimpleGrid, Stack } from "@mantine/core";
import { At } from "../../../components/At.tsx";
import { Fact } from "../../../components/Fact.tsx";
import { Loaded } from "../../../components/Loaded.tsx";
import { Section } from "../../../components/Section.tsx";
import { WithAside } from "../../../components/WithAside.tsx";
import { t } from "../../../i18n/index.ts";
import { Found } from "../CheckedVersion.tsx";
import { ClassBalance } from "../ClassBars.tsx";
import { Columns } from "../Columns.tsx";
import { Findings } from "../Findings.tsx";
import { type DatasetVersion, usePreview } from "../queries.ts";
import { useShownDataset } from "../shownDataset.ts";

/** What to know of a version before training: warnings, balance, how its columns are spread. */
export function Overview() {
  const { version } = useShownDataset();
  if (version.state !== "ready")
    return (
      <Section title={t("data.versionNumber", { number: version.number })}>
        <Found version={version} />
      </Section>
    );
  return (
    <WithAside aside={<Facts version={version} />}>
      <Contents version={version} />
    </WithAside>
  );
}

function Contents({ version }: { version: DatasetVersion }) {
  const preview = usePreview(version.dataset_id, version.id);
  const { profile } = version;
  return (
    <Stack gap="lg">
      <Loaded query={preview}>{({ findings }) => <Findings findings={findings} />}</Loaded>
      {profile && profile.classes.length > 0 && (
        <Section title={t("data.classBalance")}>
          <ClassBalance profile={profile} />
        </Section>
      )}
      {preview.data && preview.data.columns.length > 0 && (
        <Section title={t("data.columnsSpread")}>
          <Columns columns={preview.data.columns} />
        </Section>
      )}
    </Stack>
  );
}

function Facts({ version }: { version: DatasetVersion }) {
  return (
    <Section title={t("data.details")}>
      <SimpleGrid component="dl" m={0} cols={{ base: 1, sm: 2, lg: 1 }} spacing="lg" verticalSpacing="sm">
        <Fact label={t("data.file")}>{version.filename}</Fact>
        <Fact label={t("data.created")}>
          <At iso={version.created_at} />
        </Fact>
        <Fact label={t("data.datasetId")}>
          <Code>{version.dataset_id}</Code>
        </Fact>
        <Fact label={t("data.versionId")}>
          <Code>{version.id}</Code>
        </Fact>
        <Fact label={t("data.hashOfTheFile")}>
          <Code fz="xs">{version.sha256}</Code>
        </Fact>
      </SimpleGrid>
    </Section>
  );
}
