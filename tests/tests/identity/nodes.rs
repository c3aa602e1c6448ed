use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use wardkey_tests::stage::{AMIRA, Node, Site, SoftAgent, SoftCard, TOM, built, database};

use super::{Named, ORIGIN, untimed};

pub const TRIALS: &[Named] = &[
    ("nodes::a_session_of_one_node_is_valid_on_the_other", valid_on_the_other),
    ("nodes::a_session_ended_on_one_node_is_refused_on_the_other", refused_on_the_other),
    ("nodes::a_challenge_of_one_node_is_answered_on_the_other_once", answered_on_the_other),
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
    let mut took = Vec::new();
    for _ in 0..10 {
        let session = one.sign_in(&two.card)?;
        ensure!(other.is_valid(&session, false)?, "it is not valid");
        one.sign_out(&session)?;
        let ended = Instant::now();
        while other.is_valid(&session, false)? {
            ensure!(ended.elapsed() < Duration::from_secs(2), "still valid on the other node");
        }
        took.push(ended.elapsed());
        ensure!(!one.is_valid(&session, false)?, "still valid where it was ended");
        ensure!(other.assertion(&session)?.status == 403, "an assertion of an ended session");
    }
    // The first question after the end is refused already: nothing is remembered between.
    ensure!(took.iter().all(|took| took < &Duration::from_secs(1)), "{took:?}");
    Ok(())
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
