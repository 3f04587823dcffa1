import { useEffect, useRef, useState } from "react";
import { stop as release, streamOf } from "./devices.ts";
import { decoded } from "./wav.ts";

/** Longer recordings are from a file: a minute is what models of this size hear at once. */
const LONGEST_MS = 60_000;

type State = "idle" | "busy" | "recording";

/** Records until it is told to stop, and gives a WAV file of `rate` samples a second to `onRecorded`. */
export function useMicrophone(rate: number, onRecorded: (recording: Blob) => void) {
  const [state, setState] = useState<State>("idle");
  const [error, setError] = useState<unknown>(null);
  const recorder = useRef<MediaRecorder | null>(null);
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
      release(recorder.current?.stream);
    };
  }, []);

  const finish = async (parts: Blob[], type: string) => {
    setState("busy");
    onRecorded(await decoded(new Blob(parts, { type }), rate));
  };
  const begin = async () => {
    setError(null);
    setState("busy");
    const stream = await streamOf("microphone");
    if (isGone.current) {
      release(stream);
      return;
    }
    const parts: Blob[] = [];
    const made = new MediaRecorder(stream);
    recorder.current = made;
    const limit = setTimeout(() => made.stop(), LONGEST_MS);
    made.ondataavailable = ({ data }) => parts.push(data);
    made.onstop = () => {
      clearTimeout(limit);
      release(stream);
      if (!isGone.current)
        finish(parts, made.mimeType)
          .catch(setError)
          .finally(() => setState("idle"));
    };
    made.start();
    setState("recording");
  };
  const start = () =>
    void begin().catch((problem: unknown) => {
      setError(problem);
      setState("idle");
    });
  return { state, error, start, stop: () => recorder.current?.stop() };
}
