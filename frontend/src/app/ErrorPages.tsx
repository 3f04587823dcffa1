import { Button, Center } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "./paths.ts";
import { Empty } from "../components/Empty.tsx";
import { t } from "../i18n/index.ts";

export function NotFoundPage() {
  return (
    <Empty
      isPage
      title={t("shell.thereIsNothingAt")}
      action={
        <Button component={Link} to={paths.home} variant="default">
          {t("shell.goToTheStart")}
        </Button>
      }
    >
      {t("shell.itMayHaveBeen")}
    </Empty>
  );
}

/** What is left when a screen itself fails. */
export function CrashPage() {
  return (
    <Center component="main" mih="100vh">
      <Empty
        isPage
        title={t("shell.thisScreenFailed")}
        action={
          <Button onClick={() => window.location.reload()} variant="default">
            {t("shell.loadItAgain")}
          </Button>
        }
      >
        {t("shell.yourJobsAndData")}
      </Empty>
    </Center>
  );
}
