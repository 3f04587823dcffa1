import { SimpleGrid, Stack, Text } from "@mantine/core";
import { Fact } from "../../components/Fact.tsx";
import { formatBytes } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { ClassBalance } from "./ClassBars.tsx";
import { rowsFigure, shapeFigure } from "./figures.ts";
import { ProblemsOf } from "./Problems.tsx";
import type { DatasetVersion } from "./queries.ts";

/** What a version holds, once it is ready; why it was rejected, when it was. */
export function Profile({ version }: { version: DatasetVersion }) {
  const { profile } = version;
  if (version.state === "rejected" || !profile) return <ProblemsOf version={version} />;
  return (
    <Stack gap="md">
      <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 4 }} spacing="md">
        <Fact label={t("data.file")}>{version.filename}</Fact>
        <Fact label={t("data.size")}>{formatBytes(version.bytes)}</Fact>
        {[rowsFigure(profile), shapeFigure(profile.profile)].map(({ label, value, note }) => (
          <Fact key={label} label={label} note={note}>
            {value}
          </Fact>
        ))}
      </SimpleGrid>
      {profile.classes.length > 0 && (
        <Stack gap="xs" maw={560}>
          <Text className="label" component="h3">
            {t("data.classBalance")}
          </Text>
          <ClassBalance profile={profile} />
        </Stack>
      )}
      <ProblemsOf version={version} />
    </Stack>
  );
}
