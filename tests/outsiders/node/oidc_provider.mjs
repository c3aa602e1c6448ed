// The peer of the bench: an OpenID Provider with its own in-memory adapter, as its documentation
// begins with, and one client that gets and introspects tokens of its own.
//
// Usage: oidc_provider.mjs PORT CLIENT SECRET; prints a line when it listens.

import Provider from "oidc-provider";

const [port, client, secret] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: client,
      client_secret: secret,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
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

// It says that plain HTTP and quick-start keys are for development: so is this.
console.warn = () => {};
console.info = () => {};
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
