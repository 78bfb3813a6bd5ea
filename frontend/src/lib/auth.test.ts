import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { api, server } from "@/test/server";
import { authFetch, ensureSignedIn, keepTokens, onSignedOut, refreshToken } from "./auth";

const tokens = (n: number) => ({
  access_token: `access-${n}`,
  refresh_token: `refresh-${n}`,
  expires_in: 900,
});

/** A server that takes only the newest tokens, as the real one does. */
function rotatingServer() {
  let current = 1;
  let refreshes = 0;
  server.use(
    http.get(api("/auth/me"), ({ request }) =>
      request.headers.get("authorization") === `Bearer access-${current}`
        ? HttpResponse.json({ name: "Ada" })
        : new HttpResponse(null, { status: 401 }),
    ),
    http.post(api("/auth/refresh"), async ({ request }) => {
      const body = (await request.json()) as { refresh_token: string };
      if (body.refresh_token !== `refresh-${current}`)
        return new HttpResponse(null, { status: 401 });
      refreshes += 1;
      current += 1;
      return HttpResponse.json(tokens(current));
    }),
  );
  return {
    expireAccess: () => {
      server.use(
        http.get(api("/auth/me"), () => new HttpResponse(null, { status: 401 }), { once: true }),
      );
    },
    refreshes: () => refreshes,
  };
}

describe("authFetch", () => {
  it("sends the access token", async () => {
    rotatingServer();
    keepTokens(tokens(1));
    expect((await authFetch(api("/auth/me"))).status).toBe(200);
  });

  it("refreshes once after a 401 and tries again", async () => {
    const backend = rotatingServer();
    keepTokens(tokens(1));
    backend.expireAccess();
    expect((await authFetch(api("/auth/me"))).status).toBe(200);
    expect(backend.refreshes()).toBe(1);
    expect(refreshToken()).toBe("refresh-2");
  });

  it("shares one refresh among requests that fail at once", async () => {
    const backend = rotatingServer();
    keepTokens({ ...tokens(1), access_token: "stale" });
    const answers = await Promise.all([1, 2, 3, 4].map(() => authFetch(api("/auth/me"))));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
    expect(backend.refreshes()).toBe(1);
  });

  it("sends a body again after the refresh", async () => {
    rotatingServer();
    const bodies: string[] = [];
    server.use(
      http.post(api("/agents"), async ({ request }) => {
        bodies.push(await request.text());
        const isFresh = request.headers.get("authorization") === "Bearer access-2";
        return new HttpResponse(null, { status: isFresh ? 201 : 401 });
      }),
    );
    keepTokens(tokens(1));
    const answer = await authFetch(api("/agents"), { method: "POST", body: "hello" });
    expect(answer.status).toBe(201);
    expect(bodies).toEqual(["hello", "hello"]);
  });

  it("tells who listens when the session is over", async () => {
    server.use(
      http.get(api("/auth/me"), () => new HttpResponse(null, { status: 401 })),
      http.post(api("/auth/refresh"), () => new HttpResponse(null, { status: 401 })),
    );
    const over = vi.fn();
    const stop = onSignedOut(over);
    keepTokens(tokens(1));
    expect((await authFetch(api("/auth/me"))).status).toBe(401);
    expect(over).toHaveBeenCalledOnce();
    expect(refreshToken()).toBeNull();
    stop();
  });

  it("keeps the session when the server is only down", async () => {
    server.use(
      http.get(api("/auth/me"), () => new HttpResponse(null, { status: 401 })),
      http.post(api("/auth/refresh"), () => new HttpResponse(null, { status: 503 })),
    );
    const over = vi.fn();
    const stop = onSignedOut(over);
    keepTokens(tokens(1));
    await authFetch(api("/auth/me"));
    expect(over).not.toHaveBeenCalled();
    expect(refreshToken()).toBe("refresh-1");
    stop();
  });
});

describe("ensureSignedIn", () => {
  it("is false without a token, and asks nobody", async () => {
    expect(await ensureSignedIn()).toBe(false);
  });

  it("signs in again after a reload with the kept refresh token", async () => {
    rotatingServer();
    localStorage.setItem("agentgrid.refresh", "refresh-1");
    expect(await ensureSignedIn()).toBe(true);
  });
});
