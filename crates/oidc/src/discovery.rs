use serde_json::{Value, json};

use crate::{acr, scope};

/// Where the provider's endpoints are: paths below the issuer.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints {
    /// Authorization.
    pub authorize: &'static str,
    /// Ending a session.
    pub end_session: &'static str,
    /// Introspection.
    pub introspect: &'static str,
    /// The public keys.
    pub jwks: &'static str,
    /// Pushed requests.
    pub pushed: &'static str,
    /// Revocation.
    pub revoke: &'static str,
    /// Tokens.
    pub token: &'static str,
    /// Claims of the user.
    pub userinfo: &'static str,
}

/// The provider's metadata (OpenID Connect Discovery, section 3; RFC 8414, section 2).
#[must_use]
pub fn discovery(issuer: &str, endpoints: &Endpoints) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    let algorithms = ["ES256", "PS256", "RS256", "RS512"];
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    json!({
        "issuer": issuer,
        "authorization_endpoint": at(endpoints.authorize),
        "token_endpoint": at(endpoints.token),
        "userinfo_endpoint": at(endpoints.userinfo),
        "jwks_uri": at(endpoints.jwks),
        "end_session_endpoint": at(endpoints.end_session),
        "introspection_endpoint": at(endpoints.introspect),
        "revocation_endpoint": at(endpoints.revoke),
        "pushed_authorization_request_endpoint": at(endpoints.pushed),
        "scopes_supported": scope::ALL,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "acr_values_supported": acr::ASKABLE,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "claims_supported": CLAIMS,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "require_pushed_authorization_requests": false,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "dpop_signing_alg_values_supported": ["ES256", "PS256"],
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    })
}

/// What ID tokens and userinfo tell, as far as it is known of somebody and the scopes open it.
const CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "azp",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "acr",
    "amr",
    "sid",
    "id_assurance_level",
    "authentication_assurance_level",
    "selected_roleid",
    "uid",
    "name",
    "family_name",
    "given_name",
    "email",
    "nhsid_useruid",
    "title",
    "initials",
    "middle_names",
    "display_name",
    "idassurancelevel",
    "nhsid_nrbac_roles",
    "nhsid_user_orgs",
    "gmc_id",
    "gmp_id",
    "gdc_id",
    "gdp_id",
    "nmc_id",
    "rcn_id",
    "gphc_id",
    "consultant_id",
    "nhsid_org_memberships",
    "nhsid_org_roles",
];
