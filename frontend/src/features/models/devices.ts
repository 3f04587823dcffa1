/** The camera and the microphone of who looks, in words where they cannot be had. */
import { useEffect, useState } from "react";
import { ApiProblem } from "../../api/problem.ts";
import { t } from "../../i18n/index.ts";

type Device = "camera" | "microphone";

const REFUSED: Record<Device, string> = {
  camera: t("tryModel.cameraRefused"),
  microphone: t("tryModel.microphoneRefused"),
};
const MISSING: Record<Device, string> = {
  camera: t("tryModel.noCamera"),
  microphone: t("tryModel.noMicrophone"),
};

function problemOf(device: Device, error: unknown): ApiProblem {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError")
    return new ApiProblem(REFUSED[device], 0, "device_refused", t("tryModel.allowDevice"));
  if (name === "NotFoundError" || name === "OverconstrainedError")
    return new ApiProblem(MISSING[device], 0, "no_device", t("tryModel.fileInstead"));
  return new ApiProblem(t("tryModel.deviceBusy"), 0, "device_unreadable", t("tryModel.fileInstead"));
}

/** Asks for the device; the browser asks the person. Throws an `ApiProblem` that says why there is none. */
export async function streamOf(device: Device): Promise<MediaStream> {
  // Browsers hide all devices from pages that came over plain http.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new ApiProblem(t("tryModel.needsHttps"), 0, "insecure", t("tryModel.fileInstead"));
  try {
    return await devices.getUserMedia(
      device === "camera" ? { video: { facingMode: "environment" } } : { audio: true },
    );
  } catch (error) {
    throw problemOf(device, error);
  }
}

export const stop = (stream: MediaStream | null | undefined) => {
  for (const track of stream?.getTracks() ?? []) track.stop();
};

/** The device's stream while the component is there; it is let go of at the end. */
export function useDevice(device: Device): { stream?: MediaStream; error?: unknown } {
  const [found, setFound] = useState<{ stream?: MediaStream; error?: unknown }>({});
  useEffect(() => {
    let isGone = false;
    let opened: MediaStream | undefined;
    streamOf(device).then(
      (stream) => {
        opened = stream;
        if (isGone) stop(stream);
        else setFound({ stream });
      },
      (error: unknown) => !isGone && setFound({ error }),
    );
    return () => {
      isGone = true;
      stop(opened);
    };
  }, [device]);
  return found;
}
