import { queryOptions } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import { forgetTokens, keepTokens, refreshToken } from "@/lib/auth";

export const setupQuery = () =>
  queryOptions({
    queryKey: ["setup"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/setup", { signal })),
    staleTime: 60_000,
  });

export const meQuery = () =>
  queryOptions({
    queryKey: ["me"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/auth/me", { signal })),
    staleTime: 5 * 60_000,
  });

export const apiKeysQuery = () =>
  queryOptions({
    queryKey: ["api-keys"],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/api-keys", { signal, params: { query: { limit: 200 } } })),
  });

interface Credentials {
  email: string;
  password: string;
}

export async function login(credentials: Credentials): Promise<void> {
  keepTokens(await body(client.POST("/api/v1/auth/login", { body: credentials })));
}

export async function register(account: Credentials & { name: string }): Promise<void> {
  await client.POST("/api/v1/auth/register", { body: account });
  await login({ email: account.email, password: account.password });
}

export async function logout(): Promise<void> {
  const refresh_token = refreshToken();
  if (refresh_token) {
    // A server that can't be reached must not keep anybody signed in here.
    await client.POST("/api/v1/auth/logout", { body: { refresh_token } }).catch(() => undefined);
  }
  forgetTokens();
}

interface MeChange {
  name?: string;
  current_password?: string;
  new_password?: string;
}

export const updateMe = (change: MeChange) =>
  body(client.PATCH("/api/v1/auth/me", { body: change }));

export const createApiKey = (key: { name: string; expires_in_days?: number }) =>
  body(client.POST("/api/v1/api-keys", { body: key }));

export const deleteApiKey = (key_id: string) =>
  client.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id } } });
