import { SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { NumberField } from "../../../components/NumberField.tsx";
import { t } from "../../../i18n/index.ts";
import type { Options } from "./useChat.ts";

interface Props {
  value: Options;
  onChange: (options: Options) => void;
  /** Whether there is a system prompt: a model that writes on has none. */
  talks: boolean;
}

/** `options` with the one of that name; an empty one is left out. */
function withOption(options: Options, name: keyof Options, entered: number | string | string[]): Options {
  const others = Object.entries(options).filter(([other]) => other !== name);
  return Object.fromEntries(entered === "" ? others : [...others, [name, entered]]) as unknown as Options;
}

/** How answers are drawn; an empty field is left to the platform. */
export function ChatOptions({ value, onChange, talks }: Props) {
  const number = (name: "temperature" | "top_p" | "top_k" | "max_tokens" | "seed") => ({
    size: "xs" as const,
    value: value[name] ?? "",
    min: name === "max_tokens" ? 1 : 0,
    onChange: (entered: number | "") => onChange(withOption(value, name, entered)),
  });
  return (
    <Stack gap="sm">
      {talks && (
        <Textarea
          size="xs"
          label={t("chat.system")}
          description={t("chat.systemHint")}
          rows={2}
          value={value.system}
          onChange={(event) => onChange({ ...value, system: event.currentTarget.value })}
        />
      )}
      <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="sm">
        <NumberField
          label={t("chat.temperature")}
          description={t("chat.temperatureHint")}
          placeholder="0"
          max={100}
          {...number("temperature")}
        />
        <NumberField
          label={t("chat.topP")}
          description={t("chat.topPHint")}
          placeholder="1"
          max={1}
          {...number("top_p")}
        />
        <NumberField
          label={t("chat.topK")}
          description={t("chat.topKHint")}
          placeholder="0"
          allowDecimal={false}
          {...number("top_k")}
        />
        <NumberField
          label={t("chat.mostTokens")}
          description={t("chat.mostTokensHint")}
          placeholder="256"
          max={16_384}
          allowDecimal={false}
          {...number("max_tokens")}
        />
        <NumberField
          label={t("chat.seed")}
          description={t("chat.seedHint")}
          placeholder="0"
          allowDecimal={false}
          {...number("seed")}
        />
        <TextInput
          size="xs"
          label={t("chat.stopText")}
          description={t("chat.stopTextHint")}
          value={value.stop?.[0] ?? ""}
          onChange={({ currentTarget: { value: entered } }) =>
            onChange(withOption(value, "stop", entered && [entered]))
          }
        />
      </SimpleGrid>
    </Stack>
  );
}
