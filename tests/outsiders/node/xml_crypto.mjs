// Verifies a signed XML document over and over, with our package and with `xml-crypto`, in turn.
//
// Usage: xml_crypto.mjs DIST FILE CERTIFICATE.pem PKI ROUNDS
// It prints the milliseconds of each round: {"ours": […], "peer": […]}.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { SignedXml } from "xml-crypto";
import { DOMParser } from "@xmldom/xmldom";

const [dist, file, certificate, pki, rounds] = process.argv.slice(2);
const { verifyXades } = await import(pathToFileURL(resolve(dist, "verify.js")).href);
const octets = readFileSync(file);
const text = octets.toString("utf8");
const publicCert = readFileSync(certificate, "utf8");
const options = {
  anchors: [readFileSync(join(pki, "root.crt.pem"), "utf8")],
  intermediates: [readFileSync(join(pki, "content-ca.crt.pem"), "utf8")],
  crls: ["root", "content"].map((list) => readFileSync(join(pki, "crl", `${list}.crl`))),
};

async function ours() {
  const report = await verifyXades(octets, options);
  if (report.verdict !== "valid") throw new Error(JSON.stringify(report));
}

function peer() {
  const document = new DOMParser().parseFromString(text, "text/xml");
  const namespace = "http://www.w3.org/2000/09/xmldsig#";
  const signature = document.getElementsByTagNameNS(namespace, "Signature")[0];
  const signed = new SignedXml({ publicCert });
  signed.loadSignature(signature);
  if (!signed.checkSignature(text)) throw new Error("xml-crypto does not verify it");
}

/** Rounds until the engine has compiled both. */
const WARM_UP = 5;

const times = { ours: [], peer: [] };
for (let round = -WARM_UP; round < Number(rounds); round += 1) {
  const begun = performance.now();
  await ours();
  const between = performance.now();
  peer();
  const ended = performance.now();
  if (round < 0) continue;
  times.ours.push(between - begun);
  times.peer.push(ended - between);
}
console.log(JSON.stringify(times));
