import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { changePassword } from "../../api/account.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { useConfirmed } from "./useConfirmed.tsx";

export function ChangePassword() {
  const [current, setCurrent] = useState("");
  const [replacement, setReplacement] = useState("");
  const change = useConfirmed((words: { current: string; replacement: string }) =>
    changePassword(words.current, words.replacement),
  );
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change.run({ current, replacement });
  };
  return (
    <Section title={t("settings.changePassword")}>
      <Stack component="form" onSubmit={submit} gap="md" maw={400}>
        {change.refused && <ProblemAlert error={change.refused} />}
        {change.done && <Alert color="green">{t("settings.passwordIsChanged")}</Alert>}
        {change.dialog}
        <PasswordInput
          label={t("settings.currentPassword")}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("auth.newPassword")}
          description={t("auth.passwordRule")}
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={replacement}
          onChange={(event) => setReplacement(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" w="fit-content" loading={change.busy}>
          {t("settings.changePassword")}
        </Button>
      </Stack>
    </Section>
  );
}
