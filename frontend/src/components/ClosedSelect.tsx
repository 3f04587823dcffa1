import { InputBase, type SelectProps } from "@mantine/core";
import { IconSelector } from "@tabler/icons-react";
import { useRef } from "react";

/** `soon`: the pointer is over the field; `focused` by the keyboard; `opened` by a press. */
export type Asked = "soon" | "focused" | "opened";

type Data = SelectProps["data"];

/** What the option with `value` is called. */
export function labelOf(data: Data, value: string): string {
  for (const option of data ?? []) {
    if (option === value) return value;
    if (typeof option === "object" && "label" in option && option.value === value) return option.label;
  }
  return "";
}

/** What a field of options has in common with any other field. */
const OF_FIELDS = [
  "label",
  "description",
  "error",
  "placeholder",
  "size",
  "w",
  "maw",
  "flex",
  "required",
  "withAsterisk",
  "disabled",
  "aria-label",
  "inputWrapperOrder",
] as const;

type OfFields = (typeof OF_FIELDS)[number];

type Props = Pick<SelectProps, OfFields> & {
  shown: string;
  onAsk: (asked: Asked) => void;
};

/** A field of options as it looks before anybody turned to it. */
export function ClosedSelect({ shown, onAsk, ...props }: Props) {
  const pressed = useRef(false);
  const field = Object.fromEntries(OF_FIELDS.map((name) => [name, props[name]]));
  return (
    <InputBase
      {...field}
      role="combobox"
      aria-haspopup="listbox"
      aria-expanded={false}
      autoComplete="off"
      inputMode="none"
      pointer
      rightSection={<IconSelector size={14} aria-hidden />}
      rightSectionPointerEvents="none"
      value={shown}
      onChange={() => undefined}
      onPointerEnter={() => onAsk("soon")}
      onPointerDown={() => (pressed.current = true)}
      onFocus={() => onAsk(pressed.current ? "opened" : "focused")}
    />
  );
}
