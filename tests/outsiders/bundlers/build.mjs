// Installs the packed npm package as an app does, and builds one app with each bundler:
// `node build.mjs TARBALL`. What it makes is in `built/`, a folder each.

import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import webpack from "webpack";
import { viteNames } from "./names.mjs";

const [tarball] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const built = join(here, "built");
const run = promisify(execFile);

await rm(built, { recursive: true, force: true });
await cp(join(here, "app"), built, { recursive: true });
const manifest = { private: true, type: "module", dependencies: { wardkey: `file:${tarball}` } };
await writeFile(join(built, "package.json"), JSON.stringify(manifest));
const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
// It depends on nothing, so that nothing is fetched.
await run("npm", ["install", "--offline", "--omit=peer", ...quiet], { cwd: built });

const page = await readFile(join(built, "index.html"), "utf8");
const pageOf = async (folder) => {
  await mkdir(folder, { recursive: true });
  // Both others name their one script so.
  await writeFile(join(folder, "index.html"), page.replace("/main.js", "./main.js"));
};

const builds = {
  async plain() {
    const folder = join(built, "plain");
    await cp(join(built, "node_modules/wardkey"), join(folder, "wardkey"), { recursive: true });
    for (const name of ["index", "adapters", "content", "elements", "react", "slim", "web-eid"]) {
      await cp(join(built, `plain-${name}.html`), join(folder, `${name}.html`));
    }
    const react = await readFile(join(built, "plain-react.html"), "utf8");
    await writeFile(join(folder, "react-18.html"), react.replace("react.js", "react-18.js"));
    await cp(join(built, "elements.css"), join(folder, "elements.css"));
    await cp(join(built, "core"), join(folder, "core"), { recursive: true });
    for (const name of ["main", "adapters", "content", "elements", "slim", "web-eid"]) {
      const source = await readFile(join(built, `${name}.js`), "utf8");
      await writeFile(join(folder, `${name}.js`), withoutBundler(source));
    }
  },
  async vite() {
    const outDir = join(built, "vite");
    await vite({ root: built, logLevel: "error", build: { outDir }, ...viteNames(built) });
  },
  async webpack() {
    const path = join(built, "webpack");
    await pageOf(path);
    const compiler = webpack({
      context: built,
      mode: "production",
      entry: "./main.js",
      output: { path, filename: "main.js", chunkFormat: "module", module: true },
      experiments: { outputModule: true },
      resolve: { alias: { "core-address": join(built, "core/webpack.js") } },
      // The verifier is large, and loaded when it is needed.
      performance: { hints: false },
    });
    const stats = await promisify(compiler.run.bind(compiler))();
    if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
  },
  async esbuild() {
    const outdir = join(built, "esbuild");
    await pageOf(outdir);
    const options = { bundle: true, format: "esm", minify: true, logLevel: "error" };
    const entryPoints = [join(built, "main.js")];
    const names = { alias: { "core-address": join(built, "core/esbuild.js") }, loader: { ".wasm": "file" } };
    await esbuild({ ...options, ...names, entryPoints, outdir, splitting: true });
    // What a page loads that signs in and signs.
    const only = { contents: 'export * from "wardkey";', resolveDir: built };
    await esbuild({ ...options, stdin: only, outfile: join(built, "size/main.js") });
    await writeFile(join(built, "sample.jsx"), await sampleOfReact());
    const inReact = { jsx: "automatic", jsxDev: true, minify: false, entryPoints: [join(built, "react.jsx")] };
    await esbuild({ ...options, ...inReact, outfile: join(built, "plain/react.js") });
    const older = join(here, "react-18/node_modules");
    const alias = { react: join(older, "react"), "react-dom": join(older, "react-dom") };
    await esbuild({ ...options, ...inReact, alias, outfile: join(built, "plain/react-18.js") });
  },
  next: () => next("next"),
  "next-server": () => next("next-server"),
};

const wanted = process.argv[3]?.split(",") ?? Object.keys(builds);
await Promise.all(
  wanted.map(async (name) => {
    const begun = performance.now();
    await builds[name]();
    console.log(`${name} ${Math.round(performance.now() - begun)} ms`);
  }),
);

async function next(folder) {
  const program = join(here, "node_modules/next/dist/bin/next");
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  await run(process.execPath, [program, "build"], { cwd: join(built, folder), env });
}

/** The sample of the types of `wardkey/react`, as a component. */
async function sampleOfReact() {
  const types = await readFile(join(built, "node_modules/wardkey/dist/react.d.ts"), "utf8");
  const [, body] = /```tsx\n(.*?)```/s.exec(types.replace(/^ *\* ?/gm, ""));
  const hooks = [...new Set(body.match(/\buse[A-Z]\w+/g))].join(", ");
  return `import { ${hooks} } from "wardkey/react";\nexport function Sample() {\n${body}}\n`;
}

/** As a page names it that has no bundler. */
function withoutBundler(source) {
  const entry = /"wardkey(\/[a-z/-]+)?"/g;
  return source.replace('"core-address"', '"./core/plain.js"').replace(entry, (_, name = "/index") => `"./wardkey/dist${name}.js"`);
}
