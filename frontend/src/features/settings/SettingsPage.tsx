import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Page } from "../../components/Page.tsx";
import { RoutedTabs } from "../../components/RoutedTabs.tsx";
import { t } from "../../i18n/index.ts";

export function SettingsPage() {
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
      <RoutedTabs tabs={tabs.filter(({ shown }) => shown)} />
    </Page>
  );
}
