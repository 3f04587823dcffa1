import { Anchor, List, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { SampleData } from "./SampleData.tsx";

/** For somebody who has neither jobs nor models: sample data, and three steps to the first model. */
export function FirstSteps() {
  const mayTrain = useMay("jobs.write");
  const mayTake = useMay("datasets.write") && mayTrain;
  return (
    <Section title={t("home.yourFirstModel")}>
      <Stack gap="lg">
        <List type="ordered" size="sm" spacing="xs">
          <List.Item>{t("home.stepData")}</List.Item>
          <List.Item>{t("home.stepPrice")}</List.Item>
          <List.Item>{t("home.stepWatch")}</List.Item>
        </List>
        {mayTake ? (
          <Stack gap="sm">
            <Title order={3}>{t("home.tryWithSample")}</Title>
            <SampleData />
            <Text size="sm">
              <Anchor component={Link} to={paths.newJob} fw={550}>
                {t("home.begin")}
              </Anchor>
            </Text>
          </Stack>
        ) : (
          <Text size="sm" c="dimmed">
            {t("home.yourRoleReads")}
          </Text>
        )}
      </Stack>
    </Section>
  );
}
