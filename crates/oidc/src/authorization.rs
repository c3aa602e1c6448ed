use serde::{Deserialize, Serialize};

use crate::{Client, CodeChallenge, ErrorCode, GrantType, OAuthError, Parameters, Profile, Scopes};

/// A request for authorization (OpenID Connect Core, section 3.1.2.1), checked against its client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: String,
    /// Where the answer goes: one of the client's own.
    pub redirect_uri: String,
    /// How it goes there.
    pub response_mode: ResponseMode,
    /// What is asked for.
    pub scope: Scopes,
    /// Returned as it is.
    pub state: Option<String>,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// What the code's holder has to answer (RFC 7636).
    pub code_challenge: CodeChallenge,
    /// Whether the user may or has to be asked.
    pub prompt: Prompt,
    /// How many seconds ago the user may have authenticated.
    pub max_age: Option<u64>,
    /// The authentication contexts, one of which will do.
    pub acr_values: Vec<String>,
    /// The thumbprint of the DPoP key that the code is bound to (RFC 9449, section 10).
    pub dpop_jkt: Option<String>,
}

/// How an answer goes to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// By a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
    /// In the query of a redirect.
    Query,
}

/// Whether the user may or has to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// As is needed.
    AsNeeded,
    /// The user has to authenticate.
    Login,
    /// Nothing may be shown.
    None,
}

/// Why a request for authorization is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// The client or its address is not known: the user is told, and sent nowhere.
    #[error("{0}")]
    Shown(OAuthError),
    /// The client is told.
    #[error("{error}")]
    Returned {
        /// What.
        error: OAuthError,
        /// Where to, one of the client's own addresses.
        redirect_uri: String,
        /// How.
        response_mode: ResponseMode,
        /// The client's state.
        state: Option<String>,
    },
}

/// The answer to a request for authorization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// Where to.
    pub redirect_uri: String,
    /// How.
    pub response_mode: ResponseMode,
    /// The parameters, in their order.
    pub parameters: Vec<(&'static str, String)>,
}

/// A reference to a pushed request (RFC 9126, section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedReference(String);

impl PushedReference {
    /// The `request_uri` for this random name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(format!("{REQUEST_URI}{name}"))
    }

    /// A `request_uri`.
    ///
    /// # Errors
    /// `invalid_request_uri` when it is not one of ours.
    pub fn read(uri: &str) -> Result<Self, OAuthError> {
        if uri.len() <= MAX_VALUE && uri.starts_with(REQUEST_URI) {
            return Ok(Self(uri.to_owned()));
        }
        Err(OAuthError::new(ErrorCode::InvalidRequestUri, "request_uri is not one of this server"))
    }

    /// The `request_uri`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AuthorizationRequest {
    /// Checks a request of this client; `pushed`: the client pushed it, having authenticated.
    ///
    /// # Errors
    /// [`AuthorizationError`], returned to the client only when its address is its own.
    pub fn read(
        parameters: &Parameters,
        client: &Client,
        pushed: bool,
    ) -> Result<Self, AuthorizationError> {
        let redirect_uri = redirect_uri(parameters, client).map_err(AuthorizationError::Shown)?;
        let mode = response_mode(parameters);
        let state = parameters.get("state").map(str::to_owned);
        let returned = |error| AuthorizationError::Returned {
            error,
            redirect_uri: redirect_uri.clone(),
            response_mode: *mode.as_ref().unwrap_or(&ResponseMode::Query),
            state: state.clone(),
        };
        let response_mode = mode.clone().map_err(returned)?;
        let checked = Checked::read(parameters, client, pushed).map_err(returned)?;
        Ok(Self {
            client_id: client.id.clone(),
            redirect_uri: redirect_uri.clone(),
            response_mode,
            scope: checked.scope,
            state: state.clone(),
            nonce: parameters.get("nonce").map(str::to_owned),
            code_challenge: checked.code_challenge,
            prompt: checked.prompt,
            max_age: checked.max_age,
            acr_values: checked.acr_values,
            dpop_jkt: parameters.get("dpop_jkt").map(str::to_owned),
        })
    }

    /// The answer with a code, which names the issuer (RFC 9207).
    #[must_use]
    pub fn granted(&self, code: &str, issuer: &str) -> AuthorizationResponse {
        let mut parameters = vec![("code", code.to_owned())];
        parameters.extend(self.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", issuer.to_owned()));
        let Self { redirect_uri, response_mode, .. } = self.clone();
        AuthorizationResponse { redirect_uri, response_mode, parameters }
    }

    /// The answer with an error.
    #[must_use]
    pub fn refused(&self, error: OAuthError) -> AuthorizationError {
        AuthorizationError::Returned {
            error,
            redirect_uri: self.redirect_uri.clone(),
            response_mode: self.response_mode,
            state: self.state.clone(),
        }
    }

    /// Whether the user has to choose a role anew (CIS2's scope `changedrole`).
    #[must_use]
    pub fn asks_for_another_role(&self) -> bool {
        self.scope.has("changedrole")
    }
}

impl AuthorizationError {
    /// The answer for the client; `None`: there is none, since the address is not the client's.
    #[must_use]
    pub fn response(&self, issuer: &str) -> Option<AuthorizationResponse> {
        let Self::Returned { error, redirect_uri, response_mode, state } = self else {
            return None;
        };
        let mut parameters = vec![
            ("error", error.error.as_str().to_owned()),
            ("error_description", error.error_description.to_owned()),
        ];
        parameters.extend(state.clone().map(|state| ("state", state)));
        parameters.push(("iss", issuer.to_owned()));
        Some(AuthorizationResponse {
            redirect_uri: redirect_uri.clone(),
            response_mode: *response_mode,
            parameters,
        })
    }

    /// What is wrong.
    #[must_use]
    pub fn error(&self) -> &OAuthError {
        match self {
            Self::Shown(error) | Self::Returned { error, .. } => error,
        }
    }
}

impl AuthorizationResponse {
    /// The address to redirect to, for the mode `query`.
    #[must_use]
    pub fn location(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.parameters);
        let joint = if self.redirect_uri.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", self.redirect_uri, query.finish())
    }
}

/// What is checked once the address is known to be the client's.
struct Checked {
    scope: Scopes,
    code_challenge: CodeChallenge,
    prompt: Prompt,
    max_age: Option<u64>,
    acr_values: Vec<String>,
}

impl Checked {
    fn read(parameters: &Parameters, client: &Client, pushed: bool) -> Result<Self, OAuthError> {
        if parameters.get("request").is_some() {
            let code = ErrorCode::RequestNotSupported;
            return Err(OAuthError::new(code, "request objects are not served"));
        }
        if client.profile == Profile::Fapi2 && !pushed {
            return Err(OAuthError::request("this client has to push its requests"));
        }
        if !client.grant_types.contains(&GrantType::AuthorizationCode) {
            let code = ErrorCode::UnauthorizedClient;
            return Err(OAuthError::new(code, "this client does not sign users in"));
        }
        if parameters.required("response_type", "response_type is missing")? != "code" {
            let code = ErrorCode::UnsupportedResponseType;
            return Err(OAuthError::new(code, "response_type has to be code"));
        }
        for (name, too_long) in [
            ("state", "state is too long"),
            ("nonce", "nonce is too long"),
            ("dpop_jkt", "dpop_jkt is too long"),
        ] {
            if parameters.get(name).is_some_and(|value| value.len() > MAX_VALUE) {
                return Err(OAuthError::request(too_long));
            }
        }
        let scope = Scopes::read(parameters.get("scope"), &client.scopes)?;
        if !scope.has("openid") {
            return Err(OAuthError::new(ErrorCode::InvalidScope, "scope has to hold openid"));
        }
        let challenge = parameters.get("code_challenge");
        let method = parameters.get("code_challenge_method");
        Ok(Self {
            scope,
            code_challenge: CodeChallenge::read(challenge, method)?,
            prompt: prompt(parameters)?,
            max_age: max_age(parameters)?,
            acr_values: acr_values(parameters, client)?,
        })
    }
}

/// Compared as it is, octet by octet (RFC 9700, section 4.1.3).
fn redirect_uri(parameters: &Parameters, client: &Client) -> Result<String, OAuthError> {
    let uri = parameters.required("redirect_uri", "redirect_uri is missing")?;
    if client.redirect_uris.iter().any(|registered| registered == uri) {
        return Ok(uri.to_owned());
    }
    Err(OAuthError::request("redirect_uri is not one that the client registered"))
}

fn response_mode(parameters: &Parameters) -> Result<ResponseMode, OAuthError> {
    match parameters.get("response_mode") {
        None | Some("query") => Ok(ResponseMode::Query),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some(_) => Err(OAuthError::request("response_mode has to be query or form_post")),
    }
}

/// There is no consent to ask for, and no account to choose but the card's.
fn prompt(parameters: &Parameters) -> Result<Prompt, OAuthError> {
    let values: Vec<&str> =
        parameters.get("prompt").unwrap_or_default().split_ascii_whitespace().collect();
    if values.contains(&"none") {
        return match values.as_slice() {
            ["none"] => Ok(Prompt::None),
            _ => Err(OAuthError::request("prompt=none stands alone")),
        };
    }
    if !values.iter().all(|value| ["login", "consent", "select_account"].contains(value)) {
        return Err(OAuthError::request("a prompt that is not known"));
    }
    let again = values.iter().any(|value| ["login", "select_account"].contains(value));
    Ok(if again { Prompt::Login } else { Prompt::AsNeeded })
}

fn max_age(parameters: &Parameters) -> Result<Option<u64>, OAuthError> {
    let read = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    match parameters.get("max_age") {
        None => Ok(None),
        Some(text) => {
            let seconds = read(text).ok_or(OAuthError::request("max_age is no number"))?;
            Ok(Some(seconds))
        }
    }
}

/// What the request asks for, of what the client accepts; everything that it accepts when the
/// request asks for nothing.
fn acr_values(parameters: &Parameters, client: &Client) -> Result<Vec<String>, OAuthError> {
    let Some(asked) = parameters.get("acr_values") else { return Ok(client.accepted_acr()) };
    let known: Vec<String> = asked
        .split_ascii_whitespace()
        .filter(|value| crate::acr::ASKABLE.contains(value))
        .map(str::to_owned)
        .collect();
    if known.is_empty() {
        let code = ErrorCode::UnmetAuthenticationRequirements;
        return Err(OAuthError::new(code, "no acr value that is served"));
    }
    Ok(known)
}

const MAX_VALUE: usize = 2048;
const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

#[cfg(test)]
mod tests;
