import { Tabs } from "@mantine/core";
import { Outlet, useLocation, useNavigate } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Page } from "../../components/Page.tsx";
import { t } from "../../i18n/index.ts";

/** Tabs are addresses, so that each can be linked to. */
export function SettingsPage() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const mayManage = useMay("organization.manage");
  const tabs = [
    { to: paths.settings, label: t("settings.organization"), shown: true },
    { to: paths.members, label: t("settings.members"), shown: true },
    { to: paths.apiKeys, label: t("settings.apiKeys"), shown: mayManage },
    { to: paths.webhooks, label: t("webhooks.webhooks"), shown: true },
    { to: paths.security, label: t("settings.security"), shown: true },
    { to: paths.auditLog, label: t("settings.auditLog"), shown: mayManage },
  ];
  return (
    <Page title={t("settings.settings")}>
      <Tabs value={pathname} onChange={(to) => to && void navigate(to)}>
        <Tabs.List>
          {tabs
            .filter(({ shown }) => shown)
            .map(({ to, label }) => (
              <Tabs.Tab key={to} value={to}>
                {label}
              </Tabs.Tab>
            ))}
        </Tabs.List>
        <Tabs.Panel value={pathname} pt="lg">
          <Outlet />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
