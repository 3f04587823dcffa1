import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { asProblem } from "../api/problem.ts";
import { type NewAccount, signUp } from "../api/session.ts";
import { paths } from "../app/paths.ts";
import { ProblemAlert } from "../components/ProblemAlert.tsx";
import { t } from "../i18n/index.ts";
import { AuthPage } from "./AuthPage.tsx";
import { useEnter } from "./useEnter.ts";

export function SignUpPage() {
  const [search] = useSearchParams();
  const [account, setAccount] = useState<NewAccount>({
    email: search.get("email") ?? "",
    password: "",
    name: "",
    organization: "",
    invitation: search.get("invitation") ?? "",
  });
  const signing = useEnter(signUp);
  const set = (name: keyof NewAccount) => (value: string) => setAccount((old) => ({ ...old, [name]: value }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    signing.mutate({ ...account, email: account.email.trim() });
  };
  const problem = signing.error ? asProblem(signing.error) : undefined;
  return (
    <AuthPage
      title={t("auth.signUp")}
      below={
        <Anchor component={Link} to={paths.login} size="sm">
          {t("auth.haveAnAccount")}
        </Anchor>
      }
    >
      {signing.data === "verify_email" ? (
        <Alert color="blue" title={t("auth.almostThere")}>
          {t("auth.weWroteTo", { email: account.email })}
        </Alert>
      ) : (
        <Stack component="form" onSubmit={submit} gap="md">
          {problem && !["email", "password"].some((name) => problem.field(name)) && (
            <ProblemAlert error={problem} />
          )}
          <TextInput
            label={t("auth.email")}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            value={account.email}
            onChange={(event) => set("email")(event.currentTarget.value)}
            error={problem?.field("email")}
          />
          <PasswordInput
            label={t("auth.password")}
            description={t("auth.passwordRule")}
            autoComplete="new-password"
            required
            withAsterisk={false}
            value={account.password}
            onChange={(event) => set("password")(event.currentTarget.value)}
            error={problem?.field("password")}
          />
          <TextInput
            label={t("auth.yourName")}
            autoComplete="name"
            value={account.name}
            onChange={(event) => set("name")(event.currentTarget.value)}
          />
          {!account.invitation && (
            <TextInput
              label={t("auth.organization")}
              description={t("auth.organizationHelp")}
              autoComplete="organization"
              value={account.organization}
              onChange={(event) => set("organization")(event.currentTarget.value)}
            />
          )}
          <Button type="submit" loading={signing.isPending} fullWidth>
            {t("auth.makeAccount")}
          </Button>
        </Stack>
      )}
    </AuthPage>
  );
}
