import { Button, Stack, Textarea } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import type { InputProps } from "./TryModel.tsx";
import { t } from "../../i18n/index.ts";

/** Two texts to compare, or one to be turned into a vector. */
export function PairInput({ busy, onPredict }: InputProps) {
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onPredict(second.trim() ? { sentence1: first, sentence2: second } : first);
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      <Textarea
        label={t("tryModel.text")}
        value={first}
        onChange={(event) => setFirst(event.currentTarget.value)}
        required
        withAsterisk={false}
        rows={3}
      />
      <Textarea
        label={t("tryModel.textToCompare")}
        description={t("tryModel.leaveEmptyForVector")}
        value={second}
        onChange={(event) => setSecond(event.currentTarget.value)}
        rows={3}
      />
      <Button type="submit" variant="default" loading={busy} w="fit-content">
        {t("tryModel.predict")}
      </Button>
    </Stack>
  );
}
