/**
 * Who is signed in, for every request.
 *
 * The access token lives in memory only; the refresh token in localStorage, so that a reload
 * stays signed in. A refresh token works once, and using an old one signs everybody out: so
 * one refresh runs at a time, in this tab (a shared promise) and across tabs (a Web Lock).
 */
const REFRESH_KEY = "agentgrid.refresh";
const EARLY_MS = 10_000;

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

let access: { token: string; expires: number } | null = null;
let refreshing: Promise<boolean> | null = null;
const listeners = new Set<() => void>();

export function keepTokens(tokens: Tokens): void {
  access = { token: tokens.access_token, expires: Date.now() + tokens.expires_in * 1000 };
  localStorage.setItem(REFRESH_KEY, tokens.refresh_token);
}

export function refreshToken(): string | null {
  return localStorage.getItem(REFRESH_KEY);
}

export function forgetTokens(): void {
  access = null;
  localStorage.removeItem(REFRESH_KEY);
}

/** Called when a session ends that nobody ended on purpose. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  // Web Locks exist in secure contexts only; a plain-HTTP LAN address goes without.
  if (!navigator.locks) return work();
  return navigator.locks.request("agentgrid.refresh", work) as Promise<T>;
}

async function exchange(): Promise<boolean> {
  const token = refreshToken();
  if (!token) return false;
  const response = await fetch("/api/v1/auth/refresh", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refresh_token: token }),
  });
  if (response.ok) {
    keepTokens((await response.json()) as Tokens);
    return true;
  }
  // Only a refusal ends the session; a server that is down keeps the token for later.
  if (response.status < 500 && response.status !== 429) forgetTokens();
  return false;
}

/** True when there is a fresh access token afterwards. Many callers share one exchange. */
function refresh(): Promise<boolean> {
  refreshing ??= exclusively(exchange).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

function isFresh(): boolean {
  return access !== null && access.expires - Date.now() > EARLY_MS;
}

/** Whether somebody is signed in, refreshing after a reload. Throws when the server is away. */
export async function ensureSignedIn(): Promise<boolean> {
  return isFresh() || refresh();
}

function withToken(request: Request): Request {
  const copy = request.clone();
  if (access) copy.headers.set("authorization", `Bearer ${access.token}`);
  return copy;
}

/** `fetch` with the caller's token; a 401 refreshes once and tries again. */
export async function authFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (access && !isFresh()) await refresh();
  const first = await fetch(withToken(request));
  if (first.status !== 401) return first;
  const spent = access?.token ?? null;
  const renewed = (access !== null && access.token !== spent) || (await refresh());
  if (renewed) return fetch(withToken(request));
  if (!refreshToken()) for (const listener of listeners) listener();
  return first;
}

/** The `authorization` header, for what `fetch` can't do; a new one when `refused` was the last. */
export async function authorization(refused?: string): Promise<string | null> {
  if (access && (!isFresh() || refused === `Bearer ${access.token}`)) await refresh();
  return access && `Bearer ${access.token}`;
}
