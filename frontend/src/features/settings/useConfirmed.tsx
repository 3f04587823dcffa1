import { PasswordInput, Text } from "@mantine/core";
import { FormDialog } from "../../components/FormDialog.tsx";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { reauthenticate } from "../../api/account.ts";
import { asProblem } from "../../api/problem.ts";
import { t } from "../../i18n/index.ts";

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
  const submit = () => {
    confirm.mutate(password);
  };
  return (
    <FormDialog
      title={t("settings.itIsYou")}
      confirm={t("settings.goOn")}
      busy={confirm.isPending}
      error={confirm.error}
      onClose={onClose}
      onSubmit={submit}
    >
      <Text size="sm">{t("settings.whyPassword")}</Text>
      <PasswordInput
        label={t("auth.password")}
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        data-autofocus
      />
    </FormDialog>
  );
}
