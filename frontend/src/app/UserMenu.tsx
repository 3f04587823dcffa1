import {
  Menu,
  Text,
  UnstyledButton,
  VisuallyHidden,
  Avatar,
  useMantineColorScheme,
  type MantineColorScheme,
} from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { logOut } from "../api/session.ts";
import type { Me } from "../auth/me.ts";

const SCHEMES: { value: MantineColorScheme; label: string }[] = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "auto", label: "As the system" },
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
        <UnstyledButton>
          <Avatar name={name} color="signal" size={30} radius="xl" />
          <VisuallyHidden>Account menu</VisuallyHidden>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text span display="block" size="sm" fw={600} c="var(--mantine-color-text)" truncate>
            {me?.organization?.name}
          </Text>
          <Text span display="block" size="xs" truncate>
            {me?.email}
            {me?.role && ` · ${me.role}`}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => setColorScheme(value as MantineColorScheme)}
        >
          {SCHEMES.map(({ value, label }) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
          Log out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
