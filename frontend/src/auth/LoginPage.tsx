import { Alert, Anchor, Button, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";
import { Link } from "react-router";
import { confirmSecondFactor, logIn, logInWithPasskey } from "../api/session.ts";
import { paths } from "../app/paths.ts";
import { ProblemAlert } from "../components/ProblemAlert.tsx";
import { t } from "../i18n/index.ts";
import { AuthPage } from "./AuthPage.tsx";
import { useEnter } from "./useEnter.ts";

export function LoginPage() {
  const login = useEnter(({ email, password }: { email: string; password: string }) =>
    logIn(email, password),
  );
  return (
    <AuthPage
      title={t("auth.logInToTrainyard")}
      below={
        <>
          <Anchor component={Link} to={paths.signUp} size="sm">
            {t("auth.signUp")}
          </Anchor>
          <Anchor component={Link} to={paths.forgotPassword} size="sm">
            {t("auth.forgotPassword")}
          </Anchor>
        </>
      }
    >
      {login.data === "second_factor" && <SecondFactor />}
      {login.data === "verify_email" && <Alert color="blue">{t("auth.lookIntoYourMail")}</Alert>}
      {(login.data === undefined || login.data === "none") && (
        <Credentials
          busy={login.isPending}
          error={login.error}
          onSubmit={(email, password) => login.mutate({ email, password })}
        />
      )}
    </AuthPage>
  );
}

interface CredentialsProps {
  busy: boolean;
  error: Error | null;
  onSubmit: (email: string, password: string) => void;
}

function Credentials({ busy, error, onSubmit }: CredentialsProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const passkey = useEnter(logInWithPasskey);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSubmit(email.trim(), password);
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      {error && <ProblemAlert error={error} />}
      <TextInput
        label={t("auth.email")}
        type="email"
        autoComplete="username"
        required
        withAsterisk={false}
        autoFocus
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <PasswordInput
        label={t("auth.password")}
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={busy} fullWidth>
        {t("auth.logIn")}
      </Button>
      {"PublicKeyCredential" in window && (
        <>
          <Divider label={t("auth.or")} />
          <Button
            variant="default"
            leftSection={<IconFingerprint size={18} aria-hidden />}
            loading={passkey.isPending}
            onClick={() => passkey.mutate(undefined)}
          >
            {t("auth.withAPasskey")}
          </Button>
          {passkey.isError && (
            <Text size="sm" c="red" role="alert">
              {t("auth.passkeyFailed")}
            </Text>
          )}
        </>
      )}
    </Stack>
  );
}

function SecondFactor() {
  const [code, setCode] = useState("");
  const confirm = useEnter(confirmSecondFactor);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    confirm.mutate(code.trim());
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      {confirm.isError && <ProblemAlert error={confirm.error} />}
      <TextInput
        label={t("auth.code")}
        description={t("auth.codeHelp")}
        autoComplete="one-time-code"
        required
        withAsterisk={false}
        autoFocus
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" loading={confirm.isPending} fullWidth>
        {t("auth.logIn")}
      </Button>
    </Stack>
  );
}
