import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { endSessions, type Session, sessions } from "../../api/account.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { formatMoment } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";

const KEY = ["account", "sessions"];

/** Where the person is logged in. */
export function Sessions() {
  const found = useQuery({ queryKey: KEY, queryFn: sessions });
  const queryClient = useQueryClient();
  const end = useMutation({
    mutationFn: endSessions,
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
  return (
    <Section title={t("settings.sessions")}>
      <Loaded query={found}>
        {(all) => {
          const others = all.filter(({ is_current }) => !is_current).map(({ id }) => id);
          return (
            <Stack gap="sm">
              {end.isError && <ProblemAlert error={end.error} />}
              {all.map((session) => (
                <Row key={session.id} session={session} onEnd={() => end.mutate([session.id])} />
              ))}
              {others.length > 0 && (
                <Button
                  variant="default"
                  w="fit-content"
                  loading={end.isPending}
                  onClick={() => end.mutate(others)}
                >
                  {t("settings.endTheOthers")}
                </Button>
              )}
            </Stack>
          );
        }}
      </Loaded>
    </Section>
  );
}

function Row({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const since = formatMoment(new Date(session.created_at * 1000).toISOString());
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <div>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {session.user_agent}
        </Text>
        <Text size="xs" c="dimmed">
          {t("settings.sessionFrom", { ip: session.ip, since })}
        </Text>
      </div>
      {session.is_current ? (
        <Badge color="green" miw="max-content">
          {t("settings.thisOne")}
        </Badge>
      ) : (
        <Button size="compact-sm" variant="default" onClick={onEnd}>
          {t("settings.end")}
        </Button>
      )}
    </Group>
  );
}
