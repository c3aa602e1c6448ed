//! OpenID Connect on these sessions, at a time that is moved.

use serde_json::json;
use wardkey_oidc::{OAuthError, Parameters};
use wardkey_protocol::authorize_api::PROOF_TYPE;

use super::*;
use crate::oidc::{Begun, ClientRequest, Finished, Shown, SignInPage};

pub(super) async fn a_sign_on_keeps_a_session_from_idling_and_a_refresh_does_not(mut world: World) {
    world.rules().times.lease_seconds = 24 * 60 * 60;
    let card = world.card(AMIRA).await;
    let agent = world.sign_in(AMIRA, &card).await;
    let provider = world.provider(&[ward()]).await;
    let mut tokens = Value::Null;
    for _ in 0..3 {
        world.pass(40 * 60);
        let code = sign_on(&provider, &agent).await.unwrap();
        tokens = redeem(&provider, &code).await.unwrap();
    }
    let last_activity =
        async || world.identity.store.session(&agent.id).await.unwrap().unwrap().last_activity;
    let signed_on = world.clock.now();
    assert_eq!(last_activity().await, signed_on);
    world.pass(10);
    sign_on(&provider, &agent).await.unwrap();
    assert_eq!(last_activity().await, signed_on, "within the grain, but stored");

    for _ in 0..2 {
        world.pass(25 * 60);
        tokens = refresh(&provider, &tokens).await.unwrap();
    }
    assert_eq!(last_activity().await, signed_on, "a refresh counts as the user's activity");
    world.pass(10 * 60);
    assert_eq!(refresh(&provider, &tokens).await.unwrap_err().error.as_str(), "invalid_grant");
    assert_eq!(sign_on(&provider, &agent).await.unwrap_err().error.as_str(), "access_denied");
    assert_eq!(world.identity.settle_overdue().await.unwrap(), 1);
    let log = world.identity.store.audit_after("main", 0, 99).await.unwrap();
    assert_eq!(log.last().unwrap().event.action, "idle");
}

pub(super) fn ward() -> Value {
    json!({
        "id": "ward", "name": "Meadow Ward", "profile": "cis2", "redirect_uris": [CALLBACK],
        "authentication": {
            "method": "client_secret_post", "secret_sha256": wardkey_oidc::secret_hash(SECRET),
        },
        "scopes": ["openid", "profile", "nationalrbacaccess"],
    })
}

/// The sign-in page that a client's user gets.
pub(super) async fn page(provider: &Provider) -> SignInPage {
    let query = format!(
        "client_id=ward&response_type=code&redirect_uri={CALLBACK}&scope=openid&state=s1\
         &code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    match provider.authorize(&Parameters::read(&query).unwrap()).await.unwrap() {
        Begun::Page(page) => *page,
        other => panic!("{other:?}"),
    }
}

/// What the session's key signs for a sign-in page.
pub(super) fn proof(agent: &Agent, page: &SignInPage) -> String {
    let header = json!({ "alg": "ES256", "typ": PROOF_TYPE, "kid": agent.id });
    let claims = json!({
        "aud": SERVER, "seq": agent.sequence + 1,
        "transaction": page.transaction, "client_id": "ward",
    });
    agent.key.prove(&header.to_string(), &claims.to_string())
}

/// The code for a sign-on with the agent's proof.
pub(super) async fn sign_on(provider: &Provider, agent: &Agent) -> Result<String, OAuthError> {
    let page = page(provider).await;
    let proof = proof(agent, &page);
    let shown = Shown::Proof(&proof);
    match refusal_only(provider.finish(&page.transaction, &page.cookie, shown).await)? {
        Finished::Answer(answer) => {
            let code = answer.parameters.into_iter().find(|(name, _)| *name == "code");
            Ok(code.unwrap().1)
        }
        other => panic!("{other:?}"),
    }
}

pub(super) async fn redeem(provider: &Provider, code: &str) -> Result<Value, OAuthError> {
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}"
    );
    tokens(provider, &form).await
}

async fn refresh(provider: &Provider, tokens: &Value) -> Result<Value, OAuthError> {
    let token = tokens["refresh_token"].as_str().unwrap();
    let form = format!("grant_type=refresh_token&refresh_token={token}");
    self::tokens(provider, &form).await
}

async fn tokens(provider: &Provider, form: &str) -> Result<Value, OAuthError> {
    let form = format!("client_id=ward&client_secret={SECRET}&{form}");
    let parameters = &Parameters::read(&form).unwrap();
    let path = "/access_token";
    let request = ClientRequest { authorization: None, dpop: None, parameters, path };
    let given = refusal_only(provider.token(&request).await)?;
    Ok(serde_json::to_value(given).unwrap())
}

const CALLBACK: &str = "https://ward.example/callback";
const SECRET: &str = "secret";
/// RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
