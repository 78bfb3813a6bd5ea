/**
 * Photographs the studio's pages on a running installation, to be looked at.
 *
 *   AGENTGRID_URL=http://127.0.0.1:8001 EMAIL=you@example.com PASSWORD=... npm run screens
 *
 * On an installation without accounts it creates the first one. Pictures go to
 * test-results/screens, at 1440 x 900 in light and dark and at 390 x 844.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const BASE = process.env.AGENTGRID_URL ?? "http://127.0.0.1:8001";
const EMAIL = process.env.EMAIL ?? "ada@example.com";
const PASSWORD = process.env.PASSWORD ?? "a calm workspace";
const OUT = process.env.OUT ?? join(import.meta.dirname, "../../test-results/screens");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const DESKTOP = { width: 1440, height: 900 };
const LOOKS = [
  { name: "light", colorScheme: "light", viewport: DESKTOP },
  { name: "dark", colorScheme: "dark", viewport: DESKTOP },
  {
    name: "phone",
    colorScheme: "light",
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
  },
];

async function enter(page) {
  await page.goto(`${BASE}/agents`);
  await page.getByRole("button", { name: /^(Create account|Log in)$/ }).waitFor();
  const isNew = page.url().endsWith("/setup");
  if (isNew) await page.getByLabel("Your name").fill("Ada Lovelace");
  await page.getByLabel("E-mail").fill(EMAIL);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  return isNew;
}

async function demoAgent(page) {
  const setup = await page.request.get(`${BASE}/api/v1/setup`);
  return (await setup.json()).demo_agent_id;
}

async function ask(page, photograph) {
  await page.locator("main").getByRole("button").filter({ hasText: "?" }).first().click();
  await page.getByRole("button", { name: "Receipt of this answer" }).waitFor({ timeout: 120_000 });
  await photograph("answer");
  const source = page.getByRole("button", { name: /^Source \d/ }).first();
  if ((await source.count()) === 0) return;
  await source.click();
  await page.locator("mark").waitFor();
  await photograph("sources");
}

async function photographAll(page, look) {
  const photograph = async (name) => {
    await page.waitForTimeout(350);
    await page.screenshot({ path: join(OUT, `${name}-${look}.png`) });
  };
  await enter(page);
  await photograph("enter");
  await page.getByRole("button", { name: /^(Create account|Log in)$/ }).click();
  await page.getByRole("navigation").first().waitFor({ state: "attached" });
  await page.waitForURL(/\/agents/);
  const demo = await demoAgent(page);
  const pages = [["agents", "/agents"]];
  if (demo) {
    await page.goto(`${BASE}/agents/${demo}/chat`);
    await page.locator("main").getByRole("button").filter({ hasText: "?" }).first().waitFor();
    await photograph("welcome");
    await ask(page, photograph);
    for (const tab of ["knowledge", "instructions", "versions", "settings"]) {
      pages.push([tab, `/agents/${demo}/${tab}`]);
    }
  }
  pages.push(
    ["providers", "/admin/providers"],
    ["admin", "/admin/settings"],
    ["keys", "/account/api-keys"],
  );
  for (const [name, path] of pages) {
    await page.goto(BASE + path);
    await page.locator("main h1").first().waitFor();
    await photograph(name);
  }
}

mkdirSync(OUT, { recursive: true });
for (const { name, ...look } of LOOKS) {
  const profile = mkdtempSync(join(tmpdir(), "screens-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: FLAGS,
    ...look,
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.on("pageerror", (error) => console.error(`${page.url()}: ${error.message}`));
  page.on(
    "console",
    (line) => line.type() === "error" && console.error(`${page.url()}: ${line.text()}`),
  );
  try {
    await photographAll(page, name);
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
console.log(`The pictures are in ${OUT}`);
