import createClient from "openapi-fetch";
import { authFetch } from "@/lib/auth";
import { problemFrom, unreachable } from "@/lib/problem";
import type { paths } from "./schema";

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** `fetch` as the caller; throws `ApiError` for everything but success. */
async function checkedFetch(request: Request): Promise<Response> {
  const response = await authFetch(request).catch((error: unknown) => {
    throw isAbort(error) ? error : unreachable();
  });
  if (!response.ok) throw await problemFrom(response);
  return response;
}

/** The client of the API, typed by its description. */
export const client = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: checkedFetch,
});

/** The body of an answer; refusals have been thrown before. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

interface Streamed {
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** A request whose answer is read as it comes: events, or a file. */
export function open(
  method: "GET" | "POST",
  path: string,
  options: Streamed = {},
): Promise<Response> {
  const headers = new Headers(options.headers);
  if (options.body !== undefined) headers.set("content-type", "application/json");
  const url = new URL(`/api/v1${path}`, window.location.origin);
  const content = options.body === undefined ? undefined : JSON.stringify(options.body);
  return checkedFetch(new Request(url, { method, headers, body: content, signal: options.signal }));
}
