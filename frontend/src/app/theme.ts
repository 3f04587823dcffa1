import { t } from "../i18n/index.ts";
import {
  type BadgeProps,
  type ButtonProps,
  type CardProps,
  createTheme,
  type CSSVariablesResolver,
  type LoaderProps,
  type MantineColorsTuple,
  type MenuProps,
  type ModalProps,
  type MultiSelectProps,
  type SelectProps,
  type TableProps,
  type TitleProps,
} from "@mantine/core";

const signal: MantineColorsTuple = [
  "#eef4fd",
  "#dbe6f8",
  "#b3cbf0",
  "#88aee8",
  "#6595e1",
  "#4f85dd",
  "#3f78d6",
  "#2f66bf",
  "#1f5eb8",
  "#0f4a99",
];

/** Greys of the dark look, with a slight cool tint: text first, ground last. */
const dark: MantineColorsTuple = [
  "#d0d4da",
  "#b3b9c2",
  "#8a929c",
  "#626a75",
  "#3c434c",
  "#31373f",
  "#23272d",
  "#1c1f24",
  "#16181c",
  "#101215",
];

/** The list of options scrolls itself, so that it is the popup of its field and needs no stop of the keyboard. */
const LIST = { withScrollArea: false, styles: { options: { maxHeight: 260, overflowY: "auto" } } } as const;

/** Settings of a component by its name alone: naming the component itself would load it with every page. */
const by = <Props>(defaultProps: Partial<Props>) => ({ defaultProps });

export const theme = createTheme({
  colors: { signal, dark },
  primaryColor: "signal",
  primaryShade: 8,
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: "'Inter Variable', system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace",
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.5rem", lineHeight: "1.3" },
      h2: { fontSize: "1.0625rem", lineHeight: "1.4" },
      h3: { fontSize: "0.9375rem", lineHeight: "1.4" },
    },
  },
  components: {
    Badge: by<BadgeProps>({ variant: "light", radius: "sm", tt: "none", fw: 600 }),
    Button: by<ButtonProps>({ fw: 550 }),
    Card: by<CardProps>({ withBorder: true, padding: "lg" }),
    Loader: by<LoaderProps>({ role: "status" }),
    // A menu has no children but items.
    Menu: by<MenuProps>({ withInitialFocusPlaceholder: false }),
    MultiSelect: by<MultiSelectProps>(LIST),
    Select: by<SelectProps>(LIST),
    Modal: by<ModalProps>({ closeButtonProps: { "aria-label": t("common.close") } }),
    Table: by<TableProps>({ verticalSpacing: "sm", horizontalSpacing: "md" }),
    Title: by<TitleProps>({ textWrap: "balance" }),
  },
});

/** Light badges in each colour: dark enough to read on their ground. */
const BADGE_INK = {
  gray: "#4a525b",
  cyan: "#0b5a6b",
  blue: "#1a5297",
  yellow: "#754b00",
  orange: "#8a3a00",
  green: "#1b6330",
  red: "#a11d1d",
};

const badgeInk = Object.fromEntries(
  Object.entries(BADGE_INK).map(([color, ink]) => [`--mantine-color-${color}-light-color`, ink]),
);

/** Text keeps a contrast of at least 4.5 to 1 on both grounds. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...badgeInk,
    "--mantine-color-dimmed": "#5c6670",
    "--mantine-color-placeholder": "#6b747e",
    "--ty-ground": "#f7f8fa",
    "--ty-frame": "#dee2e6",
    "--ty-selected": "#eef0f3",
    "--ty-outline": "#b9c0c8",
    "--ty-plot-grid": "#e1e5ea",
    "--ty-plot-first": "#1a5297",
    "--ty-plot-second": "#b3541e",
    "--ty-plot-third": "#6b747e",
  },
  dark: {
    "--mantine-color-anchor": "#88aee8",
    "--mantine-color-dimmed": "#a3a9b2",
    "--mantine-color-placeholder": "#949ba5",
    "--mantine-color-disabled": "#31373f",
    "--mantine-color-gray-light": "#31373f",
    "--mantine-color-gray-light-color": "#d0d4da",
    "--ty-ground": "#16181c",
    "--ty-frame": "#31373f",
    "--ty-selected": "#2c3037",
    "--ty-outline": "#5a616b",
    "--ty-plot-grid": "#3a4048",
    "--ty-plot-first": "#7fb0f0",
    "--ty-plot-second": "#f0a067",
    "--ty-plot-third": "#9aa3ad",
  },
});
