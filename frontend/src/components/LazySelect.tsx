import type { MultiSelectProps, SelectProps } from "@mantine/core";
import { type ComponentType, useState } from "react";
import { type Asked, ClosedSelect, labelOf } from "./ClosedSelect.tsx";

/** The component once it is loaded: from then on every field is drawn by it from the start. */
interface Loader<Props> {
  load: () => Promise<{ default: ComponentType<Props> }>;
  loaded?: ComponentType<Props>;
}

const single: Loader<SelectProps> = {
  load: async () => ({
    default: (await import("./loaded/Select.tsx")).default as ComponentType<SelectProps>,
  }),
};
const several: Loader<MultiSelectProps> = {
  load: async () => ({
    default: (await import("./loaded/MultiSelect.tsx")).default as ComponentType<MultiSelectProps>,
  }),
};

/** A choice of one. What lists the options is loaded when somebody first turns to such a field. */
export function LazySelect<Value extends string = string>(props: SelectProps<Value>) {
  const plain = props as unknown as SelectProps;
  const [Field, opened, ask] = useLoaded(single);
  if (Field) return <Field {...plain} {...opened} />;
  return <ClosedSelect {...plain} shown={labelOf(plain.data, plain.value ?? "")} onAsk={ask} />;
}

/** A choice of several, loaded in the same way. */
export function LazyMultiSelect<Value extends string = string>(props: MultiSelectProps<Value>) {
  const plain = props as unknown as MultiSelectProps;
  const [Field, opened, ask] = useLoaded(several);
  if (Field) return <Field {...plain} {...opened} />;
  const shown = (plain.value ?? []).map((each) => labelOf(plain.data, each)).join(", ");
  return <ClosedSelect {...plain} shown={shown} onAsk={ask} />;
}

/** How the loaded field comes in place of the one that was turned to: with its focus, opened if it was pressed. */
interface Opened {
  autoFocus?: boolean;
  defaultDropdownOpened?: boolean;
}

/** The loaded component, if it is, how it comes in, and what asks for it. */
function useLoaded<Props>(loader: Loader<Props>) {
  const [field, setField] = useState(() => loader.loaded);
  const [opened, setOpened] = useState<Opened>({});
  const ask = async (asked: Asked) => {
    loader.loaded ??= (await loader.load()).default;
    if (asked === "soon") return;
    setOpened({ autoFocus: true, defaultDropdownOpened: asked === "opened" });
    setField(() => loader.loaded);
  };
  return [field, opened, (asked: Asked) => void ask(asked)] as const;
}
