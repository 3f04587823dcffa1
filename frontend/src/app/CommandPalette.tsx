import "@mantine/spotlight/styles.css";
import {
  createSpotlight,
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from "@mantine/spotlight";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { type Me, useMay } from "../auth/me.ts";
import { t } from "../i18n/index.ts";
import { useFound } from "./found.ts";
import { paths } from "./paths.ts";
import { placesOf } from "./places.ts";

const [store, spotlight] = createSpotlight();

interface Props {
  me: Me | undefined;
  /** Counts how often it was asked for; each time it opens. */
  opened: number;
  onShortcuts: () => void;
}

/** ⌘K: pages, actions, and jobs, data, models and tenants by their names. */
export default function CommandPalette({ me, opened, onShortcuts }: Props) {
  const [query, setQuery] = useState("");
  const [wanted] = useDebouncedValue(query.trim(), 200);
  const found = useFound(me, wanted);
  const groups = useCommands(me, onShortcuts);
  useEffect(() => spotlight.open(), [opened]);
  return (
    <Spotlight
      store={store}
      shortcut={null}
      query={query}
      onQueryChange={setQuery}
      actions={[...found, ...groups]}
      filter={(typed, actions) => matching(typed, actions as SpotlightActionGroupData[])}
      attributes={{ content: { "aria-label": t("shell.search") } }}
      nothingFound={t("shell.nothingFound")}
      highlightQuery
      scrollable
      maxHeight={420}
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: t("shell.searchAndGo"),
        "aria-label": t("shell.searchAndGo"),
      }}
    />
  );
}

/** What was found by name stands as it came; pages and actions are narrowed to what was typed. */
function matching(typed: string, groups: SpotlightActionGroupData[]): SpotlightActionGroupData[] {
  const words = typed.trim().toLowerCase();
  return groups
    .map(({ group, actions }) => ({
      group,
      actions: actions.filter(
        ({ id, label }) => id.startsWith("found:") || (label ?? "").toLowerCase().includes(words),
      ),
    }))
    .filter(({ actions }) => actions.length > 0);
}

function useCommands(me: Me | undefined, onShortcuts: () => void): SpotlightActionGroupData[] {
  const navigate = useNavigate();
  const mayTrain = useMay("jobs.write");
  const mayUpload = useMay("datasets.write");
  const mayManage = useMay("organization.manage");
  const mayPay = useMay("billing.read");
  const { own, operators } = placesOf(me);
  const go = (label: string, to: string): SpotlightActionData => ({
    id: to,
    label,
    onClick: () => void navigate(to),
  });
  const within = own.length > 0;
  const actions = [
    ...(mayTrain ? [go(t("shell.newJob"), paths.newJob)] : []),
    ...(mayUpload ? [go(t("shell.newDataset"), paths.newDataset)] : []),
    { id: "shortcuts", label: t("shell.shortcuts"), onClick: onShortcuts },
  ];
  const inner = [
    ...(within && mayPay
      ? [
          go(t("billing.ledger"), paths.ledger),
          go(t("billing.invoices"), paths.invoices),
          go(t("billing.budgets"), paths.budgets),
          go(t("billing.plan"), paths.plan),
        ]
      : []),
    ...(within
      ? [
          go(t("settings.members"), paths.members),
          go(t("settings.security"), paths.security),
          go(t("webhooks.webhooks"), paths.webhooks),
        ]
      : []),
    ...(within && mayManage
      ? [go(t("settings.apiKeys"), paths.apiKeys), go(t("settings.auditLog"), paths.auditLog)]
      : []),
  ];
  return [
    { group: t("shell.actions"), actions },
    {
      group: t("shell.pages"),
      actions: [...own, ...operators].map(({ label, to }) => go(label, to)).concat(inner),
    },
  ];
}
