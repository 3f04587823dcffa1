import { Button, Group, List, Text } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";

/** For somebody who has neither jobs nor models: three steps to the first model. */
export function FirstSteps() {
  const mayTrain = useMay("jobs.write");
  return (
    <Section title={t("home.yourFirstModel")}>
      <List type="ordered" size="sm" spacing="xs">
        <List.Item>{t("home.stepData")}</List.Item>
        <List.Item>{t("home.stepPrice")}</List.Item>
        <List.Item>{t("home.stepWatch")}</List.Item>
      </List>
      {mayTrain ? (
        <Group mt="lg" gap="xs">
          <Button component={Link} to={paths.newJob}>
            {t("home.begin")}
          </Button>
        </Group>
      ) : (
        <Text size="sm" mt="md" c="dimmed">
          {t("home.yourRoleReads")}
        </Text>
      )}
    </Section>
  );
}
