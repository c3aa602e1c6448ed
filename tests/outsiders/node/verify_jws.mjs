// Verifies compact JWSes with `jose`, by the certificate in the header.
//
// Usage: verify_jws.mjs, with a line of JSON on the standard input:
// {"jws": …, "payload": … of a detached one}. It prints the payload, base64.

import { readFileSync } from "node:fs";

import * as jose from "jose";

const { jws, payload } = JSON.parse(readFileSync(0, "utf8"));
const { alg, x5c } = jose.decodeProtectedHeader(jws);
const pem = `-----BEGIN CERTIFICATE-----\n${x5c[0]}\n-----END CERTIFICATE-----`;
const key = await jose.importX509(pem, alg);
const [protectedHeader, inside, signature] = jws.split(".");
const whole = { protected: protectedHeader, payload: payload ?? inside, signature };
const verified = await jose.flattenedVerify(whole, key, { crit: { srCms: true } });
console.log(Buffer.from(verified.payload).toString("base64"));
