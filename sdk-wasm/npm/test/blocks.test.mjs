// Every block of code that the site shows is run by some test, or read as what it is: here, where it is
// the page's business, or by the file that the table names.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { PAGES } from "../../../docs/site/build.mjs";
import { folder, load } from "./packed.mjs";

const repository = (name) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** `{ source, language, code, place }`, of documents and of types. */
const blocks = [...PAGES.map(([source]) => [source, readFileSync(repository(source), "utf8")]), ...types()].flatMap(
  ([source, text]) => {
    const found = [...text.matchAll(/^```(\S*)\n(.*?)^```$/gms)];
    assert.equal(found.length * 2, text.split("```").length - 1, `${source}: a fence that is none`);
    return found.map(([, language, code], place) => ({ source, language, code, place: place + 1 }));
  },
);

/** By language, or by language and source: the test that runs it, which names the source. */
const ELSEWHERE = {
  "": "tests/tests/sdk/documents.rs",
  ini: "tests/tests/sdk/documents.rs",
  js: "sdk-wasm/npm/test/samples.test.mjs",
  "js docs/oidc.md": "tests/outsiders/node/relying_party.mjs",
  sh: "tests/tests/sdk/documents.rs",
  "toml docs/identity-server.md": "identity-server/src/config/tests.rs",
  "toml docs/simulator.md": "tests/tests/sdk/documents.rs",
  "toml docs/ticket-api.md": "tests/tests/sdk/documents.rs",
  "c docs/ticket-api.md": "tests/tests/agent/programs.rs",
  python: "tests/tests/identity/guide.rs",
  rust: "tests/tests/identity/guide.rs",
  ts: "sdk-wasm/npm/test/samples.test.mjs",
};

/** What is run here. */
const HERE = { html, json: ({ code }) => JSON.parse(code), tsx };

for (const block of blocks) {
  const { source, language, place } = block;
  test(`${source}, block ${place} (${language})`, async () => {
    if (HERE[language]) return HERE[language](block);
    const file = ELSEWHERE[`${language} ${source}`] ?? ELSEWHERE[language];
    assert.ok(file, "nothing runs it");
    const text = readFileSync(repository(file), "utf8");
    assert.ok(text.includes(`${source}"`) || text.includes(`${source}\``), `${file} has nothing of it`);
  });
}

test("there are blocks of every kind", () => {
  const languages = new Set(blocks.map(({ language }) => language));
  assert.deepEqual([...languages].sort(), ["", "c", "html", "ini", "js", "json", "python", "rust", "sh", "toml", "ts", "tsx"]);
});

/** A page's own script hears the element's event; attributes are ones that elements have. */
async function html({ code }) {
  const readme = readFileSync(repository("sdk-wasm/npm/README.md"), "utf8");
  for (const [, element, attributes] of code.matchAll(/<(wardkey-[a-z-]+)([^>]*)>/g)) {
    const row = readme.split("\n").find((line) => line.startsWith(`| \`<${element}>\``));
    assert.ok(row, element);
    for (const [, name] of attributes.matchAll(/ ([a-z-]+)=/g)) assert.ok(row.includes(`\`${name}\``), name);
  }
  const [, script] = /<script type="module">\n(.*?)<\/script>/s.exec(code);
  assert.match(script, /^ *import "wardkey\/elements";$/m);
  await load("dist/elements.js");
  const heard = {};
  const element = { addEventListener: (event, handler) => (heard[event] = handler) };
  const document = { querySelector: (name) => (code.includes(`<${name}`) ? element : null) };
  const told = [];
  const tell = (ticket) => told.push(ticket);
  new Function("document", "openWard", "use", script.replace(/^ *import .*$/m, ""))(document, tell, tell);
  heard["wardkey-signed-in"]({ detail: { ticket: "ticket" } });
  assert.deepEqual(told, ["ticket"]);
}

/** A component's body, which compiles against the package's types; `tests/tests/sdk/react.rs` plays it. */
function tsx({ source, code }) {
  const project = join(folder, "sample");
  mkdirSync(project, { recursive: true });
  copyFileSync(new URL("../types/react.d.ts", import.meta.url), join(project, "react.d.ts"));
  const entry = source.replace("dist/", "wardkey/").replace(".d.ts", "");
  const hooks = [...new Set(code.match(/\buse[A-Z]\w+/g))];
  const text = `import { ${hooks.join(", ")} } from "${entry}";
    declare global { namespace JSX { interface IntrinsicElements { p: object; button: { disabled: boolean; onClick(): void } } } }
    export function Sample() {\n${code}}\n`;
  writeFileSync(join(project, "sample.tsx"), text);
  const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
  const options = ["--noEmit", "--strict", "--jsx", "preserve", "--target", "es2022", "--module", "nodenext"];
  const more = ["--types", "", "--lib", "es2022,dom,dom.iterable", "sample/react.d.ts", "sample/sample.tsx"];
  execFileSync(process.execPath, [tsc, ...options, ...more], { cwd: folder, stdio: "inherit" });
}

/** The package's types, without the stars of their comments. */
function types() {
  const names = readdirSync(join(folder, "dist"), { recursive: true }).filter((name) => name.endsWith(".d.ts"));
  return names.sort().map((name) => {
    const text = readFileSync(join(folder, "dist", name), "utf8");
    return [`dist/${name.replaceAll("\\", "/")}`, text.replace(/^ *\* ?/gm, "")];
  });
}
