import { Box } from "@mantine/core";
import { Section } from "../../../components/Section.tsx";
import { t } from "../../../i18n/index.ts";
import { useShownModel } from "../shownModel.ts";
import { TryModel } from "../TryModel.tsx";

export function Try() {
  return (
    <Section title={t("tryModel.tryIt")}>
      <Box maw={860}>
        <TryModel model={useShownModel()} />
      </Box>
    </Section>
  );
}
