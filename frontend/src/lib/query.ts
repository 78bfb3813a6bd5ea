import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/lib/problem";

/** A refusal stays one; only what may pass by itself is tried again. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  return error.status === 0 || error.status === 429 || error.status >= 500;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (failures, error) => failures < 2 && mayPass(error),
      },
    },
  });
}
