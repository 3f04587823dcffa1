import { ActionIcon, Button, Kbd } from "@mantine/core";
import {
  getHotkeyHandler,
  type HotkeyItem,
  useDisclosure,
  useHotkeys,
  useLocalStorage,
} from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { type Me, useMay } from "../auth/me.ts";
import { loadTexts, t } from "../i18n/index.ts";
import { paths } from "./paths.ts";
import { placesOf } from "./places.ts";

/** Both are loaded when they are first opened. */
const CommandPalette = lazy(async () => {
  await loadTexts(["billing", "settings", "webhooks"]);
  return import("./CommandPalette.tsx");
});
const ShortcutList = lazy(() => import("./ShortcutList.tsx"));

const OPEN_PALETTE = "trainyard:open-palette";
const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const MOD = isMac ? "⌘" : t("shell.ctrl");
const ALT = isMac ? "⌥" : t("shell.alt");

/** Opens the palette from anywhere. */
export const openPalette = () => window.dispatchEvent(new Event(OPEN_PALETTE));

export function SearchButton() {
  return (
    <>
      <Button
        variant="default"
        size="xs"
        c="dimmed"
        visibleFrom="sm"
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSection={<Kbd size="xs">{`${MOD} K`}</Kbd>}
        onClick={openPalette}
      >
        {t("shell.search")}
      </Button>
      <ActionIcon
        variant="default"
        size={30}
        hiddenFrom="sm"
        onClick={openPalette}
        aria-label={t("shell.search")}
      >
        <IconSearch size={16} aria-hidden />
      </ActionIcon>
    </>
  );
}

const key = (name: string, act: () => void): HotkeyItem => [name, act];
const alt = (code: string, act: () => void): HotkeyItem => [`alt+${code}`, act, { usePhysicalKeys: true }];

interface Props {
  me: Me | undefined;
  onFold: () => void;
}

/** What the keyboard does on every page, the palette of commands, and the list of both. */
export function Shortcuts({ me, onFold }: Props) {
  const navigate = useNavigate();
  const mayWrite = useMay("jobs.write");
  const [listed, list] = useDisclosure(false);
  const [palette, setPalette] = useState(0); // how often it was opened
  const [single, setSingle] = useLocalStorage({ key: "trainyard.single-keys", defaultValue: true });
  useEffect(() => {
    const open = () => setPalette((times) => times + 1);
    window.addEventListener(OPEN_PALETTE, open);
    return () => window.removeEventListener(OPEN_PALETTE, open);
  }, []);
  const { own, operators } = placesOf(me);
  const places = [...own, ...operators].slice(0, 9);
  useHotkeys([
    ["mod+B", onFold],
    // Keys by where they are: with Option held a Mac types other characters.
    ...(mayWrite ? [alt("N", () => void navigate(paths.newJob))] : []),
    ...places.map(({ to }, index) => alt(`Digit${index + 1}`, () => void navigate(to))),
    // Not every keyboard types a question mark with Shift.
    ...(single ? [key("?", list.open), key("shift+?", list.open)] : []),
  ]);
  useEffect(() => {
    // Also while a field has the focus: the palette is the way out of it.
    const open = getHotkeyHandler([["mod+K", openPalette]]);
    document.addEventListener("keydown", open);
    return () => document.removeEventListener("keydown", open);
  }, []);
  const keys = [
    { keys: [MOD, "K"], what: t("shell.searchAndGo") },
    ...places.map(({ label }, index) => ({ keys: [ALT, String(index + 1)], what: label })),
    ...(mayWrite ? [{ keys: [ALT, "N"], what: t("shell.newJob") }] : []),
    { keys: [MOD, "B"], what: t("shell.foldTheRail") },
    { keys: ["?"], what: t("shell.thisList") },
  ];
  return (
    <>
      {palette > 0 && (
        <Suspense>
          <CommandPalette me={me} opened={palette} onShortcuts={list.open} />
        </Suspense>
      )}
      {listed && (
        <Suspense>
          <ShortcutList keys={keys} single={single} onSingle={setSingle} onClose={list.close} />
        </Suspense>
      )}
    </>
  );
}
