// Builds the documentation site from its sources: `cargo xtask package site`, or by itself
// `node docs/site/build.mjs OUT`. The references of the npm package, which has to have been built once, and of
// the crates are made on the way.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { escape, html } from "./markdown.mjs";
import { reference } from "./reference.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Source, name in the menu. */
export const PAGES = [
  ["README.md", "Wardkey"],
  ["docs/simulator.md", "Five minutes, with the simulator"],
  ["docs/web-developers.md", "For web developers"],
  ["docs/oidc.md", "Sign-in with OpenID Connect"],
  ["docs/ticket.md", "Sign-in with ticket and RoleAssertion"],
  ["sdk-wasm/npm/README.md", "The npm package"],
  ["docs/authenticate.md", "authenticate"],
  ["docs/verifying.md", "Verifying in any language"],
  ["docs/testing.md", "Testing your app"],
  ["docs/deploying.md", "Deploying"],
  ["docs/passcode.md", "Passcodes"],
  ["docs/policy.md", "Policy"],
  ["docs/doctor.md", "Doctor"],
  ["docs/remote-cards.md", "Remote cards"],
  ["docs/ticket-api.md", "Ticket API"],
  ["docs/identity-server.md", "Running the Identity Server"],
  ["identity-server/README.md", "Identity Server"],
  ["SECURITY.md", "Threat model"],
  ["CONTRIBUTING.md", "Contributing"],
  ["CHANGELOG.md", "Changelog"],
];

/** What they write as code is the package's. */
const OF_PACKAGE = new Set([
  "docs/authenticate.md",
  "docs/testing.md",
  "docs/ticket.md",
  "docs/verifying.md",
  "docs/web-developers.md",
  "sdk-wasm/npm/README.md",
]);

/** The crates that backends use, and those whose types are in what these say. */
export const CRATES = ["signatures", "spine", "pki", "crypto", "xml", "revocation", "protocol"];

/** Builds the site; its own pages. */
export async function build(out) {
  mkdirSync(out, { recursive: true });
  cpSync(rustdoc(), join(out, "rust"), { recursive: true });
  const names = new Map(PAGES.map(([source]) => [source, fileOf(source)]));
  const places = await reference(join(out, "reference"), join(repository, "sdk-wasm/npm"), {
    repository,
    sources: REPOSITORY,
    links: { Guides: "index.html", "Errors and remedies": "errors.html" },
  });
  const written = PAGES.map(([source, title]) => {
    const link = (to) => linkFrom(source, to, names);
    const placeOf = OF_PACKAGE.has(source) ? (code) => named(code, places) : undefined;
    return page(out, names.get(source), title, html(read(source), link, placeOf));
  });
  const same = (to) => to;
  written.push(page(out, "errors.html", "Errors and remedies", html(errors(), same)));
  written.push(page(out, "rust.html", "Rust crates", html(crates(), same)));
  cpSync(join(repository, "docs/site/style.css"), join(out, "style.css"));
  cpSync(join(repository, "docs/sign.png"), join(out, "sign.png"));
  return written;
}

/** Pages of no source. */
const BESIDE = new Map([
  ["errors.html", "Errors and remedies"],
  ["reference/index.html", "Reference"],
  ["rust.html", "Rust crates"],
]);

/** What the protocol's table says of every error, by who can do something about it. */
function errors() {
  const table = JSON.parse(read(ERRORS));
  const known = new Set(PARTIES.map(([party]) => party));
  const stranger = table.find(({ party }) => !known.has(party));
  if (stranger) throw new Error(`${stranger.code}: whose is ${stranger.party}?`);
  const cell = (text) => text.replaceAll("|", "\\|");
  const parts = PARTIES.map(([party, title]) => {
    const rows = table
      .filter((error) => error.party === party)
      .map(({ code, message, remedy }) => `| \`${code}\` | ${cell(message)} | ${cell(remedy)} |`);
    return `## ${title}\n\n\`party\` is \`${party}\`.\n\n| Code | Meaning | Remedy |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `# Errors and remedies\n\n${ABOUT_ERRORS}\n\n${parts.join("\n")}`;
}

function crates() {
  const entries = CRATES.map((crate) => {
    const [, about] = /^description = "(.*)"$/m.exec(read(`crates/${crate}/Cargo.toml`));
    return `- [wardkey-${crate}](rust/wardkey_${crate}/index.html): ${about}`;
  });
  return `# Rust crates\n\n${entries.join("\n")}\n`;
}

/** Has rustdoc document the crates, in which no link may lead nowhere; where. */
function rustdoc() {
  const named = CRATES.flatMap((crate) => ["--package", `wardkey-${crate}`]);
  const target = join(repository, "target/site-rust");
  const options = ["--quiet", "--no-deps", "--lib", "--all-features", "--target-dir", target];
  const env = { ...process.env, RUSTDOCFLAGS: "-Dwarnings" };
  execFileSync("cargo", ["doc", ...options, ...named], { cwd: repository, env, stdio: "inherit" });
  return join(target, "doc");
}

/** Where the reference has what a piece of code names: an entry, an export, or a call of a connection's. */
function named(code, places) {
  const [, before, name, call] = /^(wardkey\.)?([\w/-]+)(\(.*\))?$/.exec(code) ?? [];
  const place = (before || call ? places.get(`wardkey.${name}`) : undefined) ?? places.get(name);
  return place && `reference/${place}`;
}

/** An address in one document, as it is on the site: other sources are in the repository. */
function linkFrom(source, to, names) {
  const inRepository = to.startsWith(`${REPOSITORY}/`);
  if ((/^[a-z]+:/.test(to) && !inRepository) || to.startsWith("#")) return to;
  const [path, fragment] = to.split("#");
  const target = inRepository
    ? path.slice(REPOSITORY.length + 1)
    : posix.normalize(posix.join(dirname(source), path));
  const here = names.get(target) ?? NOT_PAGES.get(target);
  return (here ?? `${REPOSITORY}/${target}`) + (fragment ? `#${fragment}` : "");
}

function page(out, file, title, body) {
  const entry = ([to, name]) =>
    `<li><a href="${to}"${to === file ? ' aria-current="page"' : ""}>${escape(name)}</a></li>`;
  const menu = [...PAGES.map(([source, name]) => [fileOf(source), name]), ...BESIDE].map(entry).join("");
  const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}: Wardkey</title>
<link rel="stylesheet" href="style.css">
<a class="skip" href="#main">Skip to the text</a>
<nav aria-label="Pages"><ul>${menu}</ul></nav>
<main id="main">
${body}
</main>
</html>
`;
  writeFileSync(join(out, file), text);
  return file;
}

function read(source) {
  return readFileSync(join(repository, source), "utf8");
}

function fileOf(source) {
  if (source === "README.md") return "index.html";
  return `${source.replace(/^docs\//, "").replace(/\.md$/, "").replaceAll("/", "-").toLowerCase()}.html`;
}

const ERRORS = "crates/protocol/bindings/errors.json";

/** Who can do something about an error. */
const PARTIES = [
  ["user", "The user"],
  ["page", "The page, and who wrote it"],
  ["device", "Card and reader"],
  ["installation", "The computer"],
  ["server", "The Identity Server"],
  ["bug", "Wardkey itself"],
];

const ABOUT_ERRORS = `Every call ends with its result or with a \`WardkeyError\`, whose \`code\` is one of these. Codes are stable: the
list only grows. \`message\` and \`remedy\` are the sentences below, fit to be shown; \`details\` has the facts,
such as the tries that are left.`;

/** What else the documents lead to, and where it is on the site. */
const NOT_PAGES = new Map([
  ["docs/sign.png", "sign.png"],
  [ERRORS, "errors.html"],
]);

const REPOSITORY = "https://github.com/wardkey/wardkey/blob/main";

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = process.argv[2] ?? join(repository, "target/site");
  if (!existsSync(new URL("node_modules", import.meta.url))) {
    const install = ["ci", "--silent", "--no-audit", "--no-fund", "--prefix", join(repository, "docs/site")];
    execFileSync("npm", install, { stdio: "inherit" });
  }
  console.log(`${(await build(out)).length} pages in ${out}, and the references`);
}
