import { Popover } from "@mantine/core";
import type { PopoverProps } from "../LazyPopover.tsx";

/** What opens below its button; it comes opened. */
export default function LoadedPopover({ label, target, children, ...box }: PopoverProps) {
  return (
    <Popover position="bottom-end" withinPortal trapFocus defaultOpened>
      <Popover.Target>{target({})}</Popover.Target>
      <Popover.Dropdown aria-label={label} {...box} maw="calc(100vw - 24px)" style={{ overflowY: "auto" }}>
        {children}
      </Popover.Dropdown>
    </Popover>
  );
}
