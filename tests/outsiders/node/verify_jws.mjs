// Verifies JWSes, compact or flattened, with `jose`, by the certificate in the header.
//
// Usage: verify_jws.mjs, with a line of JSON on the standard input:
// {"jws": …, "payload": … of a detached one}. It prints the payload, base64.

import { readFileSync } from "node:fs";

import * as jose from "jose";

const { jws, payload } = JSON.parse(readFileSync(0, "utf8"));
const [protectedHeader, inside, signature] = jws.split(".");
const compact = { protected: protectedHeader, payload: inside, signature };
const whole = jws.startsWith("{") ? JSON.parse(jws) : compact;
if (payload !== undefined) whole.payload = payload;
const { alg, x5c } = jose.decodeProtectedHeader(whole);
const pem = `-----BEGIN CERTIFICATE-----\n${x5c[0]}\n-----END CERTIFICATE-----`;
const key = await jose.importX509(pem, alg);
const verified = await jose.flattenedVerify(whole, key, { crit: { srCms: true } });
console.log(Buffer.from(verified.payload).toString("base64"));
