import { Group, Stack, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { t } from "../i18n/index.ts";

interface Props {
  title: string;
  aside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A screen: its heading, also in the tab, and what can be done on it. */
export function Page({ title, aside, actions, children }: Props) {
  useEffect(() => {
    document.title = t("common.trainyard", { title });
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="center" gap="sm" mih={36}>
        <Group gap="sm" miw={0}>
          <Title order={1} style={{ overflowWrap: "anywhere" }}>
            {title}
          </Title>
          {aside}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
