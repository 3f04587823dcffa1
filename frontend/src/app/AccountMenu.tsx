import { Menu, Text, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { logOut } from "../api/session.ts";
import { roleName } from "../words/roles.ts";
import { AccountButton } from "./AccountButton.tsx";
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

/** What belongs to the person: organization, look, language, the way out. It comes opened. */
export default function AccountMenu({ me }: { me: Me | undefined }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={230} defaultOpened>
      <Menu.Target>
        <AccountButton me={me} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text span display="block" size="sm" fw={600} c="var(--mantine-color-text)" truncate>
            {me?.organization?.name}
          </Text>
          <Text span display="block" size="xs" truncate>
            {me?.email}
            {me?.role && ` · ${roleName(me.role)}`}
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
