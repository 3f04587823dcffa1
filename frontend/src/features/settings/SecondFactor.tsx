import { Alert, Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { QRCodeSVG } from "qrcode.react";
import { type SubmitEvent, useState } from "react";
import {
  activateTotp,
  deactivateTotp,
  newRecoveryCodes,
  type TotpSetup,
  totpSetup,
} from "../../api/account.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { useAuthenticators, useReadAnew } from "./authenticators.ts";
import { useConfirmed } from "./useConfirmed.tsx";

/** An authenticator app as second factor, and codes for the day the telephone is lost. */
export function SecondFactor() {
  const found = useAuthenticators();
  const readAnew = useReadAnew();
  const [codes, setCodes] = useState<string[]>([]);
  const fresh = useConfirmed(newRecoveryCodes, (made) => {
    setCodes(made);
    readAnew();
  });
  return (
    <Section title={t("settings.secondFactor")}>
      <Loaded query={found}>
        {(all) =>
          all.some(({ type }) => type === "totp") ? (
            <Stack gap="md" align="flex-start">
              <Text size="sm">{t("settings.secondFactorOn")}</Text>
              <Group gap="xs">
                <Button variant="default" size="sm" loading={fresh.busy} onClick={() => fresh.run(undefined)}>
                  {t("settings.newCodes")}
                </Button>
                <TurnOff onDone={readAnew} />
              </Group>
              {fresh.refused && <ProblemAlert error={fresh.refused} />}
              {fresh.dialog}
              {codes.length > 0 && <RecoveryCodes codes={codes} />}
            </Stack>
          ) : (
            <TurnOn
              onDone={() => {
                readAnew();
                fresh.run(undefined);
              }}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

function RecoveryCodes({ codes }: { codes: string[] }) {
  return (
    <Alert color="yellow" title={t("settings.keepTheCodes")}>
      <Code block tabIndex={0} aria-label={t("settings.keepTheCodes")}>
        {codes.join("\n")}
      </Code>
    </Alert>
  );
}

function TurnOff({ onDone }: { onDone: () => void }) {
  const off = useConfirmed(deactivateTotp, onDone);
  return (
    <>
      <Button variant="default" size="sm" loading={off.busy} onClick={() => off.run(undefined)}>
        {t("settings.turnOff")}
      </Button>
      {off.refused && <ProblemAlert error={off.refused} />}
      {off.dialog}
    </>
  );
}

function TurnOn({ onDone }: { onDone: () => void }) {
  const [setup, setSetup] = useState<TotpSetup | null>(null);
  const begin = useConfirmed(totpSetup, setSetup);
  return (
    <Stack gap="md" align="flex-start">
      <Text size="sm">{t("settings.whySecondFactor")}</Text>
      {begin.refused && <ProblemAlert error={begin.refused} />}
      {begin.dialog}
      {setup ? (
        <Scan setup={setup} onDone={onDone} />
      ) : (
        <Button loading={begin.busy} onClick={() => begin.run(undefined)}>
          {t("settings.setUp")}
        </Button>
      )}
    </Stack>
  );
}

function Scan({ setup, onDone }: { setup: TotpSetup; onDone: () => void }) {
  const [code, setCode] = useState("");
  const activate = useConfirmed(activateTotp, onDone);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    activate.run(code.trim());
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md" align="flex-start">
      <QRCodeSVG value={setup.url} title={t("settings.scanThis")} size={180} marginSize={4} />
      <Text size="sm">{t("settings.orType")}</Text>
      <Code>{setup.secret}</Code>
      {activate.refused && <ProblemAlert error={activate.refused} />}
      {activate.dialog}
      <TextInput
        label={t("settings.itsCode")}
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        withAsterisk={false}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" loading={activate.busy}>
        {t("settings.turnOn")}
      </Button>
    </Stack>
  );
}
