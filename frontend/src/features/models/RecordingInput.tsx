import { Button, Group, Stack, Text } from "@mantine/core";
import { IconMicrophone, IconPlayerStop } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { useVersion } from "../datasets/queries.ts";
import { blobOf } from "./base64.ts";
import { ExampleButton } from "./ExampleButton.tsx";
import { RecordingFile, useAsked } from "./FileInput.tsx";
import { useMicrophone } from "./microphone.ts";
import type { InputProps } from "./TryModel.tsx";

const USUAL_RATE = 16_000;

/** A recording from a file, the microphone or the test set. */
export function RecordingInput({ model, busy, onPredict }: InputProps) {
  const version = useVersion(model.dataset_id, model.dataset_version);
  const profile = version.data?.profile?.profile;
  const [asked, ask] = useAsked(onPredict);
  return (
    <Stack gap="sm">
      <RecordingFile busy={busy} asked={asked} onAsk={ask}>
        <ExampleButton
          modelId={model.id}
          onExample={({ example: { wav } }) => wav && ask(blobOf(wav, "audio/wav"), t("tryModel.example"))}
        />
      </RecordingFile>
      <Microphone
        rate={profile?.kind === "recordings" ? profile.sample_rate : USUAL_RATE}
        busy={busy || version.isPending}
        onRecorded={(recorded) => ask(recorded, t("tryModel.ownRecording"))}
      />
    </Stack>
  );
}

interface MicrophoneProps {
  /** Samples a second. */
  rate: number;
  busy: boolean;
  /** Takes a WAV file. */
  onRecorded: (recording: Blob) => void;
}

function Microphone({ rate, busy, onRecorded }: MicrophoneProps) {
  const { state, error, start, stop } = useMicrophone(rate, onRecorded);
  return (
    <>
      {state === "recording" ? (
        <Group gap="sm">
          <Button color="red" leftSection={<IconPlayerStop size={16} aria-hidden />} onClick={stop}>
            {t("tryModel.stopRecording")}
          </Button>
          <Elapsed />
        </Group>
      ) : (
        <Button
          variant="default"
          w="fit-content"
          leftSection={<IconMicrophone size={16} aria-hidden />}
          loading={busy || state === "busy"}
          onClick={start}
        >
          {t("tryModel.record")}
        </Button>
      )}
      {error !== null && <ProblemAlert error={error} />}
    </>
  );
}

function Elapsed() {
  const began = useRef(0);
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    began.current = performance.now();
    const clock = setInterval(() => setSeconds(Math.floor((performance.now() - began.current) / 1000)), 250);
    return () => clearInterval(clock);
  }, []);
  return (
    <Text size="sm" className="figures" role="timer" aria-label={t("tryModel.recorded")}>
      {seconds} s
    </Text>
  );
}
