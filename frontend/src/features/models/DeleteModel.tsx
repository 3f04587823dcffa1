import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useNavigate } from "react-router";
import { paths } from "../../app/paths.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { type Model, useDeleteModel } from "./queries.ts";

/** Deletes the model, once somebody has said that he means it. */
export function DeleteModel({ model }: { model: Model }) {
  const [asking, question] = useDisclosure(false);
  const remove = useDeleteModel();
  const navigate = useNavigate();
  return (
    <>
      <Button variant="default" size="sm" onClick={question.open}>
        {t("models.delete")}
      </Button>
      {asking && (
        <ConfirmDialog
          title={t("models.deleteThis", { name: model.name })}
          confirm={t("models.deleteIt")}
          busy={remove.isPending}
          onClose={question.close}
          onConfirm={() => remove.mutate(model.id, { onSuccess: () => void navigate(paths.models) })}
        >
          <Text size="sm">{t("models.whatDeletingDoes")}</Text>
          {remove.isError && <ProblemAlert error={remove.error} />}
        </ConfirmDialog>
      )}
    </>
  );
}
