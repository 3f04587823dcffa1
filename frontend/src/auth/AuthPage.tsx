import { Card, Center, Group, Stack, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { Logo } from "../app/Logo.tsx";
import { t } from "../i18n/index.ts";

interface Props {
  title: string;
  children: ReactNode;
  /** Links to the other screens of people who are not logged in. */
  below?: ReactNode;
}

/** The frame of every screen for people who are not logged in. */
export function AuthPage({ title, children, below }: Props) {
  useEffect(() => {
    document.title = t("common.trainyard", { title });
  }, [title]);
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={400} gap="lg">
        <Group gap="sm" justify="center" wrap="nowrap">
          <Logo size={32} />
          <Title order={1}>{title}</Title>
        </Group>
        <Card shadow="xs" padding="xl">
          {children}
        </Card>
        {below && (
          <Group justify="center" gap="lg">
            {below}
          </Group>
        )}
      </Stack>
    </Center>
  );
}
