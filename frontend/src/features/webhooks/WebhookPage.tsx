import { Button, Code, Group, SimpleGrid, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Fact } from "../../components/Fact.tsx";
import { LoadedPage } from "../../components/LoadedPage.tsx";
import { Page } from "../../components/Page.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { formatMoment } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { Deliveries } from "./Deliveries.tsx";
import {
  type Endpoint,
  useDeleteEndpoint,
  useEnableEndpoint,
  useEndpoint,
  useReplayFailed,
  useRotateSecret,
  useSendTest,
} from "./queries.ts";
import { Secret } from "./Secret.tsx";
import { EndpointState } from "./WebhooksTab.tsx";
import { KINDS } from "./words.ts";

const DAY_MS = 86_400_000;

/** One endpoint: what it is told, and what became of each message. */
export function WebhookPage() {
  const { endpointId = "" } = useParams();
  const endpoint = useEndpoint(endpointId);
  return (
    <LoadedPage
      query={endpoint}
      kind={t("webhooks.endpoint")}
      list={{ to: paths.webhooks, label: t("webhooks.webhooks") }}
    >
      {(found) => <EndpointScreen endpoint={found} />}
    </LoadedPage>
  );
}

function EndpointScreen({ endpoint }: { endpoint: Endpoint }) {
  return (
    <Page
      title={endpoint.url ?? endpoint.email ?? endpoint.id}
      aside={<EndpointState endpoint={endpoint} />}
      actions={endpoint.allowed_actions.length > 0 && <Actions endpoint={endpoint} />}
    >
      <Section title={t("webhooks.endpoint")}>
        <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 4 }} spacing="lg">
          <Fact label={t("webhooks.kind")}>{KINDS[endpoint.kind]}</Fact>
          <Fact label={t("webhooks.events")}>{endpoint.events.join(", ")}</Fact>
          <Fact label={t("webhooks.failuresInARow")}>{endpoint.failures}</Fact>
          <Fact label={t("webhooks.id")}>
            <Code>{endpoint.id}</Code>
          </Fact>
        </SimpleGrid>
        <Notes endpoint={endpoint} />
      </Section>
      <Deliveries endpoint={endpoint.id} />
    </Page>
  );
}

function Notes({ endpoint }: { endpoint: Endpoint }) {
  const notes = [
    endpoint.disabled_reason === "failing" && t("webhooks.offFailing"),
    endpoint.disabled_reason === "gone" && t("webhooks.offGone"),
    endpoint.paused_until && t("webhooks.pausedUntil", { when: formatMoment(endpoint.paused_until) }),
    endpoint.previous_secret_expires_at &&
      t("webhooks.oldSecretUntil", { when: formatMoment(endpoint.previous_secret_expires_at) }),
  ].filter((note) => typeof note === "string");
  return notes.map((note) => (
    <Text key={note} size="sm" mt="sm">
      {note}
    </Text>
  ));
}

function Actions({ endpoint }: { endpoint: Endpoint }) {
  const may = (action: string) => endpoint.allowed_actions.includes(action);
  const navigate = useNavigate();
  const test = useSendTest(endpoint.id);
  const rotate = useRotateSecret(endpoint.id);
  const replay = useReplayFailed(endpoint.id);
  const enable = useEnableEndpoint(endpoint.id);
  const remove = useDeleteEndpoint(endpoint.id);
  const [removing, asked] = useDisclosure(false);
  const [secret, setSecret] = useState<string | null>(null);
  const failed = [test, rotate, replay, enable].find(({ isError }) => isError)?.error;
  return (
    <>
      <Group gap="xs">
        {may("send_test") && (
          <Button size="xs" loading={test.isPending} onClick={() => test.mutate(undefined)}>
            {t("webhooks.sendTest")}
          </Button>
        )}
        {may("replay_failed") && (
          <Button
            size="xs"
            variant="default"
            loading={replay.isPending}
            onClick={() => replay.mutate(new Date(Date.now() - DAY_MS))}
          >
            {t("webhooks.replayFailed")}
          </Button>
        )}
        {may("rotate_secret") && (
          <Button
            size="xs"
            variant="default"
            loading={rotate.isPending}
            onClick={() => rotate.mutate(undefined, { onSuccess: (issued) => setSecret(issued.secret) })}
          >
            {t("webhooks.rotate")}
          </Button>
        )}
        {(may("enable") || may("disable")) && (
          <Button
            size="xs"
            variant="default"
            loading={enable.isPending}
            onClick={() => enable.mutate(may("enable"))}
          >
            {may("disable") ? t("webhooks.switchOff") : t("webhooks.switchOn")}
          </Button>
        )}
        {may("delete") && (
          <Button size="xs" variant="default" onClick={asked.open}>
            {t("webhooks.delete")}
          </Button>
        )}
      </Group>
      {failed && <ProblemAlert error={failed} />}
      {replay.data && (
        <Text size="xs" c="dimmed" role="status">
          {t("webhooks.replayed", { count: replay.data.replayed })}
        </Text>
      )}
      {secret && <Secret secret={secret} title={t("webhooks.newSecret")} onClose={() => setSecret(null)} />}
      {removing && (
        <ConfirmDialog
          title={t("webhooks.deleteQuestion")}
          confirm={t("webhooks.delete")}
          busy={remove.isPending}
          onClose={asked.close}
          onConfirm={() =>
            remove.mutate(undefined, { onSuccess: () => void navigate(paths.webhooks, { replace: true }) })
          }
        >
          <Text size="sm">{t("webhooks.whatDeletingDoes")}</Text>
          {remove.isError && <ProblemAlert error={remove.error} />}
        </ConfirmDialog>
      )}
    </>
  );
}
