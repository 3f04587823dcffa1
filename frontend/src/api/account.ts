/** A person's own log-in: password, second factor, passkeys and sessions. Most of it asks who it is anew after a while. */
import { allauth } from "./allauth.ts";
import { ApiProblem } from "./problem.ts";

export interface Authenticator {
  id?: number;
  type: "totp" | "recovery_codes" | "webauthn";
  name?: string;
  created_at: number;
  last_used_at: number | null;
  unused_code_count?: number;
}

export interface Session {
  id: number;
  ip: string;
  user_agent: string;
  created_at: number;
  last_seen_at?: number;
  is_current: boolean;
}

export interface TotpSetup {
  secret: string;
  /** `otpauth://…`, as a QR code shows it. */
  url: string;
}

const AUTHENTICATORS = "/account/authenticators";

export async function authenticators(): Promise<Authenticator[]> {
  return (await allauth<Authenticator[]>("GET", AUTHENTICATORS)).data ?? [];
}

/** What an authenticator app has to scan. */
export async function totpSetup(): Promise<TotpSetup> {
  const { meta } = await allauth("GET", `${AUTHENTICATORS}/totp`, { expected: [404] });
  const text = (name: string) => (typeof meta[name] === "string" ? meta[name] : "");
  return { secret: text("secret"), url: text("totp_url") };
}

export const activateTotp = (code: string) => allauth("POST", `${AUTHENTICATORS}/totp`, { body: { code } });

export const deactivateTotp = () => allauth("DELETE", `${AUTHENTICATORS}/totp`);

/** Fresh recovery codes; those before end. They are shown this once. */
export async function newRecoveryCodes(): Promise<string[]> {
  const { data } = await allauth<{ unused_codes?: string[] }>("POST", `${AUTHENTICATORS}/recovery-codes`, {
    body: {},
  });
  return data?.unused_codes ?? [];
}

export async function addPasskey(name: string): Promise<void> {
  const { data } = await allauth<{
    creation_options: { publicKey: PublicKeyCredentialCreationOptionsJSON };
  }>("GET", `${AUTHENTICATORS}/webauthn?passwordless`);
  if (!data) throw new ApiProblem("", 0, "refused");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(data.creation_options.publicKey);
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential | null;
  await allauth("POST", `${AUTHENTICATORS}/webauthn`, {
    body: { name, credential: credential?.toJSON() as unknown },
  });
}

export const removePasskey = (id: number) =>
  allauth("DELETE", `${AUTHENTICATORS}/webauthn`, { body: { authenticators: [id] } });

export async function sessions(): Promise<Session[]> {
  return (await allauth<Session[]>("GET", "/auth/sessions")).data ?? [];
}

export const endSessions = (ids: number[]) =>
  allauth("DELETE", "/auth/sessions", { body: { sessions: ids }, expected: [401] });

export const changePassword = (current: string, replacement: string) =>
  allauth("POST", "/account/password/change", {
    body: { current_password: current, new_password: replacement },
  });

/** Says anew who it is; afterwards the call that asked for it may be repeated. */
export const reauthenticate = (password: string) =>
  allauth("POST", "/auth/reauthenticate", { body: { password } });
