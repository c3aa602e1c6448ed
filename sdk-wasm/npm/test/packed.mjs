// The packed package, unpacked: what is tested is what is handed out.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const npm = fileURLToPath(new URL("..", import.meta.url));

export const { version } = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
export const tarball = join(npm, `wardkey-${version}.tgz`);
if (!existsSync(tarball)) {
  throw new Error(`${tarball} is missing: cargo run -p wardkey-sdk-build`);
}

/** The unpacked package's folder. */
export const folder = (() => {
  const folder = mkdtempSync(join(tmpdir(), "wardkey-npm-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  execFileSync("tar", ["-xzf", tarball, "-C", folder]);
  return join(folder, "package");
})();

/** Imports a module of the package. */
export const load = (name) => import(pathToFileURL(join(folder, name)).href);
