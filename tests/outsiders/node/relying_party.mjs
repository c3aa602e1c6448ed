// A relying party on `openid-client`: the whole code flow in a browser, and back-channel logout.
//
// Usage: relying_party.mjs ISSUER PORT, with the authority of the issuer's TLS certificate in
// NODE_EXTRA_CA_CERTS. It prints the registrations of its clients, a JSON line each; then
// `ready` when it has read a line, for they have to be registered by then; then `logout CLIENT SID`
// for each logout token that holds.
//
// What `ward` and `tablet` do is the samples of `docs/oidc.md`, as they stand there.
//
// `/login?client=ward|tablet|strict`, with a `prompt` or without, begins, and `/callback` ends with what was said of the user, as JSON
// in an element `said`.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createHash, randomBytes } from "node:crypto";

import * as openid from "openid-client";
import * as jose from "jose";

const [issuer, port] = process.argv.slice(2);
const origin = `http://localhost:${port}`;
const redirect_uri = `${origin}/callback`;
const secret = randomBytes(32).toString("hex");
const { privateKey, publicKey } = await jose.generateKeyPair("ES256", { extractable: true });

const registrations = [
  {
    id: "ward",
    name: "Meadow Ward",
    profile: "cis2",
    authentication: {
      method: "client_secret_post",
      secret_sha256: createHash("sha256").update(secret).digest("hex"),
    },
    scopes: ["openid", "profile", "nationalrbacaccess", "selectedrole"],
    backchannel_logout_uri: `${origin}/logout/ward`,
  },
  {
    id: "tablet",
    name: "Harbour Tablet",
    profile: "cis2",
    authentication: {
      method: "client_secret_post",
      secret_sha256: createHash("sha256").update(secret).digest("hex"),
    },
    acr_values: ["AAL2_OR_AAL3_ANY"],
    scopes: ["openid", "profile", "nationalrbacaccess", "selectedrole"],
    backchannel_logout_uri: `${origin}/logout/tablet`,
  },
  {
    id: "strict",
    name: "Harbour Pharmacy",
    profile: "fapi2",
    authentication: {
      method: "private_key_jwt",
      jwks: { keys: [{ ...(await jose.exportJWK(publicKey)), alg: "ES256" }] },
    },
    dpop_bound: true,
    scopes: ["openid", "profile"],
    backchannel_logout_uri: `${origin}/logout/strict`,
  },
];
for (const registration of registrations) {
  const addresses = { redirect_uris: [redirect_uri], development: true };
  console.log(JSON.stringify({ ...registration, ...addresses }));
}
await new Promise((resolve) => createInterface(process.stdin).once("line", resolve));

const guide = await guided();
const clients = {
  ward: await guide("ward"),
  tablet: await guide("tablet"),
  strict: await strict(),
};

/** Sign-ins under way, by their state. */
const waiting = new Map();

/** What the guide's samples declare, for a client. */
async function guided() {
  const text = readFileSync(new URL("../../../docs/oidc.md", import.meta.url), "utf8");
  const blocks = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code);
  const code = blocks.join("\n").replace(/^import .*$/gm, "");
  const AsyncFunction = (async () => {}).constructor;
  const names = ["openid", "jose", "issuer", "callback", "secret", "clientId"];
  const run = new AsyncFunction(...names, `${code}\nreturn { begin, finish, endedSession };`);
  return (clientId) => run(openid, jose, issuer, redirect_uri, secret, clientId);
}

/** The same of the profile `fapi2`: pushed requests, a key of the client's, DPoP. */
async function strict() {
  const server = await openid.discovery(
    new URL(issuer),
    "strict",
    { id_token_signed_response_alg: "PS256" },
    openid.PrivateKeyJwt(privateKey),
  );
  const options = { DPoP: openid.getDPoPHandle(server, await openid.randomDPoPKeyPair("ES256")) };
  return {
    async begin(session, prompt) {
      const pkceCodeVerifier = openid.randomPKCECodeVerifier();
      session.signIn = {
        pkceCodeVerifier,
        expectedState: openid.randomState(),
        expectedNonce: openid.randomNonce(),
      };
      const parameters = {
        redirect_uri,
        scope: "openid profile",
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: "S256",
        state: session.signIn.expectedState,
        nonce: session.signIn.expectedNonce,
        ...(prompt && { prompt }),
      };
      return openid.buildAuthorizationUrlWithPAR(server, parameters, options);
    },
    async finish({ signIn }, url) {
      const checks = { ...signIn, idTokenExpected: true };
      const tokens = await openid.authorizationCodeGrant(server, url, checks, undefined, options);
      const claims = tokens.claims();
      const user = await openid.fetchUserInfo(server, tokens.access_token, claims.sub, options);
      return { tokens, claims, user };
    },
    async endedSession(token) {
      const keys = jose.createRemoteJWKSet(new URL(server.serverMetadata().jwks_uri));
      const { payload } = await jose.jwtVerify(token, keys, { issuer, audience: "strict" });
      return payload.sid;
    },
  };
}

async function begin(id, prompt) {
  const session = { id };
  const location = await clients[id].begin(session, prompt);
  waiting.set(session.signIn.expectedState, session);
  return location;
}

async function finish(url) {
  const session = waiting.get(url.searchParams.get("state"));
  const { tokens, claims, user } = await clients[session.id].finish(session, url);
  return { client: session.id, token_type: tokens.token_type, claims, user };
}

async function logout(id, token) {
  console.log(`logout ${id} ${await clients[id].endedSession(token)}`);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, origin);
  try {
    if (url.pathname === "/login") {
      const location = await begin(url.searchParams.get("client"), url.searchParams.get("prompt"));
      response.writeHead(302, { location: location.href }).end();
    } else if (url.pathname === "/callback") {
      const said = JSON.stringify(await finish(url), null, 2).replaceAll("<", "\\u003c");
      const page = `<!doctype html><title>Relying party</title><pre id="said">${said}</pre>`;
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    } else if (url.pathname.startsWith("/logout/")) {
      let body = "";
      for await (const part of request) {
        body += part;
      }
      await logout(url.pathname.slice("/logout/".length), new URLSearchParams(body).get("logout_token"));
      response.writeHead(200).end();
    } else {
      response.writeHead(404).end();
    }
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
