import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconSelector } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "../api/client.ts";
import { idempotent } from "../api/headers.ts";
import { asProblem } from "../api/problem.ts";
import type { Me } from "../auth/me.ts";
import { LazyMenu } from "../components/LazyMenu.tsx";
import { t } from "../i18n/index.ts";
import classes from "./Layout.module.css";
import { paths } from "./paths.ts";

/** Which organization this log-in acts for, and the others that it may act for. */
export function OrganizationSwitcher({ me }: { me: Me }) {
  const change = useMutation({
    mutationFn: (id: string) =>
      unwrap(
        api.POST("/api/v1/organizations/{organization_id}/switch", {
          params: { path: { organization_id: id } },
          ...idempotent(),
        }),
      ),
    onSuccess: () => window.location.assign(paths.home), // a fresh page: nothing of the other stays in memory
    onError: (error) =>
      notifications.show({ color: "red", title: t("shell.notSwitched"), message: asProblem(error).message }),
  });
  const name = me.organization?.name ?? "";
  return (
    <LazyMenu
      items={me.organizations
        .filter(({ id }) => id !== me.organization?.id)
        .map(({ id, name: other }) => ({ label: other, onClick: () => change.mutate(id) }))}
      target={(button) => (
        <Button
          {...button}
          variant="subtle"
          color="gray"
          size="xs"
          px={6}
          className={classes.organization}
          loading={change.isPending}
          rightSection={<IconSelector size={14} aria-hidden />}
          aria-label={t("shell.organizationNamed", { name })}
        >
          {name}
        </Button>
      )}
    />
  );
}
