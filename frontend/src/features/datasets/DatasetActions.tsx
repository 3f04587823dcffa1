import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, useNavigate } from "react-router";
import { paths } from "../../app/paths.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { PageActions } from "../../components/PageActions.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { type DatasetDetail, useDeleteDataset } from "./queries.ts";

interface Props {
  dataset: DatasetDetail;
  versionId: string;
  onAdd: () => void;
}

/** What can be done with the dataset, and with the version that is shown. */
export function DatasetActions({ dataset, versionId, onAdd }: Props) {
  const [asking, question] = useDisclosure(false);
  const remove = useDeleteDataset();
  const navigate = useNavigate();
  const may = (action: string) => dataset.allowed_actions.includes(action);
  const version = dataset.versions.find(({ id }) => id === versionId);
  return (
    <>
      <PageActions
        primary={
          version?.allowed_actions.includes("train") && (
            <Button component={Link} to={paths.trainOn(dataset.id, versionId)} size="sm">
              {t("data.trainAModel")}
            </Button>
          )
        }
        others={[
          ...(may("delete") ? [{ label: t("data.delete"), onClick: question.open }] : []),
          ...(may("add_version") ? [{ label: t("data.newVersion"), onClick: onAdd }] : []),
        ]}
      />
      {asking && (
        <ConfirmDialog
          title={t("data.deleteThis", { name: dataset.name })}
          confirm={t("data.deleteIt")}
          busy={remove.isPending}
          onClose={question.close}
          onConfirm={() => remove.mutate(dataset.id, { onSuccess: () => void navigate(paths.data) })}
        >
          <Text size="sm">{t("data.whatDeletingDoes")}</Text>
          {remove.isError && <ProblemAlert error={remove.error} />}
        </ConfirmDialog>
      )}
    </>
  );
}
