// Serves an app of `built/` as its framework's own server does, until its input ends:
// `node serve.mjs vite|next|next-dev PORT`.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { viteNames } from "./names.mjs";

const [name, port] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const built = join(here, "built");

const servers = {
  async vite() {
    const options = { root: built, logLevel: "error", cacheDir: join(built, ".vite"), ...viteNames(built) };
    const server = await createServer({ ...options, server: { port: Number(port), strictPort: true } });
    await server.listen();
  },
  next: () => next("start"),
  "next-dev": () => next("dev"),
};

await servers[name]();
console.log("ready");
process.stdin.on("end", () => process.exit()).resume();
process.on("SIGTERM", () => process.exit());

/** Next's own program, which ends with this one. */
async function next(command) {
  const program = join(here, "node_modules/next/dist/bin/next");
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  const child = spawn(process.execPath, [program, command, "--port", port], {
    cwd: join(built, "next-server"),
    env,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  // With those that it has started.
  process.on("exit", () => child.exitCode ?? process.kill(-child.pid, "SIGKILL"));
  child.on("exit", (code) => process.exit(code ?? 1));
  const output = child.stdout.setEncoding("utf8");
  await new Promise((ready) => output.on("data", (said) => said.includes("Ready") && ready()));
}
