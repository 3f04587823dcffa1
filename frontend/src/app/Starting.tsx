import { Center, Loader } from "@mantine/core";
import { t } from "../i18n/index.ts";

/** While the code of a screen is under way, the first time. */
export function Starting() {
  return (
    <Center mih="60vh" className="late">
      <Loader size="sm" aria-label={t("shell.loading")} />
    </Center>
  );
}
