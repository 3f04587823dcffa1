import { Code, SimpleGrid } from "@mantine/core";
import { useMay, useMe } from "../../auth/me.ts";
import { Fact } from "../../components/Fact.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { ApiKeys } from "./ApiKeys.tsx";

export function SettingsPage() {
  const me = useMe();
  const mayManage = useMay("organization.manage");
  return (
    <Page title="Settings">
      <Section title="Organization">
        <Loaded query={me}>
          {({ organization, role, email }) => (
            <SimpleGrid component="dl" m={0} cols={{ base: 1, xs: 2, md: 4 }} spacing="lg">
              <Fact label="Name">{organization?.name ?? "–"}</Fact>
              <Fact label="Id">{organization ? <Code>{organization.id}</Code> : "–"}</Fact>
              <Fact label="You">{email}</Fact>
              <Fact label="Your role">{role ?? "–"}</Fact>
            </SimpleGrid>
          )}
        </Loaded>
      </Section>
      {mayManage && <ApiKeys />}
    </Page>
  );
}
