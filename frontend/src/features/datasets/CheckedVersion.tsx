import { Group, Loader, Text } from "@mantine/core";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { Profile } from "./Profile.tsx";
import type { DatasetVersion, useVersion } from "./queries.ts";

/** A version that is followed while its file is checked, and what was found. */
export function CheckedVersion({ version }: { version: ReturnType<typeof useVersion> }) {
  return (
    <>
      {version.isError && <ProblemAlert error={version.error} onRetry={() => void version.refetch()} />}
      {version.data && <Found version={version.data} />}
    </>
  );
}

/** That the file is checked, and then what was found. */
export function Found({ version }: { version: DatasetVersion }) {
  if (version.state !== "validating") return <Profile version={version} />;
  return (
    <Group gap="sm" role="status">
      <Loader size="xs" aria-hidden />
      <Text size="sm">{t("data.checkingTheFileLarge")}</Text>
    </Group>
  );
}
