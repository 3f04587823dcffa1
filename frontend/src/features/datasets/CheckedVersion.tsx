import { Group, Loader, Text } from "@mantine/core";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { Profile } from "./Profile.tsx";
import type { useVersion } from "./queries.ts";

/** A version while its file is checked, and what was found. */
export function CheckedVersion({ version }: { version: ReturnType<typeof useVersion> }) {
  return (
    <>
      {version.data?.state === "validating" && (
        <Group gap="sm" role="status">
          <Loader size="xs" aria-hidden />
          <Text size="sm">{t("data.checkingTheFileLarge")}</Text>
        </Group>
      )}
      {version.isError && <ProblemAlert error={version.error} onRetry={() => void version.refetch()} />}
      {version.data && <Profile version={version.data} />}
    </>
  );
}
