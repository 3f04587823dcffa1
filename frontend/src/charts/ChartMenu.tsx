import { ActionIcon, Group } from "@mantine/core";
import { IconDownload, IconLogicXor, IconMaximize, IconMathFunction } from "@tabler/icons-react";
import { LazyMenu } from "../components/LazyMenu.tsx";
import { t } from "../i18n/index.ts";

export type ExportFormat = "png" | "svg" | "csv";

interface Props {
  title: string;
  log: boolean;
  all: boolean;
  hasOutliers: boolean;
  onLog: () => void;
  onAll: () => void;
  onFullScreen?: (() => void) | undefined;
  onExport: (format: ExportFormat) => void;
  formats: readonly ExportFormat[];
}

const FORMAT_WORDS = { png: t("charts.asPng"), svg: t("charts.asSvg"), csv: t("charts.asCsv") } as const;

/** The tools of one chart. */
export function ChartMenu(props: Props) {
  const { title, log, all, hasOutliers, onLog, onAll, onFullScreen, onExport, formats } = props;
  return (
    <Group gap={2} wrap="nowrap">
      {(hasOutliers || all) && (
        <Tool label={t("charts.outliersToo", { title })} pressed={all} onClick={onAll}>
          <IconLogicXor size={16} aria-hidden />
        </Tool>
      )}
      <Tool label={t("charts.logarithmic", { title })} pressed={log} onClick={onLog}>
        <IconMathFunction size={16} aria-hidden />
      </Tool>
      {onFullScreen && (
        <Tool label={t("charts.fullScreen", { title })} onClick={onFullScreen}>
          <IconMaximize size={16} aria-hidden />
        </Tool>
      )}
      <LazyMenu
        items={formats.map((format) => ({ label: FORMAT_WORDS[format], onClick: () => onExport(format) }))}
        target={(button) => (
          <ActionIcon {...button} variant="subtle" color="gray" aria-label={t("charts.download", { title })}>
            <IconDownload size={16} aria-hidden />
          </ActionIcon>
        )}
      />
    </Group>
  );
}

interface ToolProps {
  label: string;
  pressed?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function Tool({ label, pressed, onClick, children }: ToolProps) {
  return (
    <ActionIcon
      variant={pressed ? "light" : "subtle"}
      color={pressed ? "signal" : "gray"}
      aria-label={label}
      title={label}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      onClick={onClick}
    >
      {children}
    </ActionIcon>
  );
}
