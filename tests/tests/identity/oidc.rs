use std::{sync::mpsc::Receiver, thread, time::Duration};

use anyhow::{Context as _, Result, ensure};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use toml::Table;
use wardkey_tests::stage::{
    AMIRA, ClientKey, Node, Reply, Site, SoftAgent, SoftCard, SoftSession, User, built,
};

use super::{Named, ORIGIN, database, listener, untimed};

pub const TRIALS: &[Named] = &[
    ("oidc::a_code_gives_tokens_that_open_claims", code_flow),
    ("oidc::nothing_suffices_but_the_agents_own_proof", proofs),
    ("oidc::a_code_or_refresh_token_used_twice_ends_the_grant", reuse),
    ("oidc::the_end_of_the_session_ends_every_token_and_is_told", back_channel),
    ("oidc::while_a_session_is_locked_nothing_of_it_works_and_nobody_is_told", locked),
    ("oidc::fapi2_pushes_and_proves_its_key", fapi2),
    ("oidc::an_application_signs_its_user_out", sign_out),
    ("oidc::a_passkey_is_refused_where_the_client_wants_a_card", passkey),
    ("oidc::the_address_is_the_clients_or_nowhere", addresses),
    ("oidc::a_client_gets_tokens_for_itself", own_tokens),
];

/// A node with three clients, a user signed in at its agent, and who listens for logouts.
pub struct World {
    pub agent: SoftAgent,
    pub session: SoftSession,
    pub card: SoftCard,
    pub node: Node,
    key: ClientKey,
    logouts: Receiver<String>,
    _folder: TempDir,
}

impl World {
    pub fn start() -> Result<Self> {
        Self::of(AMIRA, |_| ())
    }

    /// The same with another user; `change` sees the configuration first.
    pub fn of(user: User, change: impl FnOnce(&mut Table)) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-identity-").tempdir()?;
        let program = built("wardkey-identity")?;
        let site = Site::init(&program, &folder.path().join("site"), ORIGIN)?;
        let node = site.node("a", &database::of_this_trial(), |config| {
            untimed(config);
            change(config);
        })?;
        let (address, logouts) = listener::start()?;
        let key = ClientKey::new()?;
        // The last one is waited for: a node reads all at once.
        for client in [service(), strict(&key), ward(&address)] {
            let file = node.folder().join("client.json");
            std::fs::write(&file, client.to_string())?;
            node.command(&["client", "add", &file.display().to_string()])?;
        }
        let agent = SoftAgent::of(&node, &site.url, &site.authority())?;
        let card = SoftCard::issue(&program, &node, user)?;
        let session = agent.sign_in(&card)?;
        let this = Self { agent, session, card, key, logouts, node, _folder: folder };
        this.wait_for_clients()?;
        Ok(this)
    }

    /// A running node looks once a second for what commands have changed.
    fn wait_for_clients(&self) -> Result<()> {
        for _ in 0..60 {
            if self.agent.get(&authorize("ward", CALLBACK, ""))?.body.contains("sign-in") {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("the clients are not known")
    }

    /// What the sign-in page holds, and its cookie.
    pub fn page(&self, path: &str) -> Result<(Value, String)> {
        page_at(&self.agent, path)
    }

    /// Where the browser goes after the agent's proof, as a query.
    pub fn authorized(&self, path: &str) -> Result<String> {
        let (page, cookie) = self.page(path)?;
        let proof = self.agent.authorize(&self.session, text(&page["request"]))?;
        let reply = self.proceed(&page, &cookie, Some(&proof))?;
        let body: Value = serde_json::from_str(&reply.body)?;
        let location = text(&body["answer"]["location"]).to_owned();
        ensure!(location.starts_with(CALLBACK), "{reply:?}");
        Ok(location)
    }

    pub fn proceed(&self, page: &Value, cookie: &str, proof: Option<&str>) -> Result<Reply> {
        proceed_at(&self.agent, page, cookie, proof)
    }

    pub fn code(&self) -> Result<String> {
        let location = self.authorized(&authorize("ward", CALLBACK, "&nonce=n1"))?;
        let pairs = location.split(['?', '&']);
        let code = pairs.filter_map(|pair| pair.strip_prefix("code=")).next();
        Ok(code.context("no code")?.to_owned())
    }

    pub fn form(&self, path: &str, form: &str) -> Result<(u16, Value)> {
        self.form_of("ward", path, form)
    }

    fn form_of(&self, client: &str, path: &str, form: &str) -> Result<(u16, Value)> {
        posted(&self.agent, client, path, form)
    }

    pub fn redeem(&self, code: &str) -> Result<(u16, Value)> {
        self.redeem_of("ward", code)
    }

    pub fn redeem_of(&self, client: &str, code: &str) -> Result<(u16, Value)> {
        redeemed_at(&self.agent, client, code)
    }

    pub fn refresh(&self, token: &Value) -> Result<(u16, Value)> {
        let form = format!("grant_type=refresh_token&refresh_token={}", text(token));
        self.form("/oidc/access_token", &form)
    }

    pub fn is_live(&self, token: &Value) -> Result<bool> {
        let form = format!("token={}", text(token));
        Ok(self.form("/oidc/introspect", &form)?.1["active"] == true)
    }

    pub fn userinfo(&self, token: &Value) -> Result<Reply> {
        let bearer = format!("Bearer {}", text(token));
        self.agent.get_with("/oidc/userinfo", &[("authorization", &bearer)])
    }
}

fn code_flow() -> Result<()> {
    let world = World::start()?;
    let location = world.authorized(&authorize("ward", CALLBACK, "&nonce=n1"))?;
    ensure!(location.contains("state=s1") && location.contains("iss="), "{location}");
    let (status, tokens) = world.redeem(&world.code()?)?;
    ensure!(status == 200 && tokens["token_type"] == "Bearer", "{tokens}");

    let payload = text(&tokens["id_token"]).split('.').nth(1).context("no payload")?;
    let claims = Base64UrlUnpadded::decode_vec(payload).map_err(|_| anyhow::anyhow!("base64"))?;
    let claims: Value = serde_json::from_slice(&claims)?;
    for (name, value) in [
        ("sub", json!(AMIRA.uid)),
        ("aud", json!("ward")),
        ("nonce", json!("n1")),
        ("acr", json!("AAL3_SMARTCARD")),
        ("amr", json!(["N3_SMARTCARD"])),
        ("authentication_assurance_level", json!(3)),
        ("sid", json!(world.session.id)),
        ("selected_roleid", json!(world.session.roles[0])),
    ] {
        ensure!(claims[name] == value, "{name}: {claims}");
    }
    let info: Value = serde_json::from_str(&world.userinfo(&tokens["access_token"])?.body)?;
    ensure!(info["sub"] == AMIRA.uid && info["name"] == AMIRA.name, "{info}");
    ensure!(info["nhsid_nrbac_roles"][0]["person_roleid"] == claims["selected_roleid"], "{info}");
    ensure!(world.is_live(&tokens["access_token"])?, "not introspected");

    // Rotation: the next one works, revocation ends all.
    let (status, next) = world.refresh(&tokens["refresh_token"])?;
    ensure!(status == 200 && next["refresh_token"] != tokens["refresh_token"], "{next}");
    let form = format!("token={}", text(&next["refresh_token"]));
    ensure!(world.form("/oidc/token/revoke", &form)?.0 == 200, "not revoked");
    ensure!(
        !world.is_live(&next["access_token"])? && world.refresh(&next["refresh_token"])?.0 == 400
    );
    ensure!(world.userinfo(&next["access_token"])?.status == 401, "a revoked token opens claims");

    let discovered = world.agent.get("/oidc/.well-known/openid-configuration")?;
    ensure!(discovered.body.contains("/oidc/connect/jwk_uri"), "{discovered:?}");
    Ok(())
}

fn proofs() -> Result<()> {
    let world = World::start()?;
    let path = authorize("ward", CALLBACK, "");
    let (page, cookie) = world.page(&path)?;
    let proof = world.agent.authorize(&world.session, text(&page["request"]))?;
    let (other_page, other_cookie) = world.page(&path)?;

    // Another browser's cookie, none, another transaction's proof, none of the session's key.
    ensure!(world.proceed(&page, &other_cookie, Some(&proof))?.status == 403);
    ensure!(world.proceed(&page, "", Some(&proof))?.status == 403);
    ensure!(world.proceed(&other_page, &other_cookie, Some(&proof))?.status == 403);
    let (page_again, cookie_again) = world.page(&path)?;
    let forged = format!("{}A", &proof[..proof.len() - 1]);
    ensure!(world.proceed(&page_again, &cookie_again, Some(&forged))?.status == 403);

    // The right one, once.
    ensure!(world.proceed(&page, &cookie, Some(&proof))?.body.contains("code="));
    ensure!(world.proceed(&page, &cookie, Some(&proof))?.status == 403, "a proof worked twice");

    // The user would not; a silent request is told that nobody is signed in.
    let (page, cookie) = world.page(&path)?;
    ensure!(world.proceed(&page, &cookie, None)?.body.contains("error=access_denied"));
    let (page, cookie) = world.page(&authorize("ward", CALLBACK, "&prompt=none"))?;
    ensure!(page["silent"] == true, "{page}");
    ensure!(world.proceed(&page, &cookie, None)?.body.contains("error=login_required"));

    // prompt=login: the card has to have answered since.
    let (page, cookie) = world.page(&authorize("ward", CALLBACK, "&prompt=login"))?;
    let proof = world.agent.authorize(&world.session, text(&page["request"]))?;
    let again = world.proceed(&page, &cookie, Some(&proof))?;
    ensure!(again.body.contains("\"again\""), "{again:?}");
    Ok(())
}

fn reuse() -> Result<()> {
    let world = World::start()?;
    let code = world.code()?;
    let (_, tokens) = world.redeem(&code)?;
    ensure!(world.is_live(&tokens["access_token"])?);
    let (status, refused) = world.redeem(&code)?;
    ensure!(status == 400 && refused["error"] == "invalid_grant", "{refused}");
    ensure!(!world.is_live(&tokens["access_token"])?, "a token of a stolen code works");

    let (_, first) = world.redeem(&world.code()?)?;
    let (_, second) = world.refresh(&first["refresh_token"])?;
    ensure!(world.is_live(&second["access_token"])?);
    ensure!(world.refresh(&first["refresh_token"])?.0 == 400, "a refresh token worked twice");
    ensure!(!world.is_live(&second["access_token"])?, "a token of a stolen refresh token works");

    // A wrong verifier uses the code up.
    let code = world.code()?;
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={}",
        encoded(CALLBACK),
        VERIFIER.replace('d', "e")
    );
    ensure!(world.form("/oidc/access_token", &form)?.0 == 400);
    ensure!(world.redeem(&code)?.0 == 400);
    let log = world.node.command(&["audit", "list"])?;
    for outcome in ["code_reused", "refresh_token_reused"] {
        ensure!(log.contains(outcome), "{outcome} is not in the log");
    }
    Ok(())
}

fn back_channel() -> Result<()> {
    let world = World::start()?;
    let (_, tokens) = world.redeem(&world.code()?)?;
    world.agent.sign_out(&world.session)?;
    ensure!(!world.is_live(&tokens["access_token"])?, "an access token outlived the session");
    ensure!(world.refresh(&tokens["refresh_token"])?.0 == 400, "a refresh token did");
    let told = world.logouts.recv_timeout(Duration::from_secs(5)).context("nobody was told")?;
    let token = told.split("logout_token=").nth(1).context("no logout token")?;
    let payload = token.trim().split('.').nth(1).context("no payload")?;
    let claims = Base64UrlUnpadded::decode_vec(payload).map_err(|_| anyhow::anyhow!("base64"))?;
    let claims: Value = serde_json::from_slice(&claims)?;
    ensure!(claims["sid"] == world.session.id && claims["aud"] == "ward", "{claims}");
    ensure!(claims["events"].is_object() && claims.get("nonce").is_none(), "{claims}");
    Ok(())
}

fn locked() -> Result<()> {
    let mut world = World::start()?;
    let (status, tokens) = world.redeem(&world.code()?)?;
    ensure!(status == 200 && world.is_live(&tokens["access_token"])?, "{tokens}");
    for verb in ["lock", "suspend"] {
        let reply = world.agent.prove(&mut world.session, verb, None)?;
        ensure!(reply.status == 200, "{reply:?}");
        ensure!(!world.is_live(&tokens["access_token"])?, "live while {verb}");
        ensure!(!world.is_live(&tokens["refresh_token"])?, "live while {verb}");
        let (status, refused) = world.refresh(&tokens["refresh_token"])?;
        ensure!(status == 400 && refused["error"] == "invalid_grant", "{refused}");
        ensure!(world.userinfo(&tokens["access_token"])?.status == 401, "opens while {verb}");
        ensure!(!world.agent.is_valid(&world.session, false)?, "validates while {verb}");
        ensure!(world.agent.assertion(&world.session)?.status == 403, "asserted while {verb}");
    }
    let told = world.logouts.recv_timeout(Duration::from_secs(2));
    ensure!(told.is_err(), "a lock was told as a logout: {told:?}");

    // The card is back: the same tokens work, and only the end is told.
    let agent = world.agent.clone();
    agent.sign_in_again(&world.card, &mut world.session)?;
    ensure!(world.is_live(&tokens["access_token"])?, "not live again");
    let (status, refreshed) = world.refresh(&tokens["refresh_token"])?;
    ensure!(status == 200, "{refreshed}");
    ensure!(agent.prove(&mut world.session, "end", None)?.status == 200);
    ensure!(!world.is_live(&refreshed["access_token"])?, "live after the end");
    world.logouts.recv_timeout(Duration::from_secs(5)).context("nobody was told")?;
    Ok(())
}

fn fapi2() -> Result<()> {
    let world = World::start()?;
    let issuer = format!("{}/oidc", world.agent.server());
    let assertion = |jti: &str| world.key.assertion("strict", &issuer, jti);
    let unpushed = world.agent.get(&authorize("strict", CALLBACK, ""))?;
    ensure!(unpushed.location.contains("error=invalid_request"), "{unpushed:?}");

    let shown = |assertion: &str| {
        format!(
            "client_assertion_type={}&client_assertion={assertion}",
            encoded("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        )
    };
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let one = assertion("one")?;
    let query = authorize("strict", CALLBACK, "");
    let pushed = format!("{}&{}", shown(&one), query.split_once('?').context("no query")?.1);
    let reply = world.agent.post_with("/oidc/par", &form, &pushed)?;
    ensure!(reply.status == 201, "{reply:?}");
    ensure!(world.agent.post_with("/oidc/par", &form, &pushed)?.status == 401, "a replay");
    let reference: Value = serde_json::from_str(&reply.body)?;
    let reference = encoded(text(&reference["request_uri"]));
    let path = format!("/oidc/authorize?client_id=strict&request_uri={reference}");
    let location = world.authorized(&path)?;
    ensure!(world.agent.get(&path)?.status == 400, "a reference worked twice");
    let code = location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
    let redeem = |jti: &str, dpop: Option<&str>| -> Result<Reply> {
        let body = format!(
            "{}&grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={VERIFIER}",
            shown(&assertion(jti)?),
            code.context("no code")?,
            encoded(CALLBACK)
        );
        let mut headers = form.to_vec();
        headers.extend(dpop.map(|proof| ("dpop", proof)));
        world.agent.post_with("/oidc/access_token", &headers, &body)
    };
    let token_endpoint = format!("{issuer}/access_token");
    ensure!(redeem("two", None)?.body.contains("invalid_dpop_proof"), "no proof, but tokens");
    let proof = world.key.dpop("POST", &token_endpoint, "p1", None)?;
    let tokens = redeem("three", Some(&proof))?;
    ensure!(tokens.status == 200, "{tokens:?}");
    let tokens: Value = serde_json::from_str(&tokens.body)?;
    ensure!(tokens["token_type"] == "DPoP", "{tokens}");

    let access = text(&tokens["access_token"]);
    let userinfo = format!("{issuer}/userinfo");
    let asked = |scheme: &str, proof: &str| {
        let authorization = format!("{scheme} {access}");
        let headers = [("authorization", authorization.as_str()), ("dpop", proof)];
        world.agent.get_with("/oidc/userinfo", &headers)
    };
    let right = world.key.dpop("GET", &userinfo, "p2", Some(access))?;
    ensure!(asked("DPoP", &right)?.status == 200, "a right proof is refused");
    ensure!(asked("DPoP", &right)?.status != 200, "a proof worked twice");
    let bearer = world.key.dpop("GET", &userinfo, "p3", Some(access))?;
    ensure!(asked("Bearer", &bearer)?.status == 401, "a bound token works as a bearer's");
    let foreign = ClientKey::new()?.dpop("GET", &userinfo, "p4", Some(access))?;
    let foreign = asked("DPoP", &foreign)?;
    ensure!(foreign.status == 401 && foreign.body.contains("invalid_dpop_proof"), "{foreign:?}");

    // The refresh token is good for who holds the key, as long as the session is.
    let refresh = |jti: &str, key: Option<&ClientKey>| -> Result<(u16, Value)> {
        let body = format!(
            "{}&grant_type=refresh_token&refresh_token={}",
            shown(&assertion(jti)?),
            text(&tokens["refresh_token"])
        );
        let proof = key.map(|key| key.dpop("POST", &token_endpoint, jti, None)).transpose()?;
        let mut headers = form.to_vec();
        headers.extend(proof.as_deref().map(|proof| ("dpop", proof)));
        let reply = world.agent.post_with("/oidc/access_token", &headers, &body)?;
        Ok((reply.status, serde_json::from_str(&reply.body)?))
    };
    for turn in ["r1", "r2"] {
        let (status, next) = refresh(turn, Some(&world.key))?;
        ensure!(status == 200 && next["token_type"] == "DPoP", "{next}");
        // FAPI 2.0 has them bound to the key, and not rotate.
        ensure!(next["refresh_token"] == tokens["refresh_token"], "{next}");
        let access = text(&next["access_token"]);
        let proof = world.key.dpop("GET", &userinfo, &format!("{turn} u"), Some(access))?;
        let authorization = format!("DPoP {access}");
        let headers = [("authorization", authorization.as_str()), ("dpop", proof.as_str())];
        let opened = world.agent.get_with("/oidc/userinfo", &headers)?;
        ensure!(opened.status == 200, "{opened:?}");
    }
    let (status, refused) = refresh("r3", None)?;
    ensure!(status == 400 && refused["error"] == "invalid_dpop_proof", "{refused}");
    let (status, refused) = refresh("r4", Some(&ClientKey::new()?))?;
    ensure!(status == 400 && refused["error"] == "invalid_grant", "{refused}");
    ensure!(refresh("r5", Some(&world.key))?.0 == 200, "a thief's attempt ends the user's");
    world.agent.sign_out(&world.session)?;
    let (status, refused) = refresh("r6", Some(&world.key))?;
    ensure!(status == 400 && refused["error"] == "invalid_grant", "{refused}");
    Ok(())
}

/// RP-initiated logout: an ID token of the session ends it, and nothing else does.
fn sign_out() -> Result<()> {
    let world = World::start()?;
    let (_, tokens) = world.redeem(&world.code()?)?;
    let hint = text(&tokens["id_token"]);
    let end = |query: &str| world.agent.get(&format!("/oidc/connect/endSession?{query}"));
    let to = |address: &str| format!("post_logout_redirect_uri={}&state=s%262", encoded(address));
    let live = || -> Result<bool> {
        Ok(world.is_live(&tokens["access_token"])?
            && world.agent.is_valid(&world.session, false)?)
    };
    let back = format!("{AFTER}?state=s%262");
    let unasked = end(&format!("client_id=ward&{}", to(AFTER)))?;
    ensure!(unasked.status == 303 && unasked.location == back, "{unasked:?}");
    ensure!(end("")?.body.contains("take your smartcard out"), "no word of what to do");
    ensure!(live()?, "a link without a hint ended the session");
    // Another address, another client, a hint that is not as it was signed: nothing ends.
    let (head, signature) = hint.rsplit_once('.').context("no ID token")?;
    let turned = signature.chars().rev().collect::<String>();
    for query in [
        format!("id_token_hint={hint}&{}", to("https://evil.example/")),
        format!("id_token_hint={hint}&client_id=strict&{}", to(AFTER)),
        format!("id_token_hint={head}.{turned}&{}", to(AFTER)),
    ] {
        let refused = end(&query)?;
        ensure!(refused.status == 400 && refused.location.is_empty(), "{query}: {refused:?}");
        ensure!(live()?, "{query} ended the session");
    }
    let done = end(&format!("id_token_hint={hint}&{}", to(AFTER)))?;
    ensure!(done.status == 303 && done.location == back, "{done:?}");
    ensure!(!world.agent.is_valid(&world.session, false)?, "the session goes on");
    ensure!(!world.is_live(&tokens["access_token"])?, "an access token outlived it");
    ensure!(world.refresh(&tokens["refresh_token"])?.0 == 400, "a refresh token outlived it");
    let told = world.logouts.recv_timeout(Duration::from_secs(10)).context("nobody was told")?;
    ensure!(told.contains("logout_token="), "{told}");
    // Once more is no error: the user goes on.
    let again = end(&format!("id_token_hint={hint}&{}", to(AFTER)))?;
    ensure!(again.location == back, "{again:?}");
    Ok(())
}

fn passkey() -> Result<()> {
    let world = World::start()?;
    let (page, cookie) = world.page(&authorize("ward", CALLBACK, ""))?;
    ensure!(page["passkey"] == false, "{page}");
    let headers = [("content-type", "application/json"), ("cookie", cookie.as_str())];
    let begin = json!({ "transaction": page["transaction"] }).to_string();
    let unmet = "unmet_authentication_requirements";
    let refused = world.agent.post_with("/oidc/authorize/passkey", &headers, &begin)?;
    ensure!(refused.status == 403 && refused.body.contains(unmet), "{refused:?}");
    let id = Base64UrlUnpadded::encode_string(&[7; 16]);
    let answer = json!({
        "id": id, "rawId": id, "type": "public-key", "extensions": {},
        "response": { "authenticatorData": id, "clientDataJSON": id, "signature": id },
    });
    for shown in [("passkey", answer), ("role", json!(world.session.roles[0]))] {
        let body = json!({ "transaction": page["transaction"], shown.0: shown.1 }).to_string();
        let refused = world.agent.post_with("/oidc/authorize/continue", &headers, &body)?;
        ensure!(refused.status == 403 && refused.body.contains(unmet), "{refused:?}");
    }
    // A choice of role uses the transaction up.
    let proof = world.agent.authorize(&world.session, text(&page["request"]))?;
    ensure!(world.proceed(&page, &cookie, Some(&proof))?.status == 403, "it goes on");
    Ok(())
}

fn addresses() -> Result<()> {
    let world = World::start()?;
    for (client, address) in [("ward", "https://evil.example/"), ("nobody", CALLBACK)] {
        let page = world.agent.get(&authorize(client, address, ""))?;
        ensure!(page.status == 400 && page.location.is_empty(), "{page:?}");
    }
    let page = world.agent.get(&authorize("ward", CALLBACK, "&request=e30"))?;
    ensure!(page.location.starts_with(CALLBACK), "{page:?}");
    ensure!(page.location.contains("request_not_supported"), "{page:?}");
    Ok(())
}

fn own_tokens() -> Result<()> {
    let world = World::start()?;
    let ask = "grant_type=client_credentials";
    let (status, given) = world.form_of("service", "/oidc/access_token", ask)?;
    ensure!(status == 200 && given["token_type"] == "Bearer", "{given}");
    ensure!(given["refresh_token"].is_null() && given["id_token"].is_null(), "{given}");
    let shown = format!("token={}", text(&given["access_token"]));
    let told = |client: &str| -> Result<Value> {
        Ok(world.form_of(client, "/oidc/introspect", &shown)?.1)
    };
    let said = told("service")?;
    ensure!(said["active"] == true && said["client_id"] == "service", "{said}");
    ensure!(said["sub"].is_null() && said["sid"].is_null(), "a user: {said}");
    let nothing = json!({ "active": false });
    ensure!(told("ward")? == nothing, "told to another client");
    ensure!(world.userinfo(&given["access_token"])?.status == 401, "it opens somebody's claims");

    // Another client's word does not revoke it.
    world.form_of("ward", "/oidc/token/revoke", &shown)?;
    ensure!(told("service")?["active"] == true, "revoked by another client");
    world.form_of("service", "/oidc/token/revoke", &shown)?;
    ensure!(told("service")? == nothing, "it works on");
    let refused = world.form_of("ward", "/oidc/access_token", ask)?.1;
    ensure!(refused["error"] == "unauthorized_client", "{refused}");
    Ok(())
}

/// What the sign-in page holds, and its cookie.
pub fn page_at(agent: &SoftAgent, path: &str) -> Result<(Value, String)> {
    let page = agent.get(path)?;
    ensure!(page.status == 200, "{page:?}");
    let start = page.body.find("id=\"sign-in\">").context("no data in the page")? + 13;
    let end = page.body[start..].find("</script>").context("no end")? + start;
    let cookie = page.cookie.split(';').next().unwrap_or_default().to_owned();
    Ok((serde_json::from_str(&page.body[start..end])?, cookie))
}

pub fn proceed_at(
    agent: &SoftAgent,
    page: &Value,
    cookie: &str,
    proof: Option<&str>,
) -> Result<Reply> {
    let mut body = json!({ "transaction": page["transaction"] });
    if let Some(proof) = proof {
        body["proof"] = json!(proof);
    }
    let headers = [("content-type", "application/json"), ("cookie", cookie)];
    agent.post_with("/oidc/authorize/continue", &headers, &body.to_string())
}

/// What a code gets.
pub fn redeemed_at(agent: &SoftAgent, client: &str, code: &str) -> Result<(u16, Value)> {
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={VERIFIER}",
        encoded(CALLBACK)
    );
    posted(agent, client, "/oidc/access_token", &form)
}

pub fn posted(agent: &SoftAgent, client: &str, path: &str, form: &str) -> Result<(u16, Value)> {
    let form = format!("client_id={client}&client_secret=secret&{form}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let reply = agent.post_with(path, &headers, &form)?;
    Ok((reply.status, serde_json::from_str(&reply.body).unwrap_or_default()))
}

/// A client that signs nobody in.
fn service() -> Value {
    json!({
        "id": "service", "name": "Bed board", "profile": "cis2",
        "grant_types": ["client_credentials"],
        "authentication": { "method": "client_secret_post", "secret_sha256":
            "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" },
    })
}

pub fn ward(logout: &str) -> Value {
    json!({
        "id": "ward", "name": "Meadow Ward", "profile": "cis2", "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [AFTER],
        "backchannel_logout_uri": logout, "development": true,
        // SHA-256 of `secret`.
        "authentication": { "method": "client_secret_post", "secret_sha256":
            "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" },
        "scopes": ["openid", "profile", "nationalrbacaccess", "selectedrole"],
    })
}

pub fn strict(key: &ClientKey) -> Value {
    json!({
        "id": "strict", "name": "Strict Ward", "profile": "fapi2", "redirect_uris": [CALLBACK],
        "authentication": { "method": "private_key_jwt", "jwks": { "keys": [key.jwk()] } },
        "scopes": ["openid", "profile"], "dpop_bound": true,
    })
}

pub fn authorize(client: &str, address: &str, more: &str) -> String {
    format!(
        "/oidc/authorize?client_id={client}&response_type=code&redirect_uri={}\
         &scope=openid%20profile{}&state=s1&code_challenge={CHALLENGE}\
         &code_challenge_method=S256{more}",
        encoded(address),
        if client == "ward" { "%20nationalrbacaccess%20selectedrole" } else { "" },
    )
}

pub fn encoded(text: &str) -> String {
    text.bytes().map(|octet| format!("%{octet:02X}")).collect()
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Where a user goes who was signed out.
const AFTER: &str = "https://ward.example/";
pub const CALLBACK: &str = "https://ward.example/callback";
/// RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
