import { Select, type SelectProps } from "@mantine/core";
import { useTold } from "./useTold.ts";

export default function Told(props: SelectProps) {
  return <Select {...props} {...useTold(props)} />;
}
