import { Center, Loader } from "@mantine/core";
import { t } from "../i18n/index.ts";

/** While the code of the first screen is under way. */
export function Starting() {
  return (
    <Center mih="100vh">
      <Loader size="sm" aria-label={t("shell.loading")} />
    </Center>
  );
}
