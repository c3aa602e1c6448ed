use serde::Serialize;

use crate::{Client, ErrorCode, GrantType, OAuthError, Parameters, Scopes};

/// A request to the token endpoint (RFC 6749, sections 4.1.3, 4.4.2 and 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest<'a> {
    /// What for.
    pub grant: TokenGrant<'a>,
}

/// What tokens are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenGrant<'a> {
    /// A code.
    AuthorizationCode {
        /// The code.
        code: &'a str,
        /// Where it went.
        redirect_uri: &'a str,
        /// What answers the challenge (RFC 7636).
        code_verifier: &'a str,
    },
    /// The client itself.
    ClientCredentials {
        /// What is asked for.
        scope: Scopes,
    },
    /// A refresh token.
    RefreshToken {
        /// The token.
        refresh_token: &'a str,
        /// Less than before, if named.
        scope: Option<Scopes>,
    },
}

/// An answer with tokens (RFC 6749, section 5.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// `Bearer` or `DPoP`.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: u64,
    /// What was given.
    pub scope: String,
    /// For more tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Who the user is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

/// What a token is (RFC 7662, section 2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IntrospectionResponse {
    /// Whether it works.
    pub active: bool,
    /// The scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `Bearer` or `DPoP`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// The user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// The issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The authentication context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The role profile that was chosen, where the scopes tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected_roleid: Option<String>,
    /// What its holder has to prove: `{"jkt": …}` (RFC 9449, section 6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<serde_json::Value>,
}

impl<'a> TokenRequest<'a> {
    /// Reads a request of this client.
    ///
    /// # Errors
    /// `unsupported_grant_type`, `unauthorized_client`, `invalid_request` or `invalid_scope`.
    pub fn read(parameters: &'a Parameters, client: &Client) -> Result<Self, OAuthError> {
        let name = parameters.required("grant_type", "grant_type is missing")?;
        let kind = match name {
            "authorization_code" => GrantType::AuthorizationCode,
            "client_credentials" => GrantType::ClientCredentials,
            "refresh_token" => GrantType::RefreshToken,
            _ => {
                let code = ErrorCode::UnsupportedGrantType;
                return Err(OAuthError::new(code, "a grant_type that is not served"));
            }
        };
        if !client.grant_types.contains(&kind) {
            let code = ErrorCode::UnauthorizedClient;
            return Err(OAuthError::new(code, "not a grant_type of this client"));
        }
        let grant = match kind {
            GrantType::AuthorizationCode => TokenGrant::AuthorizationCode {
                code: parameters.required("code", "code is missing")?,
                redirect_uri: parameters.required("redirect_uri", "redirect_uri is missing")?,
                code_verifier: parameters.required("code_verifier", "code_verifier is missing")?,
            },
            GrantType::ClientCredentials => TokenGrant::ClientCredentials {
                scope: Scopes::read(parameters.get("scope"), &client.scopes)?,
            },
            GrantType::RefreshToken => TokenGrant::RefreshToken {
                refresh_token: parameters.required("refresh_token", "refresh_token is missing")?,
                scope: parameters
                    .get("scope")
                    .map(|scope| Scopes::read(Some(scope), &client.scopes))
                    .transpose()?,
            },
        };
        Ok(Self { grant })
    }
}
