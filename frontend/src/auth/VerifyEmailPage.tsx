import { Button, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { verifyEmail } from "../api/session.ts";
import { paths } from "../app/paths.ts";
import { ProblemAlert } from "../components/ProblemAlert.tsx";
import { t } from "../i18n/index.ts";
import { AuthPage } from "./AuthPage.tsx";

/** Where the link of the verification mail leads. */
export function VerifyEmailPage() {
  const { key = "" } = useParams();
  const verification = useQuery({
    queryKey: ["verify-email", key],
    queryFn: () => verifyEmail(decodeURIComponent(key)),
    retry: false,
    staleTime: Infinity,
  });
  return (
    <AuthPage title={t("auth.yourAddress")}>
      <Stack gap="md" role="status">
        {verification.isPending && <Loader size="sm" aria-label={t("common.loading")} />}
        {verification.isError && <ProblemAlert error={verification.error} />}
        {verification.isSuccess && (
          <>
            <Text size="sm">{t("auth.addressConfirmed")}</Text>
            <Button component={Link} to={verification.data === "none" ? paths.home : paths.login}>
              {verification.data === "none" ? t("auth.goOn") : t("auth.logIn")}
            </Button>
          </>
        )}
      </Stack>
    </AuthPage>
  );
}
