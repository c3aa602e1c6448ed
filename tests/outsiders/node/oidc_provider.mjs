// The peer of the bench: an OpenID Provider with one client that gets tokens of its own and asks about
// tokens, its own and users'. It keeps them in its memory, as its documentation begins with, or in
// PostgreSQL, as ours does.
//
// Usage: oidc_provider.mjs PORT CLIENT SECRET COUNT [DATABASE]; when it listens it prints a line, "ready"
// and the tokens of so many users, each in a session of their own.

import Provider from "oidc-provider";

import { adapter } from "./postgres_adapter.mjs";

const [port, client, secret, count, database] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  adapter: database && (await adapter(database)),
  clients: [
    {
      client_id: client,
      client_secret: secret,
      grant_types: ["authorization_code", "client_credentials"],
      redirect_uris: ["https://bench.example/callback"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_post",
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
  },
  scopes: ["openid"],
});

/** What the code flow leaves of a sign-in: a session, a grant in it, and its access token. */
async function signIn(accountId) {
  const grant = new provider.Grant({ accountId, clientId: client });
  grant.addOIDCScope("openid");
  const grantId = await grant.save();
  const session = new provider.Session({ accountId, loginTs: Math.floor(Date.now() / 1000) });
  session.ensureClientContainer(client);
  session.grantIdFor(client, grantId);
  await session.save(3600);
  const token = new provider.AccessToken({
    accountId,
    client: await provider.Client.find(client),
    expiresWithSession: true,
    grantId,
    gty: "authorization_code",
    scope: "openid",
    sessionUid: session.uid,
  });
  return token.save();
}

// It says that plain HTTP and quick-start keys are for development: so is this.
console.warn = () => {};
console.info = () => {};
const tokens = [];
for (let number = 0; number < Number(count); number += 1) {
  tokens.push(await signIn(`user-${number}`));
}
provider.listen(Number(port), "127.0.0.1", () => console.log(["ready", ...tokens].join(" ")));
