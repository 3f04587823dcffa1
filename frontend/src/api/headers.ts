/** Django's CSRF token, from the cookie that came with the page. */
export function csrfToken(): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

/** A fresh key for a POST that must happen once. (`crypto.randomUUID` is missing on plain http.) */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** Options of a request that is carried out once, however often it is sent with this key. */
export const idempotent = (key: string = newIdempotencyKey()) => ({ headers: { "Idempotency-Key": key } });
