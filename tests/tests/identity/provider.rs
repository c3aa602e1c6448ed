//! Whether the provider keeps its word: what its metadata says, what it tells of whom, when.

use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use toml::Table;
use wardkey_tests::stage::{ClientKey, TOM};

use super::{
    Named, listener,
    oidc::{CALLBACK, World, authorize, encoded, redeemed_at, text},
};

pub const TRIALS: &[Named] = &[
    ("provider::what_the_metadata_says_is_so", metadata),
    ("provider::a_closed_role_opens_nothing", closed_role),
    ("provider::a_short_max_age_asks_for_the_card_once", max_age),
    ("provider::a_role_changes_with_the_card_where_policy_says_so", role_change),
    ("provider::a_client_that_is_removed_has_nothing_left", removed_client),
    ("provider::a_client_publishes_its_keys_and_changes_them", published_keys),
];
pub const OVER_POSTGRESQL: &[Named] =
    &[("provider::many_codes_at_once_are_redeemed", many_at_once)];

fn metadata() -> Result<()> {
    let world = World::start()?;
    let said = world.agent.get("/oidc/.well-known/openid-configuration")?;
    let said: Value = serde_json::from_str(&said.body)?;
    let issuer = format!("{}/oidc", world.agent.server());
    ensure!(said["issuer"] == issuer.as_str(), "{said}");
    let members = said.as_object().context("no object")?;
    for (name, value) in members.iter().filter(|(name, _)| name.ends_with("_endpoint")) {
        let path = text(value).strip_prefix(world.agent.server()).context("elsewhere")?;
        let asked = world.agent.post(path, "")?.status;
        ensure!(![404, 405].contains(&asked) && asked < 500, "{name} answers {asked}");
    }
    let path = text(&said["jwks_uri"]).strip_prefix(world.agent.server()).context("elsewhere")?;
    let keys: Value = serde_json::from_str(&world.agent.get(path)?.body)?;
    let kinds: Vec<&str> =
        keys["keys"].as_array().into_iter().flatten().map(|key| text(&key["kty"])).collect();
    ensure!(kinds.contains(&"EC") && kinds.contains(&"RSA"), "{keys}");

    // A registration may name all of it, and a request too.
    let list = |name: &str| -> Vec<String> {
        let values = said[name].as_array().into_iter().flatten();
        values.map(|value| text(value).to_owned()).collect()
    };
    let scopes = list("scopes_supported").join(" ");
    for algorithm in list("id_token_signing_alg_values_supported") {
        let client = json!({
            "id": format!("all-{algorithm}"), "name": "All", "profile": "cis2",
            "redirect_uris": [CALLBACK], "grant_types": list("grant_types_supported"),
            "scopes": list("scopes_supported"), "acr_values": list("acr_values_supported"),
            "id_token_signed_response_alg": algorithm,
            // SHA-256 of `secret`.
            "authentication": { "method": "client_secret_post", "secret_sha256":
                "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" },
        });
        world.register(&client)?;
    }
    for algorithm in list("id_token_signing_alg_values_supported") {
        let id = format!("all-{algorithm}");
        let path = asking(&id, &scopes, "");
        world.wait_for(&path)?;
        let code = world.code_of(&path)?;
        let (status, tokens) = world.redeem_of(&id, &code)?;
        ensure!(status == 200, "{algorithm}: {tokens}");
        let header = world.part(&tokens["id_token"], 0)?;
        ensure!(header["alg"] == algorithm.as_str(), "{header}");
        let claims = world.part(&tokens["id_token"], 1)?;
        let told: Value = serde_json::from_str(&world.userinfo(&tokens["access_token"])?.body)?;
        let supported = list("claims_supported");
        for claims in [&claims, &told] {
            for name in claims.as_object().context("no claims")?.keys() {
                ensure!(supported.contains(name), "{name} is not said to be told");
            }
        }
        ensure!(told["nhsid_org_roles"][0]["person_orgid"].is_string(), "{told}");
    }
    let any = format!("all-{}", list("id_token_signing_alg_values_supported")[0]);
    for (name, parameter) in [
        ("acr_values_supported", "acr_values"),
        ("prompt_values_supported", "prompt"),
        ("response_modes_supported", "response_mode"),
    ] {
        for value in list(name) {
            let shown =
                world.agent.get(&asking(&any, &scopes, &format!("&{parameter}={value}")))?;
            ensure!(shown.status == 200, "{parameter}={value}: {shown:?}");
        }
    }
    for scope in list("scopes_supported") {
        let shown = world.agent.get(&asking(&any, &format!("openid {scope}"), ""))?;
        ensure!(shown.status == 200, "{scope}: {shown:?}");
    }
    for (parameter, value) in [("acr_values", "AAL9"), ("prompt", "x"), ("response_mode", "x")] {
        let shown = world.agent.get(&asking(&any, &scopes, &format!("&{parameter}={value}")))?;
        ensure!(shown.location.contains("error="), "{parameter}={value}: {shown:?}");
    }
    Ok(())
}

fn closed_role() -> Result<()> {
    let world = World::of(TOM, |_| ())?;
    let [nurse, ward, _] = world.session.roles.as_slice() else {
        anyhow::bail!("other roles");
    };
    world.select(nurse)?;
    let (_, tokens) = world.redeem(&world.code()?)?;
    ensure!(world.part(&tokens["id_token"], 1)?["selected_roleid"] == nurse.as_str(), "{tokens}");
    let roles = || -> Result<Vec<String>> {
        let told: Value = serde_json::from_str(&world.userinfo(&tokens["access_token"])?.body)?;
        let roles = told["nhsid_nrbac_roles"].as_array().context("no roles")?;
        Ok(roles.iter().map(|role| text(&role["person_roleid"]).to_owned()).collect())
    };
    ensure!(roles()?.len() == 3, "{:?}", roles()?);
    world.close(ward)?;
    let end = Instant::now() + PATIENCE;
    while roles()?.contains(ward) {
        ensure!(Instant::now() < end, "a closed role is told");
    }
    ensure!(world.is_live(&tokens["access_token"])?, "a session in another role ended");
    world.close(nurse)?;
    while world.is_live(&tokens["access_token"])? {
        ensure!(Instant::now() < end, "a token works in a role that is closed");
    }
    ensure!(!world.agent.is_valid(&world.session, false)?, "a session in a closed role");
    ensure!(world.userinfo(&tokens["access_token"])?.status == 401, "claims of a closed role");
    Ok(())
}

fn max_age() -> Result<()> {
    let mut world = World::start()?;
    std::thread::sleep(Duration::from_millis(1100));
    for age in ["0", "1"] {
        let path = authorize("ward", CALLBACK, &format!("&max_age={age}"));
        let (page, cookie) = world.page(&path)?;
        let proof = world.agent.authorize(&world.session, text(&page["request"]))?;
        let again = world.proceed(&page, &cookie, Some(&proof))?;
        let next: Value = serde_json::from_str(&again.body)?;
        let next = &next["again"];
        ensure!(next["request"].is_string(), "max_age={age}: {again:?}");
        let cookie = again.cookie.split(';').next().unwrap_or_default();
        world.agent.sign_in_again(&world.card, &mut world.session)?;
        std::thread::sleep(Duration::from_millis(1200));
        let proof = world.agent.authorize(&world.session, text(&next["request"]))?;
        let done = world.proceed(next, cookie, Some(&proof))?;
        ensure!(done.body.contains("code="), "max_age={age}, for ever: {done:?}");
    }
    Ok(())
}

fn role_change() -> Result<()> {
    let mut world = World::of(TOM, |config| {
        let session = config.get_mut("session").and_then(toml::Value::as_table_mut);
        let policy = ("role_change_needs_card".to_owned(), toml::Value::Boolean(true));
        // The card's answer counts for five seconds.
        let short = ("challenge_seconds".to_owned(), toml::Value::Integer(5));
        match session {
            Some(session) => session.extend([policy, short]),
            None => drop(config.insert("session".into(), Table::from_iter([policy, short]).into())),
        }
    })?;
    let roles = world.session.roles.clone();
    world.select(&roles[0])?;
    std::thread::sleep(Duration::from_millis(5200));
    let refused = world.select(&roles[1]).err().context("a role changed without the card")?;
    let said = format!("{refused:#}");
    ensure!(said.contains("403") && said.contains("the role is fixed"), "{said}");
    world.select(&roles[0])?;
    // The page of a client that asks for another role has the agent ask for the card.
    world.register(&json!({
        "id": "rota", "name": "Rota", "profile": "cis2", "redirect_uris": [CALLBACK],
        "scopes": ["openid", "changedrole"],
        "authentication": { "method": "client_secret_post", "secret_sha256":
            "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b" },
    }))?;
    let path = asking("rota", "openid changedrole", "");
    world.wait_for(&path)?;
    let (page, _) = world.page(&path)?;
    let asked = world.part(&page["request"], 1)?;
    ensure!(asked["reauthenticate"] == true && asked["select_role"] == true, "{asked}");
    world.agent.sign_in_again(&world.card, &mut world.session)?;
    world.select(&roles[1])?;
    let (_, tokens) = world.redeem_of("rota", &world.code_of(&path)?)?;
    let claims = world.part(&tokens["id_token"], 1)?;
    ensure!(claims["selected_roleid"] == roles[1].as_str(), "{claims}");
    Ok(())
}

fn removed_client() -> Result<()> {
    let world = World::start()?;
    let (_, tokens) = world.redeem(&world.code()?)?;
    ensure!(world.userinfo(&tokens["access_token"])?.status == 200, "no claims");
    world.node.command(&["client", "remove", "ward"])?;
    let left = world.userinfo(&tokens["access_token"])?;
    ensure!(left.status == 401, "a token of a client that is gone: {left:?}");
    Ok(())
}

fn published_keys() -> Result<()> {
    let world = World::start()?;
    let (first, second) = (ClientKey::new()?, ClientKey::new()?);
    let set = |key: &ClientKey| json!({ "keys": [key.jwk()] }).to_string();
    let published = Arc::new(Mutex::new(set(&first)));
    let (origin, asked) = listener::publish(&published)?;
    world.register(&json!({
        "id": "rota", "name": "Rota", "profile": "cis2", "development": true,
        "grant_types": ["client_credentials"],
        "authentication": { "method": "private_key_jwt", "jwks_uri": format!("{origin}/keys") },
    }))?;
    let issuer = format!("{}/oidc", world.agent.server());
    let ask = |key: &ClientKey, jti: &str| -> Result<u16> {
        let form = format!(
            "grant_type=client_credentials&client_assertion_type={}&client_assertion={}",
            encoded("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            key.assertion("rota", &issuer, jti)?
        );
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        Ok(world.agent.post_with("/oidc/access_token", &headers, &form)?.status)
    };
    let end = Instant::now() + PATIENCE;
    while ask(&first, "known")? != 200 {
        ensure!(Instant::now() < end, "the published key is refused");
        std::thread::sleep(Duration::from_millis(200));
    }
    ensure!(ask(&first, "again")? == 200 && asked.load(Ordering::SeqCst) == 1, "asked each time");
    // Another key is refused, and what is made up makes the server ask once in ten seconds.
    for jti in ["a", "b", "c"] {
        ensure!(ask(&second, jti)? == 401, "a key that nobody published");
    }
    ensure!(asked.load(Ordering::SeqCst) <= 2, "asked for each assertion");
    if let Ok(mut published) = published.lock() {
        *published = set(&second);
    }
    let end = Instant::now() + PATIENCE;
    let mut turn = 0;
    while ask(&second, &format!("new {turn}"))? != 200 {
        ensure!(Instant::now() < end, "the new key is refused");
        std::thread::sleep(Duration::from_millis(500));
        turn += 1;
    }
    ensure!(ask(&first, "old")? == 401, "a key that is published no more");
    Ok(())
}

/// More than the node has connections: each would wait for another that none gives back.
fn many_at_once() -> Result<()> {
    let world = World::start()?;
    let codes: Vec<String> = (0..40).map(|_| world.code()).collect::<Result<_>>()?;
    let agent = &world.agent;
    let begun = Instant::now();
    let redeemed: Vec<Result<u16>> = std::thread::scope(|scope| {
        let all: Vec<_> = codes
            .iter()
            .map(|code| scope.spawn(move || Ok(redeemed_at(agent, "ward", code)?.0)))
            .collect();
        all.into_iter().map(|one| one.join().unwrap_or(Ok(0))).collect()
    });
    for status in redeemed {
        ensure!(status? == 200, "a code was not redeemed");
    }
    // A connection is waited for for five seconds.
    ensure!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    Ok(())
}

impl World {
    fn register(&self, client: &Value) -> Result<()> {
        let file = self.node.folder().join("client.json");
        std::fs::write(&file, client.to_string())?;
        self.node.command(&["client", "add", &file.display().to_string()]).map(drop)
    }

    fn wait_for(&self, path: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while self.agent.get(path)?.status != 200 {
            ensure!(Instant::now() < end, "the client is not known");
        }
        Ok(())
    }

    fn code_of(&self, path: &str) -> Result<String> {
        let location = self.authorized(path)?;
        let code = location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
        Ok(code.context("no code")?.to_owned())
    }

    fn select(&self, role: &str) -> Result<()> {
        let path = wardkey_spine::role_selection_path(&self.session.ticket()?, role);
        let reply = self.agent.get(&path)?;
        ensure!(reply.status == 200, "{reply:?}");
        Ok(())
    }

    /// Closes a role of the user, as of long ago.
    fn close(&self, role: &str) -> Result<()> {
        let exported = self.node.command(&["directory", "export", "--format", "ldif"])?;
        let exported = exported.replace("\n ", "");
        let dn = exported.lines().find(|line| {
            line.starts_with("dn: ") && line.contains(&format!("uniqueIdentifier={role}"))
        });
        let change = format!(
            "{}\nchangetype: modify\nadd: wardkeyRoleCloseDate\nwardkeyRoleCloseDate: 20200101\n",
            dn.context("no such role")?
        );
        let file = self.node.folder().join("close.ldif");
        std::fs::write(&file, change)?;
        let file = file.display().to_string();
        self.node.command(&["directory", "import", "--format", "ldif", &file]).map(drop)
    }

    /// The header (0) or the claims (1) of a token, which are not verified.
    fn part(&self, token: &Value, part: usize) -> Result<Value> {
        use base64ct::{Base64UrlUnpadded, Encoding as _};
        let part = text(token).split('.').nth(part).context("no token")?;
        let part = Base64UrlUnpadded::decode_vec(part).map_err(|_| anyhow::anyhow!("base64"))?;
        Ok(serde_json::from_slice(&part)?)
    }
}

fn asking(client: &str, scopes: &str, more: &str) -> String {
    let path = authorize(client, CALLBACK, more);
    path.replacen("openid%20profile", &encoded(scopes), 1)
}

const PATIENCE: Duration = Duration::from_secs(20);
