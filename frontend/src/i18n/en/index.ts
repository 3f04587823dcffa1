import { auth } from "./auth.ts";
import { billing } from "./billing.ts";
import { charts } from "./charts.ts";
import { chat } from "./chat.ts";
import { common } from "./common.ts";
import { compare } from "./compare.ts";
import { data } from "./data.ts";
import { dataTerms } from "./dataTerms.ts";
import { home } from "./home.ts";
import { fields } from "./fields.ts";
import { format } from "./format.ts";
import { jobDetails } from "./jobDetails.ts";
import { jobs } from "./jobs.ts";
import { models } from "./models.ts";
import { newJob } from "./newJob.ts";
import { notices } from "./notices.ts";
import { operators } from "./operators.ts";
import { problems } from "./problems.ts";
import { results } from "./results.ts";
import { settings } from "./settings.ts";
import { shell } from "./shell.ts";
import { terms } from "./terms.ts";
import { tryModel } from "./tryModel.ts";
import { verdict } from "./verdict.ts";
import { webhooks } from "./webhooks.ts";

/**
 * The texts of the dashboard by screen, as ICU messages: `{name}` is filled in, and `{count, plural, one {…} other {…}}` takes
 * the form for a number.
 */
export const en = {
  auth,
  billing,
  charts,
  chat,
  common,
  compare,
  data,
  dataTerms,
  fields,
  format,
  home,
  jobDetails,
  jobs,
  models,
  newJob,
  notices,
  operators,
  problems,
  results,
  settings,
  shell,
  terms,
  tryModel,
  verdict,
  webhooks,
};
