import { MultiSelect, type MultiSelectProps } from "@mantine/core";
import { useTold } from "./useTold.ts";

export default function Told(props: MultiSelectProps) {
  return <MultiSelect {...props} {...useTold(props)} />;
}
