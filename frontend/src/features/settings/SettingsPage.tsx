import { Code, SimpleGrid } from "@mantine/core";
import { useMay, useMe } from "../../auth/me.ts";
import { Fact } from "../../components/Fact.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { ApiKeys } from "./ApiKeys.tsx";
import { t } from "../../i18n/index.ts";

export function SettingsPage() {
  const me = useMe();
  const mayManage = useMay("organization.manage");
  return (
    <Page title={t("settings.settings")}>
      <Section title={t("settings.organization")}>
        <Loaded query={me}>
          {({ organization, role, email }) => (
            <SimpleGrid component="dl" m={0} cols={{ base: 1, xs: 2, md: 4 }} spacing="lg">
              <Fact label={t("settings.name")}>{organization?.name ?? "–"}</Fact>
              <Fact label={t("settings.id")}>{organization ? <Code>{organization.id}</Code> : "–"}</Fact>
              <Fact label={t("settings.you")}>{email}</Fact>
              <Fact label={t("settings.yourRole")}>{role ?? "–"}</Fact>
            </SimpleGrid>
          )}
        </Loaded>
      </Section>
      {mayManage && <ApiKeys />}
    </Page>
  );
}
