//! Passkeys, made and used as a browser does (Web Authentication, Level 2).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::{oidc::*, *};
use crate::{
    oidc::{Finished, Shown, SignInPage},
    session::{Authenticator, Session},
};

pub(super) async fn a_passkeys_answer_is_good_once_and_for_its_own_sign_in(world: World) {
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    let passkey = Passkey::register(&world, &agent).await;
    let mut client = ward();
    client["acr_values"] = json!(["AAL2_OR_AAL3_ANY"]);
    let provider = world.provider(&[client]).await;
    let finish = async |page: &SignInPage, answer: &PublicKeyCredential| {
        let shown = Shown::Passkey(answer);
        refusal_only(provider.finish(&page.transaction, &page.cookie, shown).await)
    };
    let (one, other) = (page(&provider).await, page(&provider).await);
    assert!(one.passkey && other.passkey);
    let answer = passkey.answer(&ask(&provider, &one).await);
    // Another sign-in's, though that asks as well, and in another browser.
    ask(&provider, &other).await;
    assert_eq!(finish(&other, &answer).await.unwrap_err().error.as_str(), "access_denied");
    let stolen = SignInPage { cookie: other.cookie.clone(), ..one.clone() };
    assert_eq!(finish(&stolen, &answer).await.unwrap_err().error.as_str(), "access_denied");
    let Finished::Answer(done) = finish(&one, &answer).await.unwrap() else { panic!("no answer") };
    assert!(done.parameters.iter().any(|(name, _)| *name == "code"));
    // Used up: with its sign-in, and where another question has been asked since.
    assert_eq!(finish(&one, &answer).await.unwrap_err().error.as_str(), "access_denied");
    ask(&provider, &other).await;
    assert_eq!(finish(&other, &answer).await.unwrap_err().error.as_str(), "access_denied");
    // An answer that did not hold has used its question up as well.
    let again = page(&provider).await;
    let asked = ask(&provider, &again).await;
    let right = passkey.answer(&asked);
    let forged = Passkey { key: SigningKey::from_slice(&[9; 32]).unwrap(), ..passkey.clone() };
    let forged = forged.answer(&asked);
    assert_eq!(finish(&again, &forged).await.unwrap_err().error.as_str(), "access_denied");
    assert_eq!(finish(&again, &right).await.unwrap_err().error.as_str(), "access_denied");
    let right = passkey.answer(&ask(&provider, &again).await);
    assert!(matches!(finish(&again, &right).await, Ok(Finished::Answer(_))));

    let log = world.identity.store.audit_after("main", 0, 999).await.unwrap();
    let logins = log.iter().filter(|entry| entry.event.action == "passkey_login");
    let ok = logins.clone().filter(|entry| entry.event.outcome == "ok").count();
    assert_eq!((logins.count(), ok), (6, 2));
}

pub(super) async fn a_passkey_is_registered_in_a_cards_session_only(world: World) {
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    let passkey = Passkey::register(&world, &agent).await;
    let mut client = ward();
    client["acr_values"] = json!(["AAL2_OR_AAL3_ANY"]);
    let provider = world.provider(&[client]).await;
    let page = page(&provider).await;
    let answer = passkey.answer(&ask(&provider, &page).await);
    let shown = Shown::Passkey(&answer);
    let done = refusal_only(provider.finish(&page.transaction, &page.cookie, shown).await);
    assert!(matches!(done, Ok(Finished::Answer(_))));

    let identity = &world.identity;
    let sessions = identity.store.sessions(Some(AMIRA), 9).await.unwrap();
    let of = |authenticator| {
        sessions.iter().find(|session| session.authenticator == authenticator).unwrap()
    };
    let (by_card, by_passkey) = (of(Authenticator::Card), of(Authenticator::Passkey));
    let person = identity.person(AMIRA).await.unwrap().unwrap();
    let begin =
        async |session: &Session| refusal_only(identity.begin_passkey(session, &person).await);
    assert_eq!(begin(by_passkey).await, Err(PasskeyRefusal::CardRequired));
    // Nor does what the card's session began serve the other one.
    let (ceremony, options) = begin(by_card).await.unwrap();
    let made = passkey.made(&options);
    let registered = identity.register_passkey(by_passkey, &ceremony, "Another", &made).await;
    assert_eq!(refusal_only(registered), Err(PasskeyRefusal::Invalid));
    let kept = identity.store.passkeys(AMIRA).await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.name.as_str()).collect::<Vec<_>>(), ["Telephone"]);
}

/// The challenge of a sign-in.
async fn ask(provider: &Provider, page: &SignInPage) -> Value {
    let asked = provider.ask_passkey(&page.transaction, &page.cookie).await;
    refusal_only(asked).unwrap()["challenge"].clone()
}

#[derive(Clone)]
struct Passkey {
    key: SigningKey,
    user: Value,
}

impl Passkey {
    /// One of this session's user.
    async fn register(world: &World, agent: &Agent) -> Self {
        let identity = &world.identity;
        let session = identity.store.session(&agent.id).await.unwrap().unwrap();
        let person = identity.person(&agent.uid).await.unwrap().unwrap();
        let (ceremony, options) =
            identity.begin_passkey(&session, &person).await.map_err(|_| ()).unwrap();
        let user = options["user"]["id"].clone();
        let this = Self { key: SigningKey::from_slice(&[3; 32]).unwrap(), user };
        let made = this.made(&options);
        let registered = identity.register_passkey(&session, &ceremony, "Telephone", &made).await;
        refusal_only(registered).unwrap();
        this
    }

    /// What an authenticator makes of these options.
    fn made(&self, options: &Value) -> RegisterPublicKeyCredential {
        let point = self.key.verifying_key().to_sec1_point(false);
        // A COSE key: kty EC2, alg ES256, crv P-256 (RFC 9053, section 7.1.1).
        let mut data = authenticator_data(0x45);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(ID);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().unwrap());
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend(data);
        let made = json!({
            "id": base64(&ID), "rawId": base64(&ID), "type": "public-key", "extensions": {},
            "response": {
                "attestationObject": base64(&attestation),
                "clientDataJSON": base64(&client_data("create", &options["challenge"])),
            },
        });
        serde_json::from_value(made).unwrap()
    }

    fn answer(&self, challenge: &Value) -> PublicKeyCredential {
        let (data, client_data) = (authenticator_data(0x05), client_data("get", challenge));
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: Signature = self.key.sign(&signed);
        let answer = json!({
            "id": base64(&ID), "rawId": base64(&ID), "type": "public-key", "extensions": {},
            "response": {
                "authenticatorData": base64(&data),
                "clientDataJSON": base64(&client_data),
                "signature": base64(signature.to_der().as_bytes()),
                "userHandle": self.user,
            },
        });
        serde_json::from_value(answer).unwrap()
    }
}

/// Flags: user present (1), user verified (4), a credential follows (64). The counter stays at 0.
fn authenticator_data(flags: u8) -> Vec<u8> {
    let mut data = Sha256::digest("localhost").to_vec();
    data.extend([flags, 0, 0, 0, 0]);
    data
}

fn client_data(verb: &str, challenge: &Value) -> Vec<u8> {
    let kind = format!("webauthn.{verb}");
    json!({ "type": kind, "challenge": challenge, "origin": SERVER, "crossOrigin": false })
        .to_string()
        .into_bytes()
}

fn base64(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

const ID: [u8; 16] = [7; 16];
