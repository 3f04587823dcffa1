/** Addresses of the dashboard's screens: the only place that spells them. */

const id = (value: string): string => encodeURIComponent(value);

/** Tabs of a job's page beside its first. */
export type JobTab = "results" | "model" | "charts" | "logs" | "timeline" | "cost" | "spec";

/** Tabs of a model's page beside its first. */
export type ModelTab = "results" | "try" | "files" | "use" | "lineage";

/** Tabs of a dataset's page beside its first. */
export type DatasetTab = "preview" | "versions" | "problems" | "jobs";

export const paths = {
  home: "/",
  login: "/login",
  signUp: "/sign-up",
  signUpInvited: (key: string, email: string) => `/sign-up?invitation=${id(key)}&email=${id(email)}`,
  forgotPassword: "/reset-password",
  invitation: (key: string) => `/invitations/${id(key)}`,
  data: "/data",
  newDataset: "/data/new",
  dataset: (dataset: string) => `/data/${id(dataset)}`,
  /** One version of a dataset, or with `null` its newest. */
  datasetVersion: (dataset: string, version: string | null, tab?: DatasetTab) =>
    `/data/${id(dataset)}${tab ? `/${tab}` : ""}${version ? `?version=${id(version)}` : ""}`,
  jobs: "/jobs",
  /** The list of jobs in a view of it. */
  jobsAs: (view: string) => (view ? `/jobs?${view}` : "/jobs"),
  compare: (jobs: readonly string[]) => `/jobs/compare?ids=${jobs.map(id).join(",")}`,
  newJob: "/jobs/new",
  /** A new job on a dataset's version. */
  trainOn: (dataset: string, version: string) => `/jobs/new?dataset=${id(dataset)}&version=${id(version)}`,
  /** A new job like another one; `retry` changes what the hint of its failure asks for. */
  cloneJob: (job: string, retry = false) => `/jobs/new?clone=${id(job)}${retry ? "&retry=1" : ""}`,
  job: (job: string) => `/jobs/${id(job)}`,
  jobTab: (job: string, tab: JobTab) => `/jobs/${id(job)}/${tab}`,
  models: "/models",
  model: (model: string) => `/models/${id(model)}`,
  modelTab: (model: string, tab: ModelTab) => `/models/${id(model)}/${tab}`,
  billing: "/billing",
  ledger: "/billing/ledger",
  invoices: "/billing/invoices",
  invoice: (invoice: string) => `/billing/invoices/${id(invoice)}`,
  budgets: "/billing/budgets",
  settings: "/settings",
  members: "/settings/members",
  apiKeys: "/settings/api-keys",
  webhooks: "/settings/webhooks",
  security: "/settings/security",
  device: "/device",
  auditLog: "/settings/audit-log",
  plan: "/billing/plan",
  webhook: (endpoint: string) => `/settings/webhooks/${id(endpoint)}`,
  fleet: "/operate/fleet",
  queue: "/operate/queue",
  tenants: "/operate/tenants",
  tenant: (organization: string) => `/operate/tenants/${id(organization)}`,
  allJobs: "/operate/jobs",
  /** Jobs of one organization. */
  allJobsOf: (organization: string) => `/operate/jobs?organization=${id(organization)}`,
  prices: "/operate/prices",
  allInvoices: "/operate/invoices",
  dunning: "/operate/dunning",
  revenue: "/operate/revenue",
  health: "/operate/health",
} as const;

/** The login that leads back to `address`. */
export const loginBackTo = (address: string): string => `${paths.login}?next=${encodeURIComponent(address)}`;

const PUBLIC = [paths.login, paths.signUp, paths.forgotPassword, "/verify-email", "/invitations"];

/** Whether somebody who is not logged in may be at this address. */
export const isPublic = (pathname: string): boolean =>
  PUBLIC.some((place) => pathname === place || pathname.startsWith(`${place}/`));
