// Writes a WebAssembly module as one of JavaScript: `node embed.mjs NAME` makes `wasm/NAME_octets.js`
// of `wasm/NAME.wasm`, raw DEFLATE in base64. What travels is no larger for it, and no bundler,
// server or content policy has to know of another file.

import { readFileSync, writeFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";

const [name] = process.argv.slice(2);
const file = (ending) => new URL(`./wasm/${name}${ending}`, import.meta.url);
const octets = deflateRawSync(readFileSync(file(".wasm")), { level: 9 }).toString("base64");
writeFileSync(file("_octets.js"), `export default "${octets}";\n`);
writeFileSync(file("_octets.d.ts"), "declare const octets: string;\nexport default octets;\n");
