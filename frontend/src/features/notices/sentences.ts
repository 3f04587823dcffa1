/** What is told of each kind of notice, and the page where one goes on from it. */
import { paths } from "../../app/paths.ts";
import { shortMoney } from "../../format/money.ts";
import { knownText, t } from "../../i18n/index.ts";
import type { Notice } from "./queries.ts";

type Told = Record<string, string>;

interface Kind {
  sentence: (told: Told) => string;
  to: (told: Told) => string;
}

const job = ({ id = "" }: Told) => paths.job(id);
const invoice = ({ id = "" }: Told) => paths.invoice(id);
const fleet = () => paths.fleet;
const money = (amount = "0", currency = "USD") => shortMoney(amount, currency);

const KINDS: Record<Notice["type"], Kind> = {
  "job.succeeded": { sentence: (told) => t("notices.jobSucceeded", told), to: job },
  "job.failed": { sentence: (told) => t("notices.jobFailed", told), to: job },
  "job.paused": {
    sentence: ({ name, reason = "" }) =>
      t("notices.jobPaused", { name, reason: knownText(`terms.reasons.${reason}`) ?? reason }),
    to: job,
  },
  "dataset.version_rejected": {
    sentence: (told) => t("notices.dataRejected", told),
    to: ({ dataset_id = "", id = "" }) => paths.datasetVersion(dataset_id, id, "problems"),
  },
  "dataset.import_failed": {
    sentence: (told) => t("notices.importFailed", told),
    to: ({ dataset_id = "" }) => paths.dataset(dataset_id),
  },
  "budget.alerted": { sentence: (told) => t("notices.budgetAlerted", told), to: () => paths.budgets },
  "wallet.low_balance": {
    sentence: ({ balance, currency }) => t("notices.lowBalance", { balance: money(balance, currency) }),
    to: () => paths.billing,
  },
  "invoice.finalized": {
    sentence: ({ number, total, currency }) =>
      t("notices.invoiceFinalized", { number, total: money(total, currency) }),
    to: invoice,
  },
  "invoice.overdue": {
    sentence: ({ number, due, currency }) =>
      t("notices.invoiceOverdue", { number, due: money(due, currency) }),
    to: invoice,
  },
  "invitation.accepted": { sentence: (told) => t("notices.memberJoined", told), to: () => paths.members },
  "worker.lost": { sentence: (told) => t("notices.workerLost", told), to: fleet },
  "worker.quarantined": { sentence: (told) => t("notices.workerQuarantined", told), to: fleet },
};

/** The texts and numbers among what the event tells; of an error its message. */
function toldBy({ data }: Notice): Told {
  const { error, ...plain } = data as Record<string, unknown> & { error?: { message?: unknown } | null };
  const told: Told = {};
  for (const [name, value] of Object.entries({ ...plain, message: error?.message ?? "" }))
    if (typeof value === "string" || typeof value === "number") told[name] = `${value}`;
  return told;
}

export function inWords(notice: Notice): { sentence: string; to: string } {
  const { sentence, to } = KINDS[notice.type];
  const told = toldBy(notice);
  return { sentence: sentence(told), to: to(told) };
}
