import { Text } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "./paths.ts";
import { Money } from "../components/Money.tsx";
import { useWallet } from "../features/billing/queries.ts";
import { t } from "../i18n/index.ts";

/** What may still be spent, in the header. */
export function WalletBalance() {
  const { data: wallet } = useWallet();
  if (!wallet) return null;
  return (
    <Text component={Link} to={paths.billing} size="sm" className="plain-link" visibleFrom="xs">
      <Text span size="sm" c="dimmed" visibleFrom="md">
        {t("shell.wallet")}{" "}
      </Text>
      <Money amount={wallet.available} currency={wallet.currency} />
    </Text>
  );
}
