use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::*;
use crate::{Batch, CardBackend as _, CardError, KeyId, Passcode, SignMechanism, Token, TokenId};

/// A service that answers as it is told, and what it was asked.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    answers: VecDeque<(u16, Value)>,
    asked: Vec<(String, Option<String>, Value)>,
    clock: Duration,
    /// Pauses until nobody waits any more.
    patience: Option<usize>,
}

impl Transport for Scripted {
    fn post(&mut self, request: &Request<'_>) -> Result<Answer, CardError> {
        let mut script = self.0.lock().unwrap();
        let body = serde_json::from_slice(request.body)
            .unwrap_or_else(|_| Value::String(String::from_utf8(request.body.to_vec()).unwrap()));
        let token = request.token.map(str::to_owned);
        script.asked.push((request.place.name().to_owned(), token, body));
        let (status, body) = script.answers.pop_front().expect("it is asked too much");
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(&body).unwrap() };
        Ok(Answer { status, body: Zeroizing::new(body) })
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().clock
    }

    fn pause(&mut self, time: Duration) -> bool {
        let mut script = self.0.lock().unwrap();
        script.clock += time;
        match &mut script.patience {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }
}

impl Scripted {
    fn answers(&self, answers: impl IntoIterator<Item = (u16, Value)>) {
        self.0.lock().unwrap().answers.extend(answers);
    }

    fn asked(&self) -> Vec<(String, Option<String>, Value)> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }

    fn methods(&self) -> Vec<String> {
        self.asked().into_iter().map(|(method, ..)| method).collect()
    }
}

fn service(admit_scal1: bool) -> RemoteService {
    let mut service = RemoteService::new(ServiceSettings {
        name: "Trust signing".to_owned(),
        client_id: "ward".to_owned(),
        client_secret: ClientSecret::new("s & s".to_owned()),
        admit_scal1,
        patience: Duration::from_secs(10),
    });
    service.identify("amira");
    service
}

fn about(asynchronous: bool) -> Value {
    json!({"specs": "2.0.0.2", "asynchronousOperationMode": asynchronous, "methods": [
        "credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash",
    ]})
}

fn info(change: impl Fn(&mut Value)) -> Value {
    let mut info = json!({
        "key": {"status": "enabled", "algo": ["1.2.840.10045.4.3.2"], "len": 256},
        "cert": {"status": "valid", "certificates": [Base64::encode_string(LOGIN_P256)]},
        "auth": {"mode": "explicit", "expression": "PIN AND OTP", "objects": [
            {"type": "Password", "id": "PIN", "format": "N"},
            {"type": "Password", "id": "OTP", "generator": "totp", "label": "Mobile OTP"},
        ]},
        "SCAL": "2", "multisign": 2,
    });
    change(&mut info);
    info
}

fn phone(info: &mut Value) {
    info["auth"] = json!({"mode": "explicit", "objects": [
        {"type": "ChallengeResponseOOB", "id": "mobile"},
    ]});
}

/// What is answered until the credentials are known.
fn opening(asynchronous: bool, info: Value) -> [(u16, Value); 4] {
    [
        (200, about(asynchronous)),
        (200, json!({"access_token": "T1"})),
        (200, json!({"credentialIDs": ["C1"]})),
        (200, info),
    ]
}

fn open(service: &mut RemoteService, road: &Scripted) -> Result<Vec<Token>, CardError> {
    RemoteBackend::new(service, road.clone()).tokens()
}

/// A service with one credential.
fn opened(asynchronous: bool, change: impl Fn(&mut Value)) -> (RemoteService, Scripted) {
    let (mut service, road) = (service(false), Scripted::default());
    road.answers(opening(asynchronous, info(change)));
    open(&mut service, &road).unwrap();
    road.asked();
    (service, road)
}

type Results = Result<Vec<Result<Vec<u8>, CardError>>, CardError>;

fn sign(service: &mut RemoteService, road: &Scripted, count: u8, typed: &str) -> Results {
    sign_holding(service, road, count, typed, false)
}

fn sign_holding(
    service: &mut RemoteService,
    road: &Scripted,
    count: u8,
    typed: &str,
    hold_passcode: bool,
) -> Results {
    let passcode = Passcode::new(typed.to_owned());
    let digests: Vec<_> = (0..count).map(|number| vec![number; 32]).collect();
    let (token, key) = (TokenId("C1".to_owned()), KeyId(b"C1".to_vec()));
    let batch = Batch {
        token: &token,
        key: &key,
        mechanism: SignMechanism::Ecdsa,
        digests: &digests,
        passcode: &passcode,
        hold_passcode,
    };
    RemoteBackend::new(service, road.clone()).sign_batch(&batch, &mut |_| true)
}

fn hash(number: u8) -> String {
    Base64::encode_string(&[number; 32])
}

fn made(count: u8) -> Value {
    let raw: Vec<_> = (0..count).map(|number| Base64::encode_string(&[number; 64])).collect();
    json!({"signatures": raw})
}

#[test]
fn a_credential_is_a_token() {
    let (mut service, road) = (service(false), Scripted::default());
    road.answers(opening(false, info(|_| {})));
    let tokens = open(&mut service, &road).unwrap();
    let [token] = &tokens[..] else { panic!("{tokens:?}") };
    assert_eq!(
        (token.reader.as_str(), token.serial.as_str()),
        ("Trust signing", "Trust signing/amira")
    );
    assert!(token.certificates[0].uses.login && !token.passcode.pin_pad);
    let kinds: Vec<_> = service.asks(&token.id).into_iter().map(|ask| ask.kind).collect();
    assert_eq!(kinds, [AskKind::Passcode, AskKind::OneTime]);
    assert_eq!(service.mechanisms(&token.id), [SignMechanism::Ecdsa]);
    let asked = road.asked();
    let form = "grant_type=client_credentials&scope=service&client_id=ward&client_secret=s+%26+s";
    assert_eq!(asked[1].2, form);
    assert_eq!(asked[2].2, json!({"userID": "amira"}));
    let described = json!({"credentialID": "C1", "certificates": "single", "authInfo": true});
    assert_eq!(asked[3], ("credentials/info".to_owned(), Some("T1".to_owned()), described));
    // Once is enough.
    assert_eq!(open(&mut service, &road).unwrap(), tokens);
}

#[test]
fn an_authorisation_is_for_the_digests_that_are_signed() {
    let (mut service, road) = opened(false, |_| {});
    road.answers([(200, json!({"SAD": "S"})), (200, made(2))]);
    let signed = sign(&mut service, &road, 2, "1234\n777").unwrap();
    assert_eq!(signed, [Ok(vec![0; 64]), Ok(vec![1; 64])]);
    let asked = road.asked();
    assert_eq!(
        asked[0].2,
        json!({
            "credentialID": "C1", "numSignatures": 2, "hashes": [hash(0), hash(1)],
            "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1",
            "authData": [{"id": "PIN", "value": "1234"}, {"id": "OTP", "value": "777"}],
        })
    );
    assert_eq!(
        asked[1].2,
        json!({
            "credentialID": "C1", "SAD": "S", "hashes": [hash(0), hash(1)],
            "signAlgo": "1.2.840.10045.4.3.2", "operationMode": "S",
        })
    );
}

#[test]
fn beyond_multisign_what_was_typed_serves_only_where_it_may() {
    let code_once = opened(false, |_| {});
    let pin_alone = || opened(false, |info| info["auth"]["expression"] = "PIN".into());
    for ((mut service, road), typed, hold, again) in [
        (code_once, "1\n2", true, true),
        (pin_alone(), "1", false, true),
        (pin_alone(), "1", true, false),
        (opened(false, phone), "", false, false),
    ] {
        road.answers([(200, json!({"SAD": "S"})), (200, made(2))]);
        if !again {
            road.answers([(200, json!({"SAD": "S"})), (200, made(1))]);
        }
        let signed = sign_holding(&mut service, &road, 3, typed, hold).unwrap();
        assert_eq!(signed.len(), 3);
        let last = if again { Err(CardError::PasscodeAgain) } else { Ok(vec![0; 64]) };
        assert_eq!(signed[2], last);
    }
}

#[test]
fn the_user_confirms_on_the_phone() {
    let (mut service, road) = opened(false, phone);
    assert_eq!(service.asks(&TokenId("C1".to_owned())), []);
    let handle = |name: &str| (202, json!({"handle": name}));
    let done = [(200, json!({"SAD": "S"})), (200, made(1))];
    road.answers([handle("H1"), handle("H2")].into_iter().chain(done));
    assert_eq!(sign(&mut service, &road, 1, ""), Ok(vec![Ok(vec![0; 64])]));
    let asked = road.asked();
    assert_eq!(asked[0].2["authData"], json!([{"id": "mobile"}]));
    assert_eq!(asked[1].0, "credentials/authorizeCheck");
    assert_eq!((&asked[1].2, &asked[2].2), (&json!({"handle": "H1"}), &json!({"handle": "H2"})));

    // They refuse; they never answer; nobody waits any more.
    road.answers([handle("H1"), (401, json!({"error": "access_denied"}))]);
    assert_eq!(sign(&mut service, &road, 1, ""), Err(CardError::UserCancelled));
    road.answers(std::iter::repeat_n(handle("H1"), 11));
    assert_eq!(sign(&mut service, &road, 1, ""), Err(CardError::NotConfirmed));
    road.0.lock().unwrap().patience = Some(1);
    road.answers([handle("H1"), handle("H1")]);
    assert_eq!(sign(&mut service, &road, 1, ""), Err(CardError::Stopped));
}

#[test]
fn a_service_signs_in_its_own_time() {
    let (mut service, road) = opened(true, phone);
    let pending = || (202, json!({"error": "accepted_request"}));
    let ordered = [(200, json!({"SAD": "S"})), (200, json!({"responseID": "R"}))];
    road.answers(ordered.into_iter().chain([pending(), pending(), (200, made(1))]));
    assert_eq!(sign(&mut service, &road, 1, ""), Ok(vec![Ok(vec![0; 64])]));
    let asked = road.asked();
    assert_eq!(asked[1].2["operationMode"], "A");
    assert_eq!(asked[4].2, json!({"requestID": "R", "userID": "amira"}));
}

#[test]
fn a_challenge_is_asked_for_before_its_answer_is_typed() {
    let (mut service, road) = opened(false, |info| {
        info["auth"] = json!({"mode": "explicit", "objects": [
            {"type": "Password", "id": "PIN"},
            {"type": "ChallengeResponse", "id": "SMS"},
        ]});
    });
    let token = TokenId("C1".to_owned());
    road.answers([(204, Value::Null), (200, json!({"challenge": "What colour?"}))]);
    let mut backend = RemoteBackend::new(&mut service, road.clone());
    assert_eq!(backend.prepare(&token), Ok(vec![None, None]));
    assert_eq!(backend.prepare(&token), Ok(vec![None, Some("What colour?".to_owned())]));
    let expected = json!({"credentialID": "C1", "authObjectID": "SMS"});
    assert_eq!(road.asked()[0].2, expected);
}

#[test]
fn an_access_token_that_ran_out_is_replaced_once() {
    let (mut service, road) = opened(false, |_| {});
    let ran_out = || (401, json!({"error": "invalid_token"}));
    let fresh = || (200, json!({"access_token": "T2"}));
    road.answers([ran_out(), fresh(), (200, json!({"SAD": "S"})), (200, made(1))]);
    assert!(sign(&mut service, &road, 1, "1\n2").is_ok());
    let tokens: Vec<_> = road.asked().into_iter().map(|(_, token, _)| token).collect();
    assert_eq!(tokens, [Some("T1".into()), None, Some("T2".into()), Some("T2".into())]);
    road.answers([ran_out(), fresh(), ran_out()]);
    let refused = sign(&mut service, &road, 1, "1\n2");
    assert!(matches!(refused, Err(CardError::ServiceRefused(_))), "{refused:?}");
}

#[test]
fn what_a_token_endpoint_echoes_is_not_told() {
    let (mut service, road) = opened(false, |_| {});
    let echo = json!({"error": "invalid_client", "error_description": "client_secret=s3cret"});
    road.answers([(401, json!({"error": "invalid_token"})), (400, echo)]);
    let Err(CardError::ServiceRefused(reason)) = sign(&mut service, &road, 1, "1\n2") else {
        panic!("not refused")
    };
    assert!(reason.contains("400 invalid_client") && !reason.contains("s3cret"), "{reason}");
}

#[test]
fn refusals_have_names() {
    use CardError::{
        PasscodeBlocked, PasscodeWrong, ServiceRefused, ServiceResponseInvalid, ServiceUnreachable,
    };
    let wrong = PasscodeWrong { tries_left: None };
    let method = || "credentials/authorize".to_owned();
    let says =
        |error: &str, description: &str| json!({"error": error, "error_description": description});
    for (status, body, expected) in [
        (400, says("invalid_authentication_data", ""), wrong.clone()),
        (400, says("invalid_otp", "The OTP is invalid"), wrong),
        (400, says("invalid_request", "Credential locked"), PasscodeBlocked),
        (503, Value::Null, ServiceUnreachable(method() + ": 503")),
        (429, says("temporarily_unavailable", ""), ServiceUnreachable(method() + ": 429")),
        (
            400,
            says("invalid_request", "Numbers of\u{7} signatures is too high"),
            ServiceRefused(method() + ": 400 invalid_request: Numbers of signatures is too high"),
        ),
        (302, Value::Null, ServiceRefused(method() + ": 302 : ")),
        (200, json!({"sad": "S"}), ServiceResponseInvalid(method())),
        (200, json!({"SAD": ""}), ServiceResponseInvalid(method())),
        (202, json!({}), ServiceResponseInvalid(method())),
    ] {
        let (mut service, road) = opened(false, |_| {});
        road.answers([(status, body)]);
        assert_eq!(sign(&mut service, &road, 1, "1\n2"), Err(expected));
    }
}

#[test]
fn what_was_not_typed_is_not_sent() {
    let (mut service, road) = opened(false, |_| {});
    let missing = Err(CardError::PasscodeLength { min: 1, max: u8::MAX });
    assert_eq!(sign(&mut service, &road, 1, "1234"), missing);
    assert_eq!(sign(&mut service, &road, 1, "\n777"), missing);
    assert_eq!(road.methods(), [""; 0]);
}

#[test]
fn signatures_are_as_many_as_digests_and_as_cards_have_them() {
    let (mut service, road) = opened(false, |_| {});
    let invalid = || Err(CardError::ServiceResponseInvalid("signatures/signHash".to_owned()));
    let der = |r: u8| Base64::encode_string(&[0x30, 6, 2, 1, r, 2, 1, 9]);
    for (body, expected) in [
        (made(2), None),
        (json!({"signatures": ["?"]}), None),
        (json!({"signatures": [Base64::encode_string(b"neither")]}), None),
        (json!({"responseID": "R"}), None),
        (
            json!({"signatures": [der(7)]}),
            Some([[0; 31].as_slice(), &[7], &[0; 31], &[9]].concat()),
        ),
    ] {
        road.answers([(200, json!({"SAD": "S"})), (200, body)]);
        let signed = sign(&mut service, &road, 1, "1\n2");
        assert_eq!(signed, expected.map_or_else(invalid, |octets| Ok(vec![Ok(octets)])));
    }
}

#[test]
fn keys_that_are_not_to_be_used_say_why_before_anything_is_typed() {
    let ended = |status: &str| CardError::CertificateEnded { status: status.to_owned() };
    let unsupported = |reason: &str| CardError::ServiceUnsupported(reason.to_owned());
    let scal1 = unsupported("its authorisation is not bound to what is signed (SCAL 1)");
    type Change = fn(&mut Value);
    let cases: [(Change, CardError); 7] = [
        (|info| info["cert"]["status"] = "revoked".into(), ended("revoked")),
        (|info| info["cert"]["status"] = "expired".into(), ended("expired")),
        (|info| info["key"]["status"] = "disabled".into(), CardError::PasscodeBlocked),
        (|info| info["SCAL"] = "1".into(), scal1.clone()),
        (|info| info["SCAL"] = Value::Null, scal1),
        (
            |info| info["auth"] = json!({"mode": "oauth2code"}),
            unsupported("authorised by oauth2code"),
        ),
        (
            |info| info["auth"]["objects"][0]["type"] = "Retina".into(),
            unsupported("authorised by Retina"),
        ),
    ];
    for (change, expected) in cases {
        let (mut service, road) = opened(false, change);
        let token = TokenId("C1".to_owned());
        let prepared = RemoteBackend::new(&mut service, road.clone()).prepare(&token);
        assert_eq!(prepared, Err(expected.clone()));
        assert_eq!(sign(&mut service, &road, 1, "1\n2"), Err(expected));
        assert_eq!(road.methods(), [""; 0]);
    }
    // By policy, SCAL 1 is admitted; its digests are named all the same.
    let (mut admitted, road) = (service(true), Scripted::default());
    road.answers(opening(false, info(|info| info["SCAL"] = "1".into())));
    open(&mut admitted, &road).unwrap();
    road.asked();
    road.answers([(200, json!({"SAD": "S"})), (200, made(1))]);
    assert!(sign(&mut admitted, &road, 1, "1\n2").is_ok());
    assert_eq!(road.asked()[0].2["hashes"], json!([hash(0)]));
}

#[test]
fn a_user_whom_the_service_does_not_know_has_no_card() {
    let start = |listed: (u16, Value)| {
        let (mut service, road) = (service(false), Scripted::default());
        road.answers([(200, about(false)), (200, json!({"access_token": "T1"})), listed]);
        open(&mut service, &road)
    };
    let unknown = json!({"error": "invalid_request", "error_description": "Invalid userID"});
    assert_eq!(start((400, unknown)), Err(CardError::CardMissing));
    assert_eq!(start((200, json!({"credentialIDs": []}))), Err(CardError::CardMissing));
    let many: Vec<_> = (0..33).map(|number| number.to_string()).collect();
    let too_many = start((200, json!({"credentialIDs": many})));
    assert!(matches!(too_many, Err(CardError::ServiceResponseInvalid(_))), "{too_many:?}");
}

#[test]
fn a_service_that_lacks_a_method_is_not_used() {
    let (mut service, road) = (service(false), Scripted::default());
    road.answers([(200, json!({"methods": ["credentials/list", "credentials/info"]}))]);
    let lacks = CardError::ServiceUnsupported("it has no credentials/authorize".to_owned());
    assert_eq!(open(&mut service, &road), Err(lacks));
}

const LOGIN_P256: &[u8] = include_bytes!("../certificate/tests/login_p256.der");
