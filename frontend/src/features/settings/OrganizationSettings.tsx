import { Button, Code, Group, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useMay, useMe } from "../../auth/me.ts";
import { Fact } from "../../components/Fact.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { roleName } from "../../words/roles.ts";
import { SupportAccess } from "./SupportAccess.tsx";
import { type Organization, useChangeOrganization, useOrganization } from "./queries.ts";

export function OrganizationSettings() {
  const me = useMe();
  const organization = useOrganization();
  const mayManage = useMay("organization.manage");
  return (
    <Stack gap="lg">
      <Section title={t("settings.organization")}>
        <Loaded query={organization}>
          {(found) => (
            <Stack gap="lg">
              <SimpleGrid component="dl" m={0} cols={{ base: 1, xs: 2, md: 4 }} spacing="lg">
                {!mayManage && <Fact label={t("settings.name")}>{found.name}</Fact>}
                <Fact label={t("settings.id")}>
                  <Code>{found.id}</Code>
                </Fact>
                <Fact label={t("settings.you")}>{me.data?.email ?? "–"}</Fact>
                <Fact label={t("settings.yourRole")}>{me.data?.role ? roleName(me.data.role) : "–"}</Fact>
              </SimpleGrid>
              {mayManage && <Change key={found.id} organization={found} />}
            </Stack>
          )}
        </Loaded>
      </Section>
      <SupportAccess />
    </Stack>
  );
}

function Change({ organization }: { organization: Organization }) {
  const [name, setName] = useState(organization.name);
  const [required, setRequired] = useState(organization.requires_second_factor);
  const change = useChangeOrganization();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change.mutate({ name: name.trim(), requires_second_factor: required });
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md" maw={480}>
      {change.isError && <ProblemAlert error={change.error} />}
      <TextInput
        label={t("settings.name")}
        required
        withAsterisk={false}
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Switch
        label={t("settings.requireSecondFactor")}
        description={t("settings.requireSecondFactorHelp")}
        checked={required}
        onChange={(event) => setRequired(event.currentTarget.checked)}
      />
      <Group>
        <Button type="submit" loading={change.isPending}>
          {t("settings.save")}
        </Button>
      </Group>
    </Stack>
  );
}
