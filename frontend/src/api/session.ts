/** Signing up, logging in and out, and what e-mails lead to. */
import { allauth } from "./allauth.ts";
import { ApiProblem } from "./problem.ts";

const STATED = "meta[name=trainyard-session]";

/** Whether the page was served to somebody without a session, so that asking the API would be in vain. */
export function knownToBeLoggedOut(): boolean {
  return document.querySelector(STATED)?.getAttribute("content") === "none";
}

/** What has to happen before somebody is in: nothing, a code of the second factor, or a look at the mail. */
export type NextStep = "none" | "second_factor" | "verify_email";

function nextStep(status: number, pending: string[]): NextStep {
  if (status !== 401) {
    document.querySelector(STATED)?.setAttribute("content", "open");
    return "none";
  }
  return pending.includes("mfa_authenticate") ? "second_factor" : "verify_email";
}

const PENDING = ["mfa_authenticate", "verify_email"];

/** Runs a call that logs in; 401 is no failure where a further step is pending. 409: somebody is logged in already. */
async function enter(path: string, body: object): Promise<NextStep> {
  const { status, pending } = await allauth("POST", path, { body, expected: [401, 409] });
  if (status === 401 && !pending.some((flow) => PENDING.includes(flow))) {
    throw new ApiProblem("", 401, "refused");
  }
  return nextStep(status, pending);
}

export const logIn = (email: string, password: string): Promise<NextStep> =>
  enter("/auth/login", { email, password });

/** The six digits of an authenticator app, or a recovery code. */
export const confirmSecondFactor = (code: string): Promise<NextStep> =>
  enter("/auth/2fa/authenticate", { code });

export interface NewAccount {
  email: string;
  password: string;
  name: string;
  organization: string;
  invitation: string;
}

export const signUp = (account: NewAccount): Promise<NextStep> => enter("/auth/signup", account);

/** Uses the key of the verification mail; without a session of that browser the person logs in afterwards. */
export async function verifyEmail(key: string): Promise<NextStep> {
  const { status } = await allauth("POST", "/auth/email/verify", { body: { key }, expected: [401] });
  return status === 401 ? "verify_email" : nextStep(status, []);
}

export async function requestPasswordReset(email: string): Promise<void> {
  await allauth("POST", "/auth/password/request", { body: { email } });
}

/** 401: done, and nobody is logged in by it. */
export async function resetPassword(key: string, password: string): Promise<void> {
  await allauth("POST", "/auth/password/reset", { body: { key, password }, expected: [401] });
}

export async function logOut(): Promise<void> {
  await allauth("DELETE", "/auth/session", { expected: [401] }); // 401: the session it was asked about is gone
}

export async function logInWithPasskey(): Promise<NextStep> {
  const { data } = await allauth<{ request_options: { publicKey: PublicKeyCredentialRequestOptionsJSON } }>(
    "GET",
    "/auth/webauthn/login",
  );
  if (!data) throw new ApiProblem("", 0, "refused");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(data.request_options.publicKey);
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
  return enter("/auth/webauthn/login", { credential: credential?.toJSON() as unknown });
}
