import { Button, Group, type MantineColor, Stack } from "@mantine/core";
import type { ReactNode, SubmitEvent } from "react";
import { t } from "../i18n/index.ts";
import { LazyModal } from "./LazyModal.tsx";
import { ProblemAlert } from "./ProblemAlert.tsx";

interface FormProps {
  /** What the button that does it says. */
  confirm: string;
  /** Of what takes something away. */
  color?: MantineColor | undefined;
  busy?: boolean;
  isReady?: boolean;
  /** Why it was refused, unless a field says so. */
  error?: Error | null | undefined;
  onClose: () => void;
  onSubmit: () => void;
  children: ReactNode;
}

/** The form of a dialog, its refusal above and its two ways out below. */
export function DialogForm(props: FormProps) {
  const { confirm, color, busy = false, isReady = true, error, onClose, onSubmit, children } = props;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      {error && <ProblemAlert error={error} />}
      {children}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {t("common.notNow")}
        </Button>
        <Button type="submit" loading={busy} disabled={!isReady} {...(color ? { color } : {})}>
          {confirm}
        </Button>
      </Group>
    </Stack>
  );
}

interface DialogProps extends FormProps {
  title: string;
  /** Whether a press beside it leaves it, too: not while something is on its way. */
  closeOnClickOutside?: boolean;
}

/** Asks for what an action needs, and does it. */
export function FormDialog({ title, closeOnClickOutside = true, ...form }: DialogProps) {
  return (
    <LazyModal opened onClose={form.onClose} title={title} centered closeOnClickOutside={closeOnClickOutside}>
      <DialogForm {...form} />
    </LazyModal>
  );
}
