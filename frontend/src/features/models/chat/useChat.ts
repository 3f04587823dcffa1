import { useEffect, useRef, useState } from "react";
import { generate, type GenerationInput, type Message, type Sampling } from "../../../api/generation.ts";
import type { Prediction } from "../queries.ts";

export interface Turn {
  role: "user" | "assistant";
  content: string;
  /** How an answer ended, once it has: as the model ended it, at its limit of tokens, or stopped by the person. */
  end?: "stop" | "length" | "stopped";
  warnings?: Prediction["warnings"];
}

export interface Options extends Sampling {
  system: string;
}

/** What was answered so far: calls, the seconds that they took with all waiting, and tokens read and written. */
export interface Spent {
  calls: number;
  seconds: number;
  tokens: number;
}

const NOTHING: Spent = { calls: 0, seconds: 0, tokens: 0 };

/** What the model is asked after `turns`. A model that writes on is asked with the last text alone. */
export function inputOf(turns: Turn[], { system, ...sampling }: Options, talks: boolean): GenerationInput {
  if (!talks) return { ...sampling, prompt: turns.at(-1)?.content ?? "" };
  const said = turns.map(({ role, content }): Message => ({ role, content }));
  return { ...sampling, messages: system ? [{ role: "system", content: system }, ...said] : said };
}

/** A conversation with a model: its turns, the one that is being written, and what went wrong with the last. */
export function useChat(modelId: string, talks: boolean) {
  const [turns, setTurns] = useState<Turn[]>([]);
  const [written, setWritten] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [spent, setSpent] = useState(NOTHING);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const answer = async (asked: Turn[], options: Options) => {
    const control = new AbortController();
    running.current = control;
    let text = "";
    const began = performance.now();
    setTurns(asked);
    setWritten("");
    setError(null);
    try {
      const whole = await generate({
        modelId,
        input: inputOf(asked, options, talks),
        signal: control.signal,
        onText: (piece) => setWritten((text += piece)),
      });
      const end = whole === null ? "stopped" : whole.finish_reason === "length" ? "length" : "stop";
      const content = whole?.text ?? text;
      setTurns([...asked, { role: "assistant", content, end, warnings: whole?.warnings ?? [] }]);
      setSpent((old) => ({
        calls: old.calls + 1,
        seconds: old.seconds + (performance.now() - began) / 1000,
        tokens: old.tokens + (whole?.usage?.total_tokens ?? 0),
      }));
    } catch (problem) {
      setError(problem);
    } finally {
      setWritten(null);
    }
  };
  return {
    turns,
    written,
    error,
    spent,
    say: (content: string, options: Options) =>
      void answer([...(talks ? turns : []), { role: "user", content }], options),
    again: (options: Options) => void answer(turns, options),
    stop: () => running.current?.abort(),
    clear: () => {
      setTurns([]);
      setError(null);
    },
  };
}
