use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use wardkey_tests::stage::{
    AMIRA, ClientKey, Node, Site, SoftAgent, SoftCard, SoftSession, TOM, built, database,
};

use super::{
    Named, ORIGIN,
    oidc::{
        CALLBACK, authorize, encoded, page_at, posted, proceed_at, redeemed_at, strict, text, ward,
    },
    untimed,
};

pub const TRIALS: &[Named] = &[
    ("nodes::a_session_of_one_node_is_valid_on_the_other", valid_on_the_other),
    ("nodes::a_session_ended_on_one_node_is_refused_on_the_other", refused_on_the_other),
    ("nodes::a_challenge_of_one_node_is_answered_on_the_other_once", answered_on_the_other),
    ("nodes::a_sign_on_begun_on_one_node_goes_on_on_the_other", sign_on),
    ("nodes::each_node_has_a_chain_of_its_own", a_chain_of_its_own),
];

/// Two nodes over one PostgreSQL, and an agent of each.
struct Two {
    nodes: [Node; 2],
    agents: [SoftAgent; 2],
    card: SoftCard,
    site: Site,
    _folder: TempDir,
}

impl Two {
    fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-identity-").tempdir()?;
        let program = built("wardkey-identity")?;
        let database = database("nodes").context("no PostgreSQL")?;
        let site = Site::init(&program, &folder.path().join("site"), ORIGIN)?;
        let nodes = [site.node("a", &database, untimed)?, site.node("b", &database, untimed)?];
        let agent = |node| SoftAgent::of(node, &site.url, &site.authority());
        let agents = [agent(&nodes[0])?, agent(&nodes[1])?];
        let card = SoftCard::issue(&program, &nodes[0], TOM)?;
        Ok(Self { nodes, agents, card, site, _folder: folder })
    }
}

fn valid_on_the_other() -> Result<()> {
    let two = Two::start()?;
    let [one, other] = &two.agents;
    let mut session = one.sign_in(&two.card)?;
    ensure!(other.is_valid(&session, false)?, "it is not");
    ensure!(other.is_valid(&session, true)?, "it is not kept up");
    let role = format!("token={}&selectedRoleUid={}", urlencoded(&session)?, session.roles[1]);
    let chosen = other.get(&format!("/saml/RoleSelectionGP.jsp?{role}"))?;
    ensure!(chosen.status == 200, "{chosen:?}");
    let assertion = one.assertion(&session)?;
    ensure!(assertion.status == 200 && assertion.body.contains(&session.roles[1]), "{assertion:?}");
    // Numbers of proofs are the session's, not the node's.
    ensure!(one.prove(&mut session, "lease", None)?.status == 200);
    ensure!(other.prove(&mut session, "lease", None)?.status == 200);
    session.repeat_sequence();
    let replayed = one.prove(&mut session, "lease", None)?;
    ensure!(replayed.status != 200, "a proof worked on both nodes");
    Ok(())
}

fn refused_on_the_other() -> Result<()> {
    let two = Two::start()?;
    let [one, other] = &two.agents;
    let asks: [(&str, Ask); 4] = [
        ("a check", |agent, session| agent.is_valid(session, false)),
        ("a refresh", |agent, session| agent.is_valid(session, true)),
        ("an assertion", |agent, session| Ok(agent.assertion(session)?.status == 200)),
        ("a role", |agent, session| choose(agent, session, &session.roles[0])),
    ];
    for by_administrator in [false, true] {
        for (name, granted) in &asks {
            let session = one.sign_in(&two.card)?;
            ensure!(choose(one, &session, &session.roles[1])?, "no role");
            ensure!(granted(other, &session)?, "{name} is refused before the end");
            if by_administrator {
                two.nodes[0].command(&["session", "end", &session.id])?;
            } else {
                one.sign_out(&session)?;
            }
            // Nothing is remembered between requests: once the end is acknowledged, the first
            // question is refused, however soon it comes.
            ensure!(!granted(other, &session)?, "{name} after the end, on the other node");
            ensure!(!granted(one, &session)?, "{name} after the end, where it was ended");
        }
    }
    Ok(())
}

type Ask = fn(&SoftAgent, &SoftSession) -> Result<bool>;

fn choose(agent: &SoftAgent, session: &SoftSession, role: &str) -> Result<bool> {
    let path = wardkey_spine::role_selection_path(&session.ticket()?, role);
    Ok(agent.get(&path)?.status == 200)
}

fn answered_on_the_other() -> Result<()> {
    let two = Two::start()?;
    let [one, other] = &two.agents;
    let asked = one.activate()?;
    let request = one.answer(&two.card, asked)?;
    let first = other.post("/login/authvalidate", &request)?;
    ensure!(first.status == 200, "{first:?}");
    let again = one.post("/login/authvalidate", &request)?;
    ensure!(again.status == 403 && again.body.contains("challenge_invalid"), "{again:?}");
    Ok(())
}

/// OpenID Connect, with a load balancer that never sends anybody to the same node twice.
fn sign_on() -> Result<()> {
    let two = Two::start()?;
    let [one, other] = &two.agents;
    let key = ClientKey::new()?;
    for client in [ward("https://ward.example/logout"), strict(&key)] {
        let file = two.nodes[0].folder().join("client.json");
        std::fs::write(&file, client.to_string())?;
        two.nodes[0].command(&["client", "add", &file.display().to_string()])?;
    }
    let path = authorize("ward", CALLBACK, "");
    // The last client that was added is known last.
    let pushing = authorize("strict", CALLBACK, "");
    let end = Instant::now() + PATIENCE;
    for agent in [one, other] {
        while agent.get(&pushing)?.location.is_empty() {
            ensure!(Instant::now() < end, "the clients are not known");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let session = one.sign_in(&two.card)?;
    let role = format!("token={}&selectedRoleUid={}", urlencoded(&session)?, session.roles[0]);
    ensure!(other.get(&format!("/saml/RoleSelectionGP.jsp?{role}"))?.status == 200, "no role");
    let code = || -> Result<String> {
        let (page, cookie) = page_at(one, &path)?;
        let proof = one.authorize(&session, text(&page["request"]))?;
        let reply = proceed_at(other, &page, &cookie, Some(&proof))?;
        let again = proceed_at(one, &page, &cookie, Some(&proof))?;
        ensure!(again.status == 403, "a proof worked on both nodes: {again:?}");
        let body: Value = serde_json::from_str(&reply.body)?;
        let location = text(&body["answer"]["location"]);
        let code = location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
        code.map(str::to_owned).ok_or_else(|| anyhow::anyhow!("{reply:?}"))
    };
    let refresh = |agent: &SoftAgent, tokens: &Value| {
        let token = text(&tokens["refresh_token"]);
        let form = format!("grant_type=refresh_token&refresh_token={token}");
        posted(agent, "ward", "/oidc/access_token", &form)
    };
    let is_live = |agent: &SoftAgent, tokens: &Value| -> Result<bool> {
        let form = format!("token={}", text(&tokens["access_token"]));
        Ok(posted(agent, "ward", "/oidc/introspect", &form)?.1["active"] == true)
    };
    let (status, tokens) = redeemed_at(one, "ward", &code()?)?;
    ensure!(status == 200 && is_live(other, &tokens)?, "{tokens}");
    let (status, next) = refresh(other, &tokens)?;
    ensure!(status == 200 && is_live(one, &next)?, "{next}");
    // What was used on one node is used on the other.
    ensure!(refresh(one, &tokens)?.0 == 400, "a refresh token worked on both nodes");
    ensure!(!is_live(other, &next)?, "a token of a stolen refresh token works");
    let code = code()?;
    let (status, tokens) = redeemed_at(other, "ward", &code)?;
    ensure!(status == 200 && is_live(one, &tokens)?, "{tokens}");
    one.sign_out(&session)?;
    ensure!(!is_live(other, &tokens)?, "an access token outlived the session");
    ensure!(refresh(other, &tokens)?.0 == 400, "a refresh token did");

    let issuer = format!("{}/oidc", one.server());
    let push = format!(
        "client_assertion_type={}&client_assertion={}&{}",
        encoded("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        key.assertion("strict", &issuer, "one")?,
        pushing.split_once('?').map_or("", |(_, query)| query)
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let pushed = one.post_with("/oidc/par", &form, &push)?;
    ensure!(pushed.status == 201, "{pushed:?}");
    let replayed = other.post_with("/oidc/par", &form, &push)?;
    ensure!(replayed.status == 401, "an assertion worked on both nodes: {replayed:?}");
    Ok(())
}

fn a_chain_of_its_own() -> Result<()> {
    let two = Two::start()?;
    let amira = SoftCard::issue(&built("wardkey-identity")?, &two.nodes[1], AMIRA)?;
    std::thread::scope(|scope| {
        for (agent, card) in two.agents.iter().zip([&two.card, &amira]) {
            scope.spawn(move || (0..5).try_for_each(|_| agent.sign_in(card).map(drop)));
        }
    });
    let verified = two.nodes[0].command(&["audit", "verify"])?;
    // The first node filled the directory: three people and two organisations.
    for chain in ["a: 10 entries", "b: 5 entries"] {
        ensure!(verified.contains(chain), "{verified}");
    }
    ensure!(two.site.folder().exists());
    Ok(())
}

fn urlencoded(session: &wardkey_tests::stage::SoftSession) -> Result<String> {
    let ticket = session.ticket()?;
    let octets = ticket.expose().bytes();
    Ok(octets.map(|octet| format!("%{octet:02X}")).collect())
}

const PATIENCE: Duration = Duration::from_secs(20);
