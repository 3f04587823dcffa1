import { LazyModal } from "../../components/LazyModal.tsx";
import { ShownOnce } from "../../components/ShownOnce.tsx";
import { t } from "../../i18n/index.ts";

/** The secret that signs an endpoint's messages, this once. */
export function Secret({ secret, title, onClose }: { secret: string; title: string; onClose: () => void }) {
  return (
    <LazyModal opened onClose={onClose} title={title} centered closeOnClickOutside={false}>
      <ShownOnce secret={secret} onClose={onClose}>
        {t("webhooks.secretOnce")}
      </ShownOnce>
    </LazyModal>
  );
}
