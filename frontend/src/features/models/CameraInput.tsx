import { Button, Loader, Stack } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import classes from "./DrawInput.module.css";
import { useDevice } from "./devices.ts";

interface Props {
  busy: boolean;
  /** Takes the picture as a PNG file. */
  onTaken: (picture: Blob) => void;
}

/** What the camera sees, until a picture of it is taken. */
export function CameraInput({ busy, onTaken }: Props) {
  const { stream, error } = useDevice("camera");
  if (error) return <ProblemAlert error={error} />;
  if (!stream) return <Loader size="sm" aria-label={t("common.loading")} />;
  return <Finder stream={stream} busy={busy} onTaken={onTaken} />;
}

function Finder({ stream, busy, onTaken }: Props & { stream: MediaStream }) {
  const video = useRef<HTMLVideoElement>(null);
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  const take = () => {
    const seen = video.current;
    if (!seen) return;
    const canvas = document.createElement("canvas");
    canvas.width = seen.videoWidth;
    canvas.height = seen.videoHeight;
    canvas.getContext("2d")?.drawImage(seen, 0, 0);
    canvas.toBlob((picture) => picture && onTaken(picture), "image/png");
  };
  return (
    <Stack gap="sm">
      <video
        ref={video}
        className={classes.finder}
        aria-label={t("tryModel.cameraSees")}
        onLoadedData={() => setReady(true)}
        autoPlay
        playsInline
        muted
      />
      <Button variant="default" loading={busy} disabled={!isReady} onClick={take} w="fit-content">
        {t("tryModel.takePicture")}
      </Button>
    </Stack>
  );
}
