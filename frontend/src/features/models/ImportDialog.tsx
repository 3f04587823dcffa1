import { Group, Progress, Text, TextInput } from "@mantine/core";
import { FormDialog } from "../../components/FormDialog.tsx";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { asProblem } from "../../api/problem.ts";
import { paths } from "../../app/paths.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { formatBytes } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { FileDrop } from "../datasets/FileDrop.tsx";
import { useImport } from "./useImport.ts";

const withoutExtension = (name: string) => name.replace(/\.zip$/i, "");

/** Uploads a LoRA adapter that peft wrote elsewhere, and opens the model that it becomes. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [base, setBase] = useState("");
  const [name, setName] = useState("");
  const sending = useImport();
  const navigate = useNavigate();
  const added = sending.data;
  useEffect(() => {
    if (added) void navigate(paths.model(added.id));
  }, [added, navigate]);

  const choose = (chosen: File) => {
    sending.reset();
    setFile(chosen);
    setName((typed) => typed || withoutExtension(chosen.name));
  };
  const submit = () => {
    if (file) sending.mutate({ file, base: base.trim(), name: name.trim() });
  };
  const close = () => {
    sending.stop();
    onClose();
  };
  const problem = sending.error ? asProblem(sending.error) : undefined;
  const isOnField = problem?.field("base") ?? problem?.field("name");
  const isReady = file !== null && base.trim() !== "" && name.trim() !== "";
  return (
    <FormDialog
      title={t("models.importAnAdapter")}
      confirm={t("models.import")}
      busy={sending.isPending}
      isReady={isReady}
      closeOnClickOutside={false}
      onClose={close}
      onSubmit={submit}
    >
      <Text size="sm">{t("models.importHelp")}</Text>
      <FileDrop accept=".zip" hint={t("models.importHint")} file={file} onChoose={choose} />
      <TextInput
        label={t("models.base")}
        description={t("models.baseHelp")}
        value={base}
        onChange={(event) => setBase(event.currentTarget.value)}
        error={problem?.field("base")}
        maxLength={63}
        required
        withAsterisk={false}
      />
      <TextInput
        label={t("models.name")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problem?.field("name")}
        maxLength={120}
        required
        withAsterisk={false}
      />
      {sending.isPending && <Sent fraction={sending.progress} size={file?.size ?? 0} />}
      {problem && !isOnField && <ProblemAlert error={problem} nameOf={nameOf} />}
    </FormDialog>
  );
}

const nameOf = (field: string) => (field === "file" ? t("data.file") : field);

function Sent({ fraction, size }: { fraction: number; size: number }) {
  const percent = Math.floor(fraction * 100);
  return (
    <Group gap="sm">
      <Progress value={percent} flex={1} miw={120} aria-label={t("data.uploadProgress")} />
      <Text size="sm" className="number" role="status">
        {fraction < 1
          ? t("data.percentOf", { percent, size: formatBytes(size) })
          : t("models.importChecking")}
      </Text>
    </Group>
  );
}
