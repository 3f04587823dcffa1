import { Button, Stack, Textarea } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { stepsIn } from "./steps.ts";
import type { InputProps } from "./TryModel.tsx";
import { t } from "../../i18n/index.ts";

/** The steps of a series, oldest first. */
export function StepsInput({ busy, onPredict }: InputProps) {
  const [text, setText] = useState("");
  const steps = stepsIn(text);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (steps) onPredict(steps);
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      <Textarea
        label={t("models.stepsOldestFirst")}
        description={t("models.numbersOrAJson")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={text && !steps ? t("models.thisIsNeitherNumbers") : null}
        rows={6}
      />
      <Button type="submit" variant="default" loading={busy} disabled={!steps} w="fit-content">
        {t("models.predict")}
      </Button>
    </Stack>
  );
}
