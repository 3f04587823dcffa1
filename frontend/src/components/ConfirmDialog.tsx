import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "../i18n/index.ts";
import { LazyModal } from "./LazyModal.tsx";

interface Props {
  title: string;
  /** What the button that does it says. */
  confirm: string;
  busy?: boolean;
  onClose: () => void;
  onConfirm: () => void;
  children: ReactNode;
}

/** Asks before what cannot be taken back. The way out has the focus. */
export function ConfirmDialog({ title, confirm, busy = false, onClose, onConfirm, children }: Props) {
  return (
    <LazyModal opened onClose={onClose} title={title} centered>
      {children}
      <Group justify="flex-end" mt="lg" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("common.keepIt")}
        </Button>
        <Button color="red" loading={busy} onClick={onConfirm}>
          {confirm}
        </Button>
      </Group>
    </LazyModal>
  );
}
