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
import { paths } from "./paths.ts";
import type { Me } from "../auth/me.ts";
import { chooseLanguage, currentLanguage, LANGUAGES, type Language, t } from "../i18n/index.ts";

const SCHEMES: { value: MantineColorScheme; label: string }[] = [
  { value: "light", label: t("shell.light") },
  { value: "dark", label: t("shell.dark") },
  { value: "auto", label: t("shell.asTheSystem") },
];

async function leave() {
  await logOut();
  window.location.assign(paths.login); // a fresh page, so that nothing of the session stays in memory
}

export function UserMenu({ me }: { me: Me | undefined }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const name = me ? me.name || (me.email ?? "") : "";
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <UnstyledButton>
          <Avatar name={name} color="signal" size={30} radius="xl" />
          <VisuallyHidden>{t("shell.accountMenu")}</VisuallyHidden>
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
        <Menu.RadioGroup value={currentLanguage()} onChange={(value) => chooseLanguage(value as Language)}>
          {Object.entries(LANGUAGES).map(([language, name]) => (
            <Menu.RadioItem key={language} value={language} lang={language}>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
          {t("shell.logOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
