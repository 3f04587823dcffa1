import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import { api, unwrap } from "../api/client.ts";
import { idempotent } from "../api/headers.ts";
import { asProblem } from "../api/problem.ts";
import { knownToBeLoggedOut } from "../api/session.ts";
import { loginBackTo, paths } from "../app/paths.ts";
import { Loaded } from "../components/Loaded.tsx";
import { ProblemAlert } from "../components/ProblemAlert.tsx";
import { formatMoment } from "../format/time.ts";
import { t } from "../i18n/index.ts";
import { roleName } from "../words/roles.ts";
import { AuthPage } from "./AuthPage.tsx";

/** Where the link of an invitation leads: join as who is logged in, or make an account first. */
export function InvitationPage() {
  const { key = "" } = useParams();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const path = { params: { path: { key } } };
  const invitation = useQuery({
    queryKey: ["invitation", key],
    queryFn: () => unwrap(api.GET("/api/v1/invitations/{key}", path)),
    retry: false,
  });
  const accept = useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/invitations/{key}/accept", { ...path, ...idempotent() })),
    onSuccess: () => {
      queryClient.clear();
      return navigate(paths.home, { replace: true });
    },
  });
  return (
    <AuthPage title={t("auth.invitation")}>
      <Loaded query={invitation}>
        {({ organization, email, role, expires_at, has_account }) => (
          <Stack gap="md">
            <Text size="sm">{t("auth.invitedTo", { organization, role: roleName(role) })}</Text>
            <Text size="xs" c="dimmed">
              {t("auth.invitedAs", { email, until: formatMoment(expires_at) })}
            </Text>
            {accept.isError && asProblem(accept.error).status !== 401 && (
              <ProblemAlert error={accept.error} />
            )}
            {knownToBeLoggedOut() ? (
              <Group gap="xs" grow>
                {has_account ? (
                  <Button component={Link} to={loginBackTo(paths.invitation(key))}>
                    {t("auth.logInToJoin")}
                  </Button>
                ) : (
                  <Button component={Link} to={paths.signUpInvited(key, email)}>
                    {t("auth.makeAccount")}
                  </Button>
                )}
              </Group>
            ) : (
              <Button loading={accept.isPending} onClick={() => accept.mutate()}>
                {t("auth.join", { organization })}
              </Button>
            )}
          </Stack>
        )}
      </Loaded>
    </AuthPage>
  );
}
