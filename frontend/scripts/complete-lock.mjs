/**
 * Adds to package-lock.json the optional platform packages that npm left out.
 *
 * A registry mirror that carries only some platforms makes `npm install` write a lock that
 * `npm ci` then refuses. An entry with the exact version is enough for every registry.
 */
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
const added = [];

function platformOf(name) {
  const cpu = /arm64|arm|x64|ia32|ppc64|riscv64|s390x/.exec(name)?.[0];
  const os = /linux|darwin|win32|android|freebsd|openharmony/.exec(name)?.[0];
  const libc = name.includes("-musl") ? "musl" : undefined;
  return { cpu: cpu && [cpu], os: os && [os], libc: libc && [libc] };
}

for (const [parent, meta] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(meta.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key]?.integrity || lock.packages[`${parent}/${key}`]) continue;
    if (!/^\d/.test(version)) continue;
    const flags = { dev: meta.dev, license: meta.license, optional: true };
    lock.packages[key] = { version, ...flags, ...platformOf(name) };
    added.push(`${name}@${version}`);
  }
}

lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length ? `added ${added.join(", ")}` : "the lock is complete");
