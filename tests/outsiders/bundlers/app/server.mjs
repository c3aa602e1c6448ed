// On a server: each entry is imported, and what verifies does.
import { readFileSync } from "node:fs";

const [folder] = process.argv.slice(2);
const text = (name) => readFileSync(`${folder}/${name}`, "utf8");

const { connect } = await import("wardkey");
const slim = await import("wardkey/slim");
await import("wardkey/elements");
for (const adapter of ["credential-manager", "nhs-auth", "web-eid"]) {
  await import(`wardkey/adapters/${adapter}`);
}
const missing = await connect().catch(({ code }) => code);
const { verify } = await import("wardkey/verify");
const options = { anchors: [text("root.pem")], crls: [text("root.crl")] };
const time = new Date("2026-11-23T09:45:00Z");
const report = await verify(text("note.jws"), { ...options, time });
const said = { slim: typeof slim.connect, missing, verdict: report.verdict };
console.log(JSON.stringify(said));
