import { Button, Card, Center, Group, PasswordInput, Stack, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { logIn } from "../api/session.ts";
import { paths } from "../app/paths.ts";
import { Logo } from "../app/Logo.tsx";
import { ProblemAlert } from "../components/ProblemAlert.tsx";
import { t } from "../i18n/index.ts";

/** Where to go after the login: a path of this site, nothing else. */
function destination(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : paths.home;
}

export function LoginPage() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const login = useMutation({
    mutationFn: () => logIn(email.trim(), password),
    onSuccess: () => {
      queryClient.clear();
      return navigate(destination(search.get("next")), { replace: true });
    },
  });
  useEffect(() => {
    document.title = t("auth.logInTrainyard");
  }, []);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    login.mutate();
  };

  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={380} gap="lg">
        <Group gap="sm" justify="center">
          <Logo size={32} />
          <Title order={1}>{t("auth.logInToTrainyard")}</Title>
        </Group>
        <Card component="form" onSubmit={submit} shadow="xs" padding="xl">
          <Stack gap="md">
            {login.isError && <ProblemAlert error={login.error} />}
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
            <Button type="submit" loading={login.isPending} fullWidth>
              {t("auth.logIn")}
            </Button>
          </Stack>
        </Card>
      </Stack>
    </Center>
  );
}
