/** Only addresses of this site: a link must not send somebody elsewhere after the login. */
export function ownAddress(target: unknown): string | undefined {
  return typeof target === "string" && /^\/(?![/\\])/.test(target) ? target : undefined;
}
