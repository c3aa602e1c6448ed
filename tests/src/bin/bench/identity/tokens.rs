//! Users' access tokens, got as an application gets them.

use anyhow::{Context as _, Result, ensure};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wardkey_tests::stage::{Node, SoftAgent, SoftSession};

use super::load::Load;

/// Registers the client of these requests.
pub fn register(node: &Node) -> Result<()> {
    let file = node.folder().join("bench-client.json");
    let client = json!({
        "id": CLIENT, "name": "Bench", "profile": "cis2", "redirect_uris": [CALLBACK],
        "scopes": ["openid"],
        "grant_types": ["authorization_code", "client_credentials"],
        "authentication": {
            "method": "client_secret_post", "secret_sha256": wardkey_oidc::secret_hash(SECRET),
        },
    });
    std::fs::write(&file, client.to_string())?;
    node.command(&["client", "add", &file.display().to_string()])?;
    // A node looks each second for what commands changed.
    std::thread::sleep(std::time::Duration::from_millis(2500));
    Ok(())
}

/// A request for a token of the client's own.
pub fn own() -> Vec<u8> {
    form("/oidc/access_token", "grant_type=client_credentials")
}

/// A question about a token of this session's user.
pub fn introspection(agent: &SoftAgent, session: &SoftSession) -> Result<Vec<u8>> {
    Ok(form("/oidc/introspect", &format!("token={}", access_token(agent, session)?)))
}

/// Whether a token is active, as introspection says.
pub fn is_active(agent: &SoftAgent, token: &str) -> Result<bool> {
    let asked = format!("{AUTHENTICATION}&token={token}");
    let reply = agent.post_with("/oidc/introspect", &[("content-type", FORM)], &asked)?;
    let answer: Value = serde_json::from_str(&reply.body)?;
    answer["active"].as_bool().with_context(|| format!("{reply:?}"))
}

/// A token of this session's user.
pub fn access_token(agent: &SoftAgent, session: &SoftSession) -> Result<String> {
    let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(VERIFIER));
    let page = agent.get(&format!(
        "/oidc/authorize?client_id={CLIENT}&response_type=code&redirect_uri={ESCAPED}\
         &scope=openid&state=s&code_challenge={challenge}&code_challenge_method=S256"
    ))?;
    let start = page.body.find("id=\"sign-in\">").context("no sign-in page")? + 13;
    let end = page.body[start..].find("</script>").context("no end")? + start;
    let asked: Value = serde_json::from_str(&page.body[start..end])?;
    let proof = agent.authorize(session, asked["request"].as_str().context("no request")?)?;
    let body = json!({ "transaction": asked["transaction"], "proof": proof }).to_string();
    let cookie = page.cookie.split(';').next().unwrap_or_default();
    let headers = [("content-type", "application/json"), ("cookie", cookie)];
    let answer = agent.post_with("/oidc/authorize/continue", &headers, &body)?;
    let answer: Value = serde_json::from_str(&answer.body)?;
    let location = answer["answer"]["location"].as_str().context("no answer")?;
    let code = location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
    let redeem = format!(
        "{AUTHENTICATION}&grant_type=authorization_code&code={}&redirect_uri={ESCAPED}\
         &code_verifier={VERIFIER}",
        code.context("no code")?
    );
    let kind = [("content-type", FORM)];
    let reply = agent.post_with("/oidc/access_token", &kind, &redeem)?;
    ensure!(reply.status == 200, "{reply:?}");
    let tokens: Value = serde_json::from_str(&reply.body)?;
    Ok(tokens["access_token"].as_str().context("no token")?.to_owned())
}

fn form(path: &str, body: &str) -> Vec<u8> {
    Load::post(path, FORM, "", &format!("{AUTHENTICATION}&{body}"))
}

const CLIENT: &str = "bench";
const CALLBACK: &str = "https://bench.example/callback";
const ESCAPED: &str = "https%3A%2F%2Fbench.example%2Fcallback";
const FORM: &str = "application/x-www-form-urlencoded";
const SECRET: &str = "c4a1f0d29e7b48b3a6d5c2e19f8073ab6e5d4c3b2a190817";
const AUTHENTICATION: &str = "client_id=bench\
    &client_secret=c4a1f0d29e7b48b3a6d5c2e19f8073ab6e5d4c3b2a190817";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";
