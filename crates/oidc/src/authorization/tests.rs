use proptest::prelude::*;

use super::*;
use crate::client::tests::{cis2, fapi2};

const RIGHT: &str = "response_type=code&client_id=999999999999.apps.national\
    &redirect_uri=https%3A%2F%2Fward.example%2Fcallback&scope=openid+profile&state=s%26t&nonce=n\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn read(text: &str) -> Result<AuthorizationRequest, AuthorizationError> {
    AuthorizationRequest::read(&Parameters::read(text).unwrap(), &cis2(), false)
}

#[test]
fn a_right_request_is_granted_with_state_and_issuer() {
    let request = read(RIGHT).unwrap();
    assert_eq!(request.acr_values, ["AAL3_SMARTCARD"]);
    assert_eq!(request.prompt, Prompt::AsNeeded);
    let location = request.granted("c0de", "https://id.example:443/oidc").location();
    assert_eq!(
        location,
        "https://ward.example/callback?code=c0de&state=s%26t&iss=https%3A%2F%2Fid.example%3A443%2Foidc"
    );
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizationRequest>(&stored).unwrap(), request);
}

#[test]
fn nobody_is_sent_to_an_address_that_is_not_the_clients() {
    for address in [
        "https%3A%2F%2Fevil.example%2Fcallback",
        "https%3A%2F%2Fward.example%2Fcallback%2F",
        "https%3A%2F%2Fward.example%2Fcallback%3Fx",
        "HTTPS%3A%2F%2Fward.example%2Fcallback",
        "",
    ] {
        let text = RIGHT.replace("https%3A%2F%2Fward.example%2Fcallback", address);
        let error = read(&text).unwrap_err();
        assert!(matches!(error, AuthorizationError::Shown(_)), "{address}");
        assert_eq!(error.response("https://id.example"), None);
    }
}

#[test]
fn each_fault_goes_back_to_the_client_with_its_code() {
    for (from, to, code) in [
        ("response_type=code", "response_type=token", ErrorCode::UnsupportedResponseType),
        ("response_type=code&", "", ErrorCode::InvalidRequest),
        ("scope=openid+profile", "scope=profile", ErrorCode::InvalidScope),
        ("scope=openid+profile", "scope=openid+email", ErrorCode::InvalidScope),
        ("S256", "plain", ErrorCode::InvalidRequest),
        ("&code_challenge=", "&x=", ErrorCode::InvalidRequest),
        ("nonce=n", "prompt=none+login", ErrorCode::InvalidRequest),
        ("nonce=n", "prompt=dance", ErrorCode::InvalidRequest),
        ("nonce=n", "max_age=-1", ErrorCode::InvalidRequest),
        ("nonce=n", "request=e30", ErrorCode::RequestNotSupported),
        ("nonce=n", "response_mode=fragment", ErrorCode::InvalidRequest),
        ("nonce=n", "acr_values=AAL9", ErrorCode::UnmetAuthenticationRequirements),
    ] {
        let error = read(&RIGHT.replace(from, to)).unwrap_err();
        assert_eq!(error.error().error, code, "{from} {to}");
        let location = error.response("https://id.example").unwrap().location();
        assert!(location.starts_with("https://ward.example/callback?error="), "{location}");
        assert!(location.contains("state=s%26t") && location.contains("iss="), "{location}");
    }
}

#[test]
fn fapi2_requests_are_pushed() {
    let jwks = serde_json::json!({ "keys": [] });
    let parameters = Parameters::read(RIGHT).unwrap();
    assert!(AuthorizationRequest::read(&parameters, &fapi2(jwks.clone()), false).is_err());
    assert!(AuthorizationRequest::read(&parameters, &fapi2(jwks), true).is_ok());
}

#[test]
fn a_reference_is_ours_or_none() {
    let reference = PushedReference::of("abc");
    assert_eq!(PushedReference::read(reference.as_str()), Ok(reference));
    assert!(PushedReference::read("https://evil.example/request").is_err());
}

proptest! {
    #[test]
    fn nothing_panics(text in "[a-z_=&%A-F0-9+:/.]{0,300}") {
        if let Ok(parameters) = Parameters::read(&text) {
            let _ = AuthorizationRequest::read(&parameters, &cis2(), false);
        }
    }
}
