import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const OUT_DIR = join(import.meta.dirname, "../src/agentgrid/web");
const API = process.env.AGENTGRID_API ?? "http://127.0.0.1:8001";

/** The API reference at /docs loads these from our own server: no CDN. */
const DOCS_ASSETS = ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"];

function docsAssets(): Plugin {
  return {
    name: "docs-assets",
    apply: "build",
    closeBundle() {
      const source = dirname(
        createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"),
      );
      const target = join(OUT_DIR, "docs-assets");
      mkdirSync(target, { recursive: true });
      for (const name of DOCS_ASSETS) copyFileSync(join(source, name), join(target, name));
    },
  };
}

export default defineConfig({
  plugins: [
    // It writes src/routeTree.gen.ts, which a test run must not touch.
    !process.env.VITEST && tanstackRouter({ target: "react", autoCodeSplitting: true }),
    react(),
    docsAssets(),
  ],
  resolve: { alias: { "@": join(import.meta.dirname, "src") } },
  build: { outDir: OUT_DIR, emptyOutDir: true, target: "es2023", chunkSizeWarningLimit: 900 },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      ["/api", "/v1", "/health", "/openapi.json", "/docs"].map((path) => [path, { target: API }]),
    ),
  },
  test: {
    environment: "happy-dom",
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 30_000,
  },
});
