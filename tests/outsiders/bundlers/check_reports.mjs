// Holds each report of the vectors, and the package's of each token, against the schema, and the schema
// against reports that are none: `node check_reports.mjs FOLDER PACKAGE`. Prints how many held of each.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020.js";

const [folder, wardkey] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const validate = new Ajv({ strict: false, allErrors: true }).compile(read("report.schema.json"));
const { cases } = read("signatures.json");
for (const { name, report } of cases) {
  if (!validate(report)) throw new Error(`${name}: ${JSON.stringify(validate.errors)}`);
  for (const member of Object.keys(report)) {
    const { [member]: _, ...rest } = report;
    if (validate(rest)) throw new Error(`${name} holds without ${member}`);
  }
  if (validate({ ...report, more: true })) throw new Error(`${name} holds with a member more`);
}
const { report } = cases.find(({ report }) => report.verdict === "valid");
const failed = report.checks.map((check) => ({ ...check, passed: false }));
if (validate({ ...report, checks: failed })) throw new Error("valid, though checks failed");
if (validate({ ...report, verdict: "perhaps" })) throw new Error("any verdict");
const tokens = read("authenticate.json");
const { verifyAuthentication } = await import(join(wardkey, "dist/verify.js"));
for (const { name, origin, nonce, token, expect, ...own } of tokens.cases) {
  const trust = { ...tokens.trust, ...own.trust };
  const options = { origin, nonce, ...trust, time: new Date(own.time ?? tokens.time) };
  const report = await verifyAuthentication(token, options);
  if (!validate(report)) throw new Error(`${name}: ${JSON.stringify(validate.errors)}`);
  if (report.verdict !== expect.verdict) throw new Error(`${name} is ${report.verdict}`);
}
console.log(cases.length, tokens.cases.length);
