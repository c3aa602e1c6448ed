// Signs by `jose`, with the certificate in the header.
//
// Usage: sign_jws.mjs, with a line of JSON on the standard input:
// {"key": PKCS#8 in PEM, "certificate": PEM, "algorithm", "payload": base64, "form": "compact",
// "flattened", "general" or "detached"}. It prints the signature.

import { readFileSync } from "node:fs";

import * as jose from "jose";

const { key, certificate, algorithm, payload, form } = JSON.parse(readFileSync(0, "utf8"));
const octets = new Uint8Array(Buffer.from(payload, "base64"));
const x5c = [certificate.replace(/-----.*?-----|\s/g, "")];
const header = { alg: algorithm, x5c, cty: "text/plain" };
const signer = await jose.importPKCS8(key, algorithm);
switch (form) {
  case "compact":
    console.log(await new jose.CompactSign(octets).setProtectedHeader(header).sign(signer));
    break;
  case "detached": {
    const token = await new jose.CompactSign(octets).setProtectedHeader(header).sign(signer);
    const [first, , last] = token.split(".");
    console.log(`${first}..${last}`);
    break;
  }
  case "flattened":
    console.log(JSON.stringify(await new jose.FlattenedSign(octets).setProtectedHeader(header).sign(signer)));
    break;
  case "general": {
    const sign = new jose.GeneralSign(octets);
    sign.addSignature(signer).setProtectedHeader(header);
    console.log(JSON.stringify(await sign.sign()));
    break;
  }
}
