import { setupServer } from "msw/node";

/** Every request a test allows is answered by a handler of that test. */
export const server = setupServer();

/** The address of an API path, as `fetch` sees it in the tests. */
export function api(path: string): string {
  return `${window.location.origin}/api/v1${path}`;
}
