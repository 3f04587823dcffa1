import {
  Menu,
  Text,
  UnstyledButton,
  Avatar,
  useMantineColorScheme,
  type MantineColorScheme,
} from "@mantine/core";
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun } from "@tabler/icons-react";
import { logOut } from "../api/session.ts";
import type { Me } from "../auth/me.ts";

const SCHEMES: { value: MantineColorScheme; label: string; icon: typeof IconSun }[] = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "As the system", icon: IconDeviceDesktop },
];

async function leave() {
  await logOut();
  window.location.assign("/login"); // a fresh page, so that nothing of the session stays in memory
}

export function UserMenu({ me }: { me: Me | undefined }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const name = me ? me.name || (me.email ?? "") : "";
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <UnstyledButton aria-label="Account menu">
          <Avatar name={name} color="signal" size={30} radius="xl" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>
            {me?.organization?.name}
          </Text>
          <Text size="xs" truncate>
            {me?.email}
            {me?.role && ` · ${me.role}`}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        {SCHEMES.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} aria-hidden />}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            fw={colorScheme === value ? 600 : 400}
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
          Log out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
