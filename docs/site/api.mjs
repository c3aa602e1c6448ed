// The package's reference, from the types that it is handed out with.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Markdown for one entry: what it says of itself, and each thing that it exports. */
export function reference(dist, entry, file) {
  const source = readFileSync(join(dist, file), "utf8");
  const about = comment(/^\s*\/\*\*[\s\S]*?\*\//.exec(source)?.[0] ?? "");
  const parts = exported(dist, file)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { doc, text }]) => `### ${name}\n\n${doc}\n\n\`\`\`ts\n${text}\n\`\`\`\n`);
  return `## ${entry}\n\n${about}\n\n${parts.join("\n")}`;
}

/** Name and declaration of whatever a module exports. */
function exported(dist, file) {
  const source = readFileSync(join(dist, file), "utf8");
  const found = new Map(declared(source));
  const from = (next) => join(dirname(file), next.replace(/\.js$/, ".d.ts"));
  for (const [, next] of source.matchAll(/^export \* from "([^"]+)"/gm)) {
    for (const [name, declaration] of exported(dist, from(next))) found.set(name, declaration);
  }
  for (const [, names, next] of source.matchAll(/^(?:export|import)(?: type)? \{([^}]+)\} from "([^"]+)"/gm)) {
    const there = new Map(exported(dist, from(next)));
    const isExport = new RegExp(`^export(?: type)? \\{${escapeRegExp(names)}\\} from`, "m").test(source);
    const own = /^export (?:type )?\{([^}]+)\};/m.exec(source)?.[1] ?? "";
    for (const name of names.split(",").map(bare).filter(Boolean)) {
      const wanted = isExport || own.split(",").map(bare).includes(name);
      if (wanted && there.has(name)) found.set(name, there.get(name));
    }
  }
  return [...found];
}

const bare = (name) => name.replace(/\btype\b/, "").trim();
const escapeRegExp = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What a module declares and exports at once. */
function* declared(source) {
  const pattern = /^(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export (?:declare )?(?:abstract )?(?:async )?(?:function|class|interface|type|const) (\w+)/gm;
  for (const match of source.matchAll(pattern)) {
    const begin = match.index + (match[1]?.length ?? 0);
    const text = source.slice(begin, end(source, begin)).replace(/^export (declare )?/, "");
    yield [match[2], { doc: comment(match[1] ?? ""), text: text.replace(/^\s*#private;\n/m, "") }];
  }
}

/** Where a declaration ends: at its last brace, or at a semicolon outside of all. */
function end(source, begin) {
  let depth = 0;
  for (let at = begin; at < source.length; at += 1) {
    if (source.startsWith("/*", at)) at = source.indexOf("*/", at) + 1;
    else if ("{(".includes(source[at])) depth += 1;
    else if ("})".includes(source[at])) {
      depth -= 1;
      if (depth === 0 && source[at] === "}" && /^\n/.test(source.slice(at + 1))) return at + 1;
    } else if (source[at] === ";" && depth === 0) return at + 1;
  }
  return source.length;
}

/** A documentation comment as Markdown. */
function comment(text) {
  return text
    .replace(/^\s*\/\*\*\s?|\s*\*\/\s*$/g, "")
    .replace(/^[ \t]*\* ?/gm, "")
    .replace(/^@module\s*$/gm, "")
    .replace(/^@example\s*$/gm, "")
    .replace(/^@throws/gm, "\nThrows")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .trim();
}
