// Verifies files with the packed npm package. Usage: verify_file.mjs, with a line of JSON on the
// standard input: {"package": its folder, "cases": [{"file", "document"?, "algorithm"? and "certificate"?
// of a bare signature}, …], "options"}, octets in base64. It prints the reports.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const asked = JSON.parse(readFileSync(0, "utf8"));
const { verify, verifyRaw } = await import(pathToFileURL(join(asked.package, "dist/verify.js")).href);
const octets = (base64) => base64 && new Uint8Array(Buffer.from(base64, "base64"));
const { anchors, intermediates, timestampAnchors, crls, ...rest } = asked.options;
const options = {
  ...rest,
  anchors,
  intermediates: intermediates.map(octets),
  timestampAnchors,
  crls: crls.map(octets),
};
const reports = asked.cases.map((one) => {
  const [file, document] = [octets(one.file), octets(one.document)];
  const { algorithm, certificate } = one;
  if (!algorithm) return verify(file, options, document);
  const signed = { document, signature: file, algorithm, certificate: octets(certificate) };
  return verifyRaw(signed, options);
});
console.log(JSON.stringify(await Promise.all(reports)));
