use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{
    authorization::{Ask, LONGEST},
    credential::Credential,
    transport::{Place, Request, Transport},
    wire,
};
use crate::{Batch, CardBackend, CardError, GoOn, SignMechanism, Token, TokenId};

/// One service, and what is known of the user that it was last asked for.
pub struct RemoteService {
    pub(super) settings: ServiceSettings,
    pub(super) user: Option<String>,
    pub(super) credentials: Vec<Arc<Credential>>,
    pub(super) info: Option<wire::Info>,
    token: Option<Zeroizing<String>>,
}

/// What policy says of a service.
pub struct ServiceSettings {
    /// What people call it.
    pub name: String,
    /// This client's name at the token endpoint.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: ClientSecret,
    /// Dangerous: admits credentials whose authorisation the service need not bind to what is
    /// signed.
    pub admit_scal1: bool,
    /// How long the user has to confirm elsewhere.
    pub patience: Duration,
}

/// A client's secret (RFC 6749, section 2.3.1). Wiped when dropped.
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// Takes it over.
    #[must_use]
    pub fn new(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }
}

impl RemoteService {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(settings: ServiceSettings) -> Self {
        Self { settings, user: None, credentials: Vec::new(), info: None, token: None }
    }

    /// The user that it is asked for.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// From now on it is asked for this user; what was known is forgotten.
    pub fn identify(&mut self, user: &str) {
        self.user = Some(user.to_owned());
        self.credentials.clear();
    }

    /// What the user types to use a token; empty where all is done elsewhere.
    #[must_use]
    pub fn asks(&self, token: &TokenId) -> Vec<Ask> {
        self.credential(token).map(|credential| credential.asks()).unwrap_or_default()
    }

    /// How a token's key signs, the usual first.
    #[must_use]
    pub fn mechanisms(&self, token: &TokenId) -> Vec<SignMechanism> {
        self.credential(token).map(|credential| credential.mechanisms()).unwrap_or_default()
    }

    pub(super) fn credential(&self, token: &TokenId) -> Result<Arc<Credential>, CardError> {
        let is_it = |credential: &&Arc<Credential>| credential.id == token.0;
        self.credentials.iter().find(is_it).cloned().ok_or(CardError::CardRemoved)
    }
}

/// A service over a road to it.
pub struct RemoteBackend<'a, T> {
    pub(super) service: &'a mut RemoteService,
    pub(super) transport: T,
}

impl<'a, T: Transport> RemoteBackend<'a, T> {
    /// Both together.
    pub fn new(service: &'a mut RemoteService, transport: T) -> Self {
        Self { service, transport }
    }

    /// Has the service get ready for what the user types next, such as by sending a code. One
    /// result for each thing that is typed: the challenge that the user answers, if it is shown
    /// here (section 11.8).
    ///
    /// # Errors
    ///
    /// Why the key can't be used, before anything is typed; or the service's.
    pub fn prepare(&mut self, token: &TokenId) -> Result<Vec<Option<String>>, CardError> {
        let credential = self.service.credential(token)?;
        let needed = credential.authorization.as_ref().map_err(Clone::clone)?;
        let mut challenges = Vec::new();
        for ask in needed.asks() {
            challenges.push(match ask.challenged {
                true => self.challenge(&credential.id, &ask.id)?,
                false => None,
            });
        }
        Ok(challenges)
    }

    fn challenge(&mut self, credential: &str, object: &str) -> Result<Option<String>, CardError> {
        let asked = self.call(GET_CHALLENGE, &wire::GetChallenge { credential, object })?;
        if asked.status == NO_CONTENT || asked.body.is_empty() {
            return Ok(None);
        }
        let challenge = asked.read::<wire::Challenge>()?.challenge;
        Ok(Some(challenge.chars().take(LONGEST).collect()))
    }

    /// Whether the service has what is needed; asked once, and of nobody.
    ///
    /// # Errors
    ///
    /// The service's; [`CardError::ServiceUnsupported`] where it has not.
    pub fn check_methods(&mut self) -> Result<(), CardError> {
        if self.service.info.is_some() {
            return Ok(());
        }
        let place = Place::Method("info");
        let request = Request { place, token: None, body: b"{}" };
        let answer = self.transport.post(&request)?;
        let info: wire::Info = Reply::of(place, answer)?.read()?;
        let has = |method: &&&str| !info.methods.iter().any(|own| own == **method);
        if let Some(missing) = NEEDED.iter().find(has) {
            return Err(CardError::ServiceUnsupported(format!("it has no {missing}")));
        }
        self.service.info = Some(info);
        Ok(())
    }

    /// Calls a method with the access token; a token that has run out is replaced once.
    pub(super) fn call(
        &mut self,
        method: &'static str,
        body: &impl Serialize,
    ) -> Result<Reply, CardError> {
        // Long enough that it does not move, leaving copies behind.
        let mut octets = Zeroizing::new(Vec::with_capacity(CAPACITY));
        serde_json::to_writer(&mut *octets, body)
            .map_err(|_| CardError::ServiceUnsupported(method.to_owned()))?;
        let place = Place::Method(method);
        for fresh in [false, true] {
            let token = self.access_token()?;
            let request = Request { place, token: Some(token.as_str()), body: &octets };
            let answer = self.transport.post(&request)?;
            let ran_out = answer.status == UNAUTHORIZED && !says(&answer.body, "access_denied");
            if ran_out {
                self.service.token = None;
            }
            if !ran_out || fresh {
                return Reply::of(place, answer);
            }
        }
        Err(CardError::ServiceRefused(method.to_owned()))
    }

    /// Whether the service admits this client; asked once, and of nobody.
    ///
    /// # Errors
    ///
    /// The service's; [`CardError::ServiceRefused`] where it does not.
    pub fn check_client(&mut self) -> Result<(), CardError> {
        self.access_token().map(drop)
    }

    /// By the client credentials grant (section 8.4.4; RFC 6749, section 4.4).
    fn access_token(&mut self) -> Result<Zeroizing<String>, CardError> {
        if let Some(token) = &self.service.token {
            return Ok(token.clone());
        }
        let settings = &self.service.settings;
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(CAPACITY));
        form.append_pair("grant_type", "client_credentials");
        form.append_pair("scope", "service");
        form.append_pair("client_id", &settings.client_id);
        form.append_pair("client_secret", &settings.client_secret.0);
        let form = Zeroizing::new(form.finish());
        let place = Place::Token;
        let request = Request { place, token: None, body: form.as_bytes() };
        let answer = self.transport.post(&request)?;
        let token = Reply::of(place, answer)?.read::<wire::AccessToken>()?.access_token.0;
        // RFC 6750, section 2.1: it stands in a header.
        if token.is_empty() || !token.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(CardError::ServiceResponseInvalid(place.name().to_owned()));
        }
        Ok(self.service.token.insert(token).clone())
    }
}

impl<T: Transport> CardBackend for RemoteBackend<'_, T> {
    /// The tokens of the user that the service was last asked for, one a credential.
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        let user = self.service.user.clone().ok_or(CardError::CardMissing)?;
        if self.service.credentials.is_empty() {
            self.check_methods()?;
            self.service.credentials = self.credentials_of(&user)?;
        }
        let name = &self.service.settings.name;
        let token = |credential: &Arc<Credential>| credential.token(name, &user);
        Ok(self.service.credentials.iter().map(token).collect())
    }

    fn sign_batch(
        &mut self,
        batch: &Batch<'_>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        self.sign(batch, go_on)
    }
}

impl<T: Transport> RemoteBackend<'_, T> {
    fn credentials_of(&mut self, user: &str) -> Result<Vec<Arc<Credential>>, CardError> {
        let listed =
            self.call(LIST, &wire::ListCredentials { user }).map_err(|error| match error {
                // What it says to a user whom it does not know.
                CardError::ServiceRefused(_) => CardError::CardMissing,
                other => other,
            })?;
        let ids = listed.read::<wire::Credentials>()?.ids;
        let sound = |id: &String| (1..=LONGEST).contains(&id.len());
        if ids.len() > MOST || !ids.iter().all(sound) {
            return Err(CardError::ServiceResponseInvalid(LIST.to_owned()));
        }
        let (mut credentials, mut failure) = (Vec::new(), CardError::CardMissing);
        for credential in &ids {
            let asked =
                wire::DescribeCredential { credential, certificates: "single", auth_info: true };
            let info = self.call(INFO, &asked)?.read::<wire::CredentialInfo>();
            let admitted = self.service.settings.admit_scal1;
            match info.and_then(|info| Credential::read(credential, info, admitted)) {
                Ok(credential) => credentials.push(Arc::new(credential)),
                Err(error) => failure = error,
            }
        }
        // A key that is good comes before one that it took the place of.
        credentials.sort_by_key(|credential| credential.authorization.is_err());
        if credentials.is_empty() { Err(failure) } else { Ok(credentials) }
    }
}

/// An answer that is no refusal.
pub(super) struct Reply {
    place: Place,
    pub status: u16,
    body: Zeroizing<Vec<u8>>,
}

impl Reply {
    fn of(place: Place, answer: super::Answer) -> Result<Self, CardError> {
        match answer.status {
            200..=299 => Ok(Self { place, status: answer.status, body: answer.body }),
            status => Err(refusal(place, status, &answer.body)),
        }
    }

    /// The body.
    pub fn read<A: DeserializeOwned>(&self) -> Result<A, CardError> {
        // The reason could hold what was read.
        serde_json::from_slice(&self.body)
            .map_err(|_| CardError::ServiceResponseInvalid(self.place.name().to_owned()))
    }
}

fn says(body: &[u8], error: &str) -> bool {
    serde_json::from_slice::<wire::Refused>(body).is_ok_and(|refused| refused.error == error)
}

/// What an error is (section 10, and the tables of sections 11.6 to 11.12). That a credential is
/// locked is told by the description alone.
fn refusal(place: Place, status: u16, body: &[u8]) -> CardError {
    let said: wire::Refused = serde_json::from_slice(body).unwrap_or_default();
    let name = place.name();
    let description = said.error_description.to_ascii_lowercase();
    match (said.error.as_str(), status) {
        ("access_denied", _) if name != LIST && name != INFO && place != Place::Token => {
            CardError::UserCancelled
        }
        ("invalid_authentication_data" | "invalid_otp" | "invalid_pin", _) => {
            CardError::PasscodeWrong { tries_left: None }
        }
        _ if description.contains("locked") => CardError::PasscodeBlocked,
        (_, 429 | 500 | 502..=504) => CardError::ServiceUnreachable(format!("{name}: {status}")),
        (error, _) => {
            // What was sent to the token endpoint is a secret; who echoes it does so here.
            let said = if place == Place::Token { "" } else { &said.error_description };
            let reason = format!("{name}: {status} {error}: {said}");
            let plain = reason.chars().filter(|character| !character.is_control());
            CardError::ServiceRefused(plain.take(LONGEST).collect())
        }
    }
}

/// Of a request, in bytes: the digests of a batch at its greatest, and what goes with them.
const CAPACITY: usize = 64 * 1024;
/// Of one user's credentials.
const MOST: usize = 32;
const UNAUTHORIZED: u16 = 401;
const NO_CONTENT: u16 = 204;

const LIST: &str = "credentials/list";
const INFO: &str = "credentials/info";
const GET_CHALLENGE: &str = "credentials/getChallenge";
const NEEDED: [&str; 4] = [LIST, INFO, "credentials/authorize", "signatures/signHash"];
