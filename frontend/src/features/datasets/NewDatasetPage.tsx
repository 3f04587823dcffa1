import { useNavigate } from "react-router";
import { paths } from "../../app/paths.ts";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { AddData } from "./AddData.tsx";

export function NewDatasetPage() {
  const navigate = useNavigate();
  return (
    <Page title={t("data.uploadData")}>
      <Section title={t("data.file")}>
        <AddData onReady={({ version }) => void navigate(paths.dataset(version.dataset_id))} />
      </Section>
    </Page>
  );
}
