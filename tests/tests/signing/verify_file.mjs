// Verifies files with the packed npm package. Usage: verify_file.mjs, with a line of JSON on the
// standard input: {"package": its folder, "cases": [{"file", "document"?}, …], "options"}, octets in
// base64. It prints the reports.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const asked = JSON.parse(readFileSync(0, "utf8"));
const { verify } = await import(pathToFileURL(join(asked.package, "dist/verify.js")).href);
const octets = (base64) => base64 && new Uint8Array(Buffer.from(base64, "base64"));
const { anchors, intermediates, timestampAnchors, crls, ...rest } = asked.options;
const options = {
  ...rest,
  anchors,
  intermediates: intermediates.map(octets),
  timestampAnchors,
  crls: crls.map(octets),
};
const reports = asked.cases.map(({ file, document }) => verify(octets(file), options, octets(document)));
console.log(JSON.stringify(await Promise.all(reports)));
