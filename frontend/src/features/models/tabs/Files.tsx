import { Section } from "../../../components/Section.tsx";
import { t } from "../../../i18n/index.ts";
import { DownloadWeights, ModelFiles } from "../ModelFiles.tsx";
import { useShownModel } from "../shownModel.ts";

export function Files() {
  const model = useShownModel();
  return (
    <Section title={t("models.files")} aside={<DownloadWeights model={model} />}>
      <ModelFiles model={model} />
    </Section>
  );
}
