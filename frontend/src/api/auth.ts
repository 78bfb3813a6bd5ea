import { queryOptions } from "@tanstack/react-query";
import { call } from "@/api/http";
import type { ApiKey, NewApiKey, Page, Setup, TokenPair, User } from "@/api/types";
import { forgetTokens, keepTokens, refreshToken } from "@/lib/auth";

export const setupQuery = () =>
  queryOptions({
    queryKey: ["setup"],
    queryFn: ({ signal }) => call<Setup>("GET", "/setup", { signal }),
    staleTime: 60_000,
  });

export const meQuery = () =>
  queryOptions({
    queryKey: ["me"],
    queryFn: ({ signal }) => call<User>("GET", "/auth/me", { signal }),
    staleTime: 5 * 60_000,
  });

export const apiKeysQuery = () =>
  queryOptions({
    queryKey: ["api-keys"],
    queryFn: ({ signal }) =>
      call<Page<ApiKey>>("GET", "/api-keys", { signal, query: { limit: 200 } }),
  });

interface Credentials {
  email: string;
  password: string;
}

export async function login(credentials: Credentials): Promise<void> {
  keepTokens(await call<TokenPair>("POST", "/auth/login", { body: credentials }));
}

export async function register(account: Credentials & { name: string }): Promise<void> {
  await call<User>("POST", "/auth/register", { body: account });
  await login({ email: account.email, password: account.password });
}

export async function logout(): Promise<void> {
  const token = refreshToken();
  forgetTokens();
  if (token)
    await call<void>("POST", "/auth/logout", { body: { refresh_token: token } }).catch(
      () => undefined,
    );
}

export const updateMe = (change: {
  name?: string;
  current_password?: string;
  new_password?: string;
}) => call<User>("PATCH", "/auth/me", { body: change });

export const createApiKey = (key: { name: string; expires_in_days?: number }) =>
  call<NewApiKey>("POST", "/api-keys", { body: key });

export const deleteApiKey = (id: string) => call<void>("DELETE", `/api-keys/${id}`);
