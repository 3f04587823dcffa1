import { Button } from "@mantine/core";
import { IconPackageImport } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { loadTexts, t } from "../../i18n/index.ts";

/** Loaded when it is first opened. */
const ImportDialog = lazy(async () => {
  await loadTexts(["data"]);
  return import("./ImportDialog.tsx").then((module) => ({ default: module.ImportDialog }));
});

/** Opens the dialog for an adapter that was trained elsewhere. */
export function ImportButton() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPackageImport size={16} stroke={1.6} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        {t("models.importAnAdapter")}
      </Button>
      <Suspense>{isOpen && <ImportDialog onClose={() => setOpen(false)} />}</Suspense>
    </>
  );
}
