import { TextInput, type TextInputProps } from "@mantine/core";
import { useState } from "react";

interface Props extends Omit<TextInputProps, "value" | "onChange"> {
  /** An empty text while there is no number. */
  value: number | string;
  onChange: (value: number | "") => void;
  min?: number | undefined;
  max?: number | undefined;
  allowDecimal?: boolean;
}

/** The number that was typed, with a point or a comma; an empty text where it is none yet. */
export function readNumber(text: string): number | "" {
  const number = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(number) ? "" : number;
}

/**
 * A field for a number. It lets unfinished numbers stand while they are typed, and brings them into their bounds when
 * it is left; the arrow keys count up and down.
 */
export function NumberField({ value, onChange, min, max, allowDecimal = true, ...field }: Props) {
  const [text, setText] = useState(String(value));
  const shown = readNumber(text) === value ? text : String(value);
  const fit = (number: number) => {
    const whole = allowDecimal ? number : Math.round(number);
    return Math.min(max ?? Infinity, Math.max(min ?? -Infinity, whole));
  };
  const settle = (number: number | "") => {
    const fitting = number === "" ? "" : fit(number);
    setText(String(fitting));
    if (fitting !== value) onChange(fitting);
  };
  const count = (by: number) => settle((readNumber(shown) || 0) + by);
  return (
    <TextInput
      {...field}
      inputMode={allowDecimal ? "decimal" : "numeric"}
      autoComplete="off"
      value={shown}
      onChange={(event) => {
        const entered = event.currentTarget.value.replaceAll(/[^\d.,eE+-]/g, "");
        setText(entered);
        onChange(readNumber(entered));
      }}
      onBlur={() => settle(readNumber(shown))}
      onKeyDown={(event) => {
        if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
        event.preventDefault();
        count(event.key === "ArrowUp" ? 1 : -1);
      }}
    />
  );
}
