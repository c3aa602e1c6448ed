//! The server's own pages, asked as no browser of ours would.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{AMIRA, Reply, SoftSession, TOM};

use super::{Named, one_node::OneNode};

pub const TRIALS: &[Named] = &[
    ("console::nothing_is_shown_or_done_without_the_agents_proof", proof),
    ("console::another_sites_forms_do_nothing", foreign),
    ("console::only_the_roles_of_policy_administer", roles),
    ("console::a_visit_is_over_with_its_session", over),
];

/// A node with two users signed in at their agents.
pub struct World {
    pub amira: SoftSession,
    pub tom: SoftSession,
    pub at: OneNode,
}

impl World {
    fn start() -> Result<Self> {
        Self::of(OneNode::start()?)
    }

    pub fn of(at: OneNode) -> Result<Self> {
        Ok(Self { amira: at.sign_in(AMIRA)?, tom: at.sign_in(TOM)?, at })
    }

    /// The data of the sign-in page, and its cookie.
    fn page(&self, path: &str) -> Result<(Value, String)> {
        let page = self.at.agent.get(path)?;
        let start = page.body.find("id=\"sign-in\">").context("no sign-in page")? + 13;
        let end = page.body[start..].find("</script>").context("no end")? + start;
        let cookie = page.cookie.split(';').next().unwrap_or_default().to_owned();
        Ok((serde_json::from_str(&page.body[start..end])?, cookie))
    }

    fn proceed(&self, transaction: &Value, cookie: &str, proof: &str) -> Result<Reply> {
        let body = json!({ "transaction": transaction, "proof": proof }).to_string();
        let headers = [("content-type", "application/json"), ("cookie", cookie)];
        self.at.agent.post_with("/wardkey/console/continue", &headers, &body)
    }

    /// The cookie of a visit.
    pub fn visit(&self, session: &SoftSession) -> Result<String> {
        let (page, cookie) = self.page("/wardkey/account")?;
        let request = page["request"].as_str().context("no request")?;
        let proof = self.at.agent.authorize(session, request)?;
        let reply = self.proceed(&page["transaction"], &cookie, &proof)?;
        let body: Value = serde_json::from_str(&reply.body)?;
        ensure!(body["answer"]["location"] == "/wardkey/account", "{reply:?}");
        ensure!(reply.cookie.contains("SameSite=Strict") && reply.cookie.contains("HttpOnly"));
        Ok(reply.cookie.split(';').next().unwrap_or_default().to_owned())
    }

    pub fn get(&self, path: &str, visit: &str) -> Result<Reply> {
        self.at.agent.get_with(path, &[("cookie", visit)])
    }

    pub fn post(&self, path: &str, visit: &str, from: &str, form: &str) -> Result<Reply> {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("cookie", visit),
            ("sec-fetch-site", from),
            // The server reads no body of whom it refuses, and then its connection is of no use.
            ("connection", "close"),
        ];
        self.at.agent.post_with(path, &headers, form)
    }
}

fn proof() -> Result<()> {
    let world = World::start()?;
    let (page, cookie) = world.page("/wardkey/admin/people")?;
    let shown = world.at.agent.get("/wardkey/admin/people")?;
    ensure!(!shown.body.contains("Okafor"), "people are shown to nobody in particular");
    let request = page["request"].as_str().context("no request")?;
    let proof = world.at.agent.authorize(&world.amira, request)?;
    let transaction = &page["transaction"];
    ensure!(world.proceed(transaction, "", &proof)?.status == 403, "in another browser");
    ensure!(world.proceed(transaction, &cookie, "no.proof.here")?.status == 403, "no proof");
    // The transaction went with the proof that did not hold.
    ensure!(world.proceed(transaction, &cookie, &proof)?.status == 403, "used twice");
    let (other, cookie) = world.page("/wardkey/account")?;
    let stolen = world.proceed(&other["transaction"], &cookie, &proof)?;
    ensure!(stolen.status == 403, "a proof for another transaction");
    let made_up = world.get("/wardkey/account", "__Host-wardkey-visit=guess")?;
    ensure!(made_up.body.contains("sign-in"), "a cookie that nobody gave");
    let nobody = world.post("/wardkey/account/leave", "", "same-origin", "")?;
    ensure!(nobody.status == 401, "{nobody:?}");
    Ok(())
}

fn foreign() -> Result<()> {
    let world = World::start()?;
    let visit = world.visit(&world.amira)?;
    let end = format!("id={}", world.amira.id);
    for from in ["cross-site", "same-site", "none"] {
        let reply = world.post("/wardkey/account/sessions/end", &visit, from, &end)?;
        ensure!(reply.status == 403, "{from}: {reply:?}");
    }
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("cookie", visit.as_str()),
        ("origin", "https://elsewhere.example"),
        ("connection", "close"),
    ];
    let reply = world.at.agent.post_with("/wardkey/account/sessions/end", &headers, &end)?;
    ensure!(reply.status == 403, "{reply:?}");
    ensure!(world.at.agent.is_valid(&world.amira, false)?, "another site ended a session");
    // Another's session is not one of the user's own.
    let toms = format!("id={}", world.tom.id);
    let reply = world.post("/wardkey/account/sessions/end", &visit, "same-origin", &toms)?;
    ensure!(reply.status == 409, "{reply:?}");
    ensure!(world.at.agent.is_valid(&world.tom, false)?, "a user ended another's session");
    let reply = world.post("/wardkey/account/sessions/end", &visit, "same-origin", &end)?;
    ensure!(reply.status == 303, "{reply:?}");
    ensure!(!world.at.agent.is_valid(&world.amira, false)?, "the session goes on");
    Ok(())
}

fn roles() -> Result<()> {
    let world = World::start()?;
    let of_amira = world.visit(&world.amira)?;
    let of_tom = world.visit(&world.tom)?;
    let (sessions, end) = ("/wardkey/admin/sessions", "/wardkey/admin/sessions/end");
    let amiras = format!("id={}", world.amira.id);
    for visit in [&of_amira, &of_tom] {
        ensure!(world.get(sessions, visit)?.status == 403, "a role that does not administer");
        ensure!(world.post(end, visit, "same-origin", &amiras)?.status == 403, "ended");
    }
    // Tom's third role administers.
    let role = world.tom.roles.get(2).context("no role")?;
    let path = wardkey_spine::role_selection_path(&world.tom.ticket()?, role);
    ensure!(world.at.agent.get(&path)?.status == 200, "no role");
    let shown = world.get(sessions, &of_tom)?;
    ensure!(shown.status == 200 && shown.body.contains("Okafor"), "{shown:?}");
    ensure!(world.post(end, &of_tom, "same-origin", &amiras)?.status == 303, "not ended");
    ensure!(!world.at.agent.is_valid(&world.amira, false)?, "the session goes on");
    let log = world.at.node.command(&["audit", "list"])?;
    for action in ["visit", "admin_sessions_end", "destroy"] {
        let logged = log.matches(&format!("\"action\":\"{action}\"")).count();
        ensure!(logged == if action == "visit" { 2 } else { 1 }, "{action}: {logged}");
    }
    let asked =
        log.lines().find(|line| line.contains("admin_sessions_end")).context("not logged")?;
    let asked: Value = serde_json::from_str(asked)?;
    ensure!(asked["uid"] == TOM.uid && asked["target"] == world.amira.id, "{asked}");
    let person = format!("/wardkey/admin/person/{}", AMIRA.uid);
    let reply = world.post(&format!("{person}/delete"), &of_tom, "same-origin", "")?;
    ensure!(reply.status == 303, "{reply:?}");
    let log = world.at.node.command(&["audit", "list"])?;
    let asked =
        log.lines().find(|line| line.contains("admin_person_delete")).context("not logged")?;
    let asked: Value = serde_json::from_str(asked)?;
    ensure!(asked["target"] == AMIRA.uid, "{asked}");
    world.at.node.command(&["audit", "verify"])?;
    Ok(())
}

fn over() -> Result<()> {
    let world = World::start()?;
    let visit = world.visit(&world.amira)?;
    let shown = world.get("/wardkey/account", &visit)?;
    ensure!(shown.body.contains("Amira Okafor"), "{shown:?}");
    world.at.agent.sign_out(&world.amira)?;
    let shown = world.get("/wardkey/account", &visit)?;
    ensure!(!shown.body.contains("Okafor") && shown.body.contains("sign-in"), "{shown:?}");
    let reply = world.post("/wardkey/account/leave", &visit, "same-origin", "")?;
    ensure!(reply.status == 401, "{reply:?}");
    Ok(())
}
