import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlayerStop } from "@tabler/icons-react";
import { type KeyboardEvent, type SubmitEvent, useEffect, useRef, useState } from "react";
import { ProblemAlert } from "../../../components/ProblemAlert.tsx";
import { formatCount } from "../../../format/number.ts";
import { t } from "../../../i18n/index.ts";
import type { Model } from "../queries.ts";
import classes from "./Chat.module.css";
import { ChatOptions } from "./ChatOptions.tsx";
import { usePredictionPrice } from "./cost.ts";
import { type Options, type Spent, type Turn, useChat } from "./useChat.ts";

const USUAL: Options = { system: "" };

/** A conversation with a language model; of one that writes on, texts and how they go on. */
export function Chat({ model }: { model: Model }) {
  const talks = model.task !== "language_modelling";
  const chat = useChat(model.id, talks);
  const [options, setOptions] = useState(USUAL);
  const [text, setText] = useState("");
  const [isOpen, panel] = useDisclosure(false);
  const isWriting = chat.written !== null;
  const mayAsk = text.trim() !== "" && !isWriting;
  const say = () => {
    if (!mayAsk) return;
    chat.say(text, options);
    setText("");
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    say();
  };
  const onKey = (event: KeyboardEvent) => {
    // While a word is being composed, as in Chinese, Enter is the input method's.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    say();
  };
  return (
    <Stack gap="sm">
      <Turns turns={chat.turns} written={chat.written} />
      {chat.error !== null && <ProblemAlert error={chat.error} onRetry={() => chat.again(options)} />}
      <Stack component="form" onSubmit={submit} gap="sm">
        <Textarea
          label={talks ? t("chat.message") : t("chat.beginning")}
          description={t("chat.keys")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKey}
          rows={3}
        />
        <Group gap="xs">
          {isWriting ? (
            <Button
              variant="default"
              leftSection={<IconPlayerStop size={16} aria-hidden />}
              onClick={chat.stop}
            >
              {t("chat.stop")}
            </Button>
          ) : (
            <Button type="submit" variant="default" disabled={!mayAsk}>
              {t("chat.send")}
            </Button>
          )}
          <Button variant="subtle" aria-expanded={isOpen} onClick={panel.toggle}>
            {t("chat.options")}
          </Button>
          {chat.turns.length > 0 && !isWriting && (
            <Button variant="subtle" onClick={chat.clear}>
              {t("chat.clear")}
            </Button>
          )}
        </Group>
      </Stack>
      {isOpen && <ChatOptions value={options} onChange={setOptions} talks={talks} />}
      <Cost spent={chat.spent} />
    </Stack>
  );
}

function Turns({ turns, written }: { turns: Turn[]; written: string | null }) {
  const log = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [turns, written]);
  if (turns.length === 0) return null;
  return (
    <div ref={log} className={classes.log} role="log" aria-label={t("chat.conversation")} tabIndex={0}>
      {turns.map((turn, place) => (
        <Said key={place} turn={turn} />
      ))}
      {written !== null && <Said turn={{ role: "assistant", content: written || "…" }} />}
    </div>
  );
}

const ENDS = { stop: "", length: t("chat.cutAtLimit"), stopped: t("chat.stopped") } as const;

function Said({ turn: { role, content, end = "stop", warnings = [] } }: { turn: Turn }) {
  const notes = [ENDS[end], ...warnings.map(({ message }) => message)].filter(Boolean);
  return (
    <div className={classes.turn} data-role={role}>
      <Text size="xs" c="dimmed">
        {role === "user" ? t("chat.you") : t("chat.model")}
      </Text>
      <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
        {content || <i>{t("chat.saidNothing")}</i>}
      </Text>
      {notes.map((note) => (
        <Text key={note} size="xs" c="dimmed">
          {note}
        </Text>
      ))}
    </div>
  );
}

/** The most that the answers so far can have cost: waiting is free, and only the server knows how long that was. */
function Cost({ spent: { calls, seconds, tokens } }: { spent: Spent }) {
  const price = usePredictionPrice().data;
  if (calls === 0 || price === undefined) return null;
  const most = price && calls * price.perCall + seconds * price.perSecond;
  return (
    <Text size="xs" c="dimmed" className="figures" role="status">
      {t("chat.tokens", { tokens: formatCount(tokens), count: tokens })}{" "}
      {price && most !== null
        ? t("chat.costsAtMost", { amount: most.toFixed(6), currency: price.currency })
        : t("chat.free")}
    </Text>
  );
}
