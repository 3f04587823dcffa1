import { Menu } from "@mantine/core";
import type { MenuProps } from "../LazyMenu.tsx";

/** The menu of its button; it comes opened. */
export default function LoadedMenu({ items, target }: MenuProps) {
  return (
    <Menu position="bottom-end" defaultOpened>
      <Menu.Target>{target({})}</Menu.Target>
      <Menu.Dropdown>
        {items.map(({ label, ...item }) => (
          <Menu.Item key={label} {...item}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
