import { Alert, Button, Group, Text } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "../api/client.ts";
import { holdReads } from "../api/reads.ts";
import type { Me } from "../auth/me.ts";
import { formatClock } from "../format/time.ts";
import { t } from "../i18n/index.ts";
import { paths } from "./paths.ts";

/** Tells an operator who looks at an organization so on every page, and leads back. */
export function Lookout({ me }: { me: Me | undefined }) {
  const stop = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/impersonation")),
    onMutate: holdReads, // once the look has ended, all that the page still asks would be refused
    onError: (_error, _none, release) => release?.(),
    onSuccess: () => window.location.assign(paths.tenants), // a fresh page: nothing of it stays in memory
  });
  if (!me?.impersonation) return null;
  const until = formatClock(me.impersonation.ends_at);
  return (
    <Alert color="yellow" icon={<IconEye aria-hidden />} mb="lg" role="status">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{t("shell.lookingAt", { name: me.organization?.name ?? "", until })}</Text>
        <Button size="compact-sm" variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
          {t("shell.stopLooking")}
        </Button>
      </Group>
    </Alert>
  );
}
