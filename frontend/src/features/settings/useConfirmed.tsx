import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, type SubmitEvent, useState } from "react";
import { reauthenticate } from "../../api/account.ts";
import { asProblem } from "../../api/problem.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { LazyModal } from "../../components/LazyModal.tsx";

/**
 * A change of a person's own log-in. Where the log-in was long ago the password is asked for anew, and the change
 * goes on by itself. `dialog` has to be rendered.
 */
export function useConfirmed<Input, Output>(
  change: (input: Input) => Promise<Output>,
  onSuccess: (output: Output) => void = () => undefined,
) {
  const [waiting, setWaiting] = useState<{ input: Input } | null>(null);
  const run = useMutation({
    mutationFn: change,
    onSuccess,
    onError: (error, input) => {
      if (asProblem(error).code === "reauthenticate") setWaiting({ input });
    },
  });
  const dialog: ReactNode = waiting && (
    <PasswordDialog
      onClose={() => setWaiting(null)}
      onConfirmed={() => {
        setWaiting(null);
        run.mutate(waiting.input);
      }}
    />
  );
  const refused = run.error && asProblem(run.error).code !== "reauthenticate" ? run.error : null;
  return { run: run.mutate, busy: run.isPending, refused, dialog, done: run.isSuccess };
}

function PasswordDialog({ onClose, onConfirmed }: { onClose: () => void; onConfirmed: () => void }) {
  const [password, setPassword] = useState("");
  const confirm = useMutation({ mutationFn: reauthenticate, onSuccess: onConfirmed });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    confirm.mutate(password);
  };
  return (
    <LazyModal opened onClose={onClose} title={t("settings.itIsYou")} centered>
      <Stack component="form" onSubmit={submit} gap="md">
        <Text size="sm">{t("settings.whyPassword")}</Text>
        {confirm.isError && <ProblemAlert error={confirm.error} />}
        <PasswordInput
          label={t("auth.password")}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("settings.notNow")}
          </Button>
          <Button type="submit" loading={confirm.isPending}>
            {t("settings.goOn")}
          </Button>
        </Group>
      </Stack>
    </LazyModal>
  );
}
