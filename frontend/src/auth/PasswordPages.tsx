import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { Link, useParams } from "react-router";
import { asProblem } from "../api/problem.ts";
import { requestPasswordReset, resetPassword } from "../api/session.ts";
import { paths } from "../app/paths.ts";
import { ProblemAlert } from "../components/ProblemAlert.tsx";
import { t } from "../i18n/index.ts";
import { AuthPage } from "./AuthPage.tsx";

function ToLogin() {
  return (
    <Anchor component={Link} to={paths.login} size="sm">
      {t("auth.backToLogIn")}
    </Anchor>
  );
}

export function ForgotPasswordPage() {
  const [email, setEmail] = useState("");
  const request = useMutation({ mutationFn: requestPasswordReset });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    request.mutate(email.trim());
  };
  return (
    <AuthPage title={t("auth.forgotPassword")} below={<ToLogin />}>
      {request.isSuccess ? (
        <Alert color="blue">{t("auth.resetSent", { email })}</Alert>
      ) : (
        <Stack component="form" onSubmit={submit} gap="md">
          {request.isError && <ProblemAlert error={request.error} />}
          <TextInput
            label={t("auth.email")}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Button type="submit" loading={request.isPending} fullWidth>
            {t("auth.sendALink")}
          </Button>
        </Stack>
      )}
    </AuthPage>
  );
}

/** Where the link of the mail leads. */
export function ResetPasswordPage() {
  const { key = "" } = useParams();
  const [password, setPassword] = useState("");
  const reset = useMutation({ mutationFn: () => resetPassword(decodeURIComponent(key), password) });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    reset.mutate();
  };
  const problem = reset.error ? asProblem(reset.error) : undefined;
  return (
    <AuthPage title={t("auth.newPassword")} below={<ToLogin />}>
      {reset.isSuccess ? (
        <Alert color="green">{t("auth.passwordChanged")}</Alert>
      ) : (
        <Stack component="form" onSubmit={submit} gap="md">
          {problem && !problem.field("password") && <ProblemAlert error={problem} />}
          <PasswordInput
            label={t("auth.newPassword")}
            description={t("auth.passwordRule")}
            autoComplete="new-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={problem?.field("password")}
          />
          <Button type="submit" loading={reset.isPending} fullWidth>
            {t("auth.keepPassword")}
          </Button>
        </Stack>
      )}
    </AuthPage>
  );
}
