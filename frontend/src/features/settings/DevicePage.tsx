import { Alert, Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useMe } from "../../auth/me.ts";
import { Fact } from "../../components/Fact.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { roleName } from "../../words/roles.ts";
import { type DeviceAuthorization, useAnswerDevice, useDevice } from "./devices.ts";
import { scopeName } from "./scopes.ts";

const CODE_LIKE_THIS = "BCDF-GHJK";

/** Where somebody confirms the key that a program on another machine asks for, by the code it shows. */
export function DevicePage() {
  const [params, setParams] = useSearchParams();
  const code = params.get("code") ?? "";
  return (
    <Page title={t("settings.logInADevice")}>
      {code ? (
        <Waiting key={code} code={code} onOther={() => setParams({})} />
      ) : (
        <CodeForm onCode={(typed) => setParams({ code: typed })} />
      )}
    </Page>
  );
}

function CodeForm({ onCode }: { onCode: (code: string) => void }) {
  const [typed, setTyped] = useState("");
  return (
    <Section title={t("settings.typeTheCode")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim()) onCode(typed.trim());
        }}
      >
        <Stack gap="md" maw={360}>
          <TextInput
            label={t("settings.deviceCode")}
            description={t("settings.deviceCodeHelp")}
            placeholder={CODE_LIKE_THIS}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Group>
            <Button type="submit">{t("settings.lookUp")}</Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function Waiting({ code, onOther }: { code: string; onOther: () => void }) {
  const device = useDevice(code);
  return (
    <>
      <Loaded query={device}>{(found) => <Question device={found} />}</Loaded>
      <Group>
        <Button variant="default" onClick={onOther}>
          {t("settings.anotherCode")}
        </Button>
      </Group>
    </>
  );
}

function Question({ device }: { device: DeviceAuthorization }) {
  const answer = useAnswerDevice(device.user_code);
  const me = useMe().data;
  const organization = me?.organization?.name ?? "";
  if (answer.isSuccess) {
    const approved = answer.variables === "approve";
    return (
      <Alert role="status" color={approved ? "green" : "gray"}>
        {approved ? t("settings.deviceLoggedIn", { name: device.client_name }) : t("settings.deviceRefused")}
      </Alert>
    );
  }
  return (
    <Section title={t("settings.deviceAsks", { name: device.client_name })}>
      <Stack gap="md">
        <Text size="sm">{t("settings.compareTheCode")}</Text>
        <Code fz="xl" w="fit-content">
          {device.user_code}
        </Code>
        <Terms device={device} organization={organization} />
        {me && !me.permissions.includes("organization.manage") && (
          <Alert color="yellow">{t("settings.managersConfirm")}</Alert>
        )}
        {answer.isError && <ProblemAlert error={answer.error} />}
        <Group>
          <Button
            loading={answer.isPending && answer.variables === "approve"}
            onClick={() => answer.mutate("approve")}
          >
            {t("settings.confirmDevice")}
          </Button>
          <Button
            variant="default"
            loading={answer.isPending && answer.variables === "deny"}
            onClick={() => answer.mutate("deny")}
          >
            {t("settings.refuseDevice")}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}

function Terms({ device, organization }: { device: DeviceAuthorization; organization: string }) {
  return (
    <Group component="dl" gap="xl" m={0} align="flex-start">
      <Fact label={t("settings.organization")}>{organization}</Fact>
      <Fact label={t("settings.role")}>{roleName(device.role)}</Fact>
      <Fact label={t("settings.scopes")}>
        {device.scopes ? device.scopes.map(scopeName).join(", ") : t("settings.allOfItsRole")}
      </Fact>
      <Fact label={t("settings.expires")}>{t("settings.inDays", { count: device.key_lifetime_days })}</Fact>
      <Fact label={t("settings.askedFrom")} note={<At iso={device.created_at} />}>
        {device.address}
      </Fact>
    </Group>
  );
}
