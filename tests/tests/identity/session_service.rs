//! The Spine's session service, as applications and administrators ask it.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use toml::{Table, Value};
use wardkey_spine::{
    Ticket,
    session_service::{
        NotificationKind, Operation, Outcome, SessionNotification, SessionRequest, SessionResponse,
        SessionState,
    },
};
use wardkey_tests::stage::{AMIRA, SoftSession, TOM};

use super::{Named, listener, one_node::OneNode};

pub const TRIALS: &[Named] = &[
    ("session_service::a_listener_hears_that_the_session_ended", listeners),
    ("session_service::an_app_hears_that_its_ticket_went_with_the_role", another_role),
    ("session_service::an_administrator_lists_and_destroys", administrators),
];

struct Ward {
    amira: SoftSession,
    tom: SoftSession,
    at: OneNode,
}

impl Ward {
    fn new(change: impl FnOnce(&mut Table)) -> Result<Self> {
        let at = OneNode::with(change)?;
        Ok(Self { amira: at.sign_in(AMIRA)?, tom: at.sign_in(TOM)?, at })
    }

    fn ask(&self, operation: Operation) -> Result<Outcome> {
        let request = SessionRequest { set_id: 1, request_id: 0, operation };
        let reply = self.at.agent.post("/amserver/sessionservice", &request.write()?)?;
        Ok(SessionResponse::read(reply.body.as_bytes())?.outcome)
    }

    fn listen(&self, ticket: Ticket, url: &str) -> Result<Outcome> {
        self.ask(Operation::AddSessionListener { ticket, url: url.to_owned() })
    }
}

fn listeners() -> Result<()> {
    let mut ward = Ward::new(|_| ())?;
    let (origin, heard) = listener::start()?;
    let (other, others) = listener::start()?;
    let url = format!("{origin}/notify?app=1");
    let refused = |outcome| match outcome {
        Outcome::Exception { message, .. } => Ok(message),
        _ => bail!("not refused"),
    };
    let said = refused(ward.listen(ward.amira.ticket()?, &url)?)?;
    ensure!(said == "not permitted with this ticket", "an app that nobody registered: {said}");
    for app in [&origin, &other] {
        ward.at.node.command(&["relying-party", "add", "--name", "App", app])?;
    }
    let child = ward.at.agent.child(&mut ward.amira, &origin)?;
    for (ticket, url) in [
        // An app's ticket listens at that app alone, and nobody's at another address.
        (&child, format!("{other}/notify")),
        (&child, format!("http://user@{}", &url[7..])),
        (&child, "file:///etc/passwd".to_owned()),
        (&child, "https://localhost.example/".to_owned()),
    ] {
        let said = refused(ward.listen(Ticket::parse(ticket)?, &url)?)?;
        ensure!(said == "not permitted with this ticket", "{url}: {said}");
    }
    let added = ward.listen(Ticket::parse(&child)?, &url)?;
    ensure!(matches!(added, Outcome::ListenerAdded), "not added");
    let added = ward.listen(ward.tom.ticket()?, &format!("{other}/tom"))?;
    ensure!(matches!(added, Outcome::ListenerAdded), "not added");

    ward.at.agent.sign_out(&ward.amira)?;
    let body = heard.recv_timeout(TOLD).context("nobody told the app")?;
    let told = SessionNotification::read(body.as_bytes())?;
    ensure!(told.kind == NotificationKind::Logout, "{body}");
    ensure!(told.session.sid == child && told.session.state == SessionState::Destroyed, "{body}");
    ensure!(told.session.property("UserId") == Some(AMIRA.uid), "{body}");
    ensure!(told.session.valid_for(&Ticket::parse(&child)?).is_none(), "valid");

    ward.at.node.command(&["session", "end", "--uid", TOM.uid])?;
    let body = others.recv_timeout(TOLD).context("nobody told the other app")?;
    let told = SessionNotification::read(body.as_bytes())?;
    ensure!(told.kind == NotificationKind::Destroy, "{body}");
    ensure!(heard.recv_timeout(Duration::from_millis(300)).is_err(), "told of another's session");
    let over = refused(ward.listen(ward.amira.ticket()?, &url)?)?;
    ensure!(over == "no valid session", "{over}");
    Ok(())
}

fn another_role() -> Result<()> {
    let mut ward = Ward::new(|_| ())?;
    let (origin, heard) = listener::start()?;
    ward.at.node.command(&["relying-party", "add", "--name", "App", &origin])?;
    let own = ward.tom.ticket()?;
    let select = |at: &OneNode, role: &str| -> Result<()> {
        let reply = at.agent.get(&wardkey_spine::role_selection_path(&own, role))?;
        ensure!(reply.status == 200, "{reply:?}");
        Ok(())
    };
    let roles = ward.tom.roles.clone();
    select(&ward.at, &roles[0])?;
    let child = ward.at.agent.child(&mut ward.tom, &origin)?;
    let added = ward.listen(Ticket::parse(&child)?, &format!("{origin}/notify"))?;
    ensure!(matches!(added, Outcome::ListenerAdded), "not added");
    select(&ward.at, &roles[0])?;
    ensure!(heard.recv_timeout(Duration::from_millis(500)).is_err(), "told of the same role");
    select(&ward.at, &roles[1])?;
    let body = heard.recv_timeout(TOLD).context("nobody told the app")?;
    let told = SessionNotification::read(body.as_bytes())?;
    ensure!(told.kind == NotificationKind::Destroy && told.session.sid == child, "{body}");
    ensure!(ward.at.agent.is_valid(&ward.tom, false)?, "the session ended");
    ward.at.agent.sign_out(&ward.tom)?;
    ensure!(heard.recv_timeout(Duration::from_secs(2)).is_err(), "told twice");
    Ok(())
}

fn administrators() -> Result<()> {
    let ward = Ward::new(|config| {
        let activities = Value::Array(vec![Value::String("B0420".to_owned())]);
        let table = Table::from_iter([("activities".to_owned(), activities)]);
        config.insert("administration".to_owned(), Value::Table(table));
    })?;
    let list = |ticket, pattern: Option<&str>| {
        ward.ask(Operation::GetValidSessions { ticket, pattern: pattern.map(str::to_owned) })
    };
    // Of the two only one has a role with that activity.
    let refused = list(ward.tom.ticket()?, None)?;
    ensure!(matches!(refused, Outcome::Exception { .. }), "anybody may");
    let Outcome::Sessions { sessions, complete: true } = list(ward.amira.ticket()?, None)? else {
        bail!("no list");
    };
    ensure!(sessions.len() == 2, "{}", sessions.len());
    for (pattern, count) in [("5550*02", 1), ("*", 2), ("555000000101", 1), ("9*", 0)] {
        let Outcome::Sessions { sessions, .. } = list(ward.amira.ticket()?, Some(pattern))? else {
            bail!("no list");
        };
        ensure!(sessions.len() == count, "{pattern}: {}", sessions.len());
    }
    let toms = sessions.iter().find(|session| session.client_id.contains(TOM.uid));
    let target = || anyhow::Ok(Ticket::parse(&toms.context("not listed")?.sid)?);
    // The name is no ticket.
    ensure!(!ward.at.agent.is_valid_ticket(target()?.expose())?, "a list gives tickets away");
    let destroy = |ticket, target| ward.ask(Operation::DestroySession { ticket, target });
    let own = ward.amira.ticket()?;
    ensure!(matches!(destroy(ward.tom.ticket()?, own)?, Outcome::Exception { .. }), "anybody may");
    let destroyed = destroy(ward.amira.ticket()?, target()?)?;
    ensure!(matches!(destroyed, Outcome::Destroyed), "not destroyed");
    ensure!(!ward.at.agent.is_valid(&ward.tom, false)?, "the session goes on");
    ensure!(ward.at.agent.is_valid(&ward.amira, false)?, "the administrator's own ended");
    // Who does it to whom is in the log before it is done.
    let log = ward.at.node.command(&["audit", "list"])?;
    let log: Vec<serde_json::Value> =
        log.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let place = |action: &str| {
        log.iter().position(|entry| entry["action"] == action).with_context(|| action.to_owned())
    };
    place("list_sessions")?;
    let (asked, done) = (place("destroy_other")?, place("destroy")?);
    ensure!(asked < done && log[asked]["outcome"] == "asked", "{log:?}");
    ensure!(log[asked]["uid"] == AMIRA.uid && log[asked]["target"] == ward.tom.id, "{log:?}");
    ensure!(log[done]["session"] == ward.tom.id, "{log:?}");
    // What is no session is not in the log, whatever it says.
    let unknown = Ticket::parse(&"no-session".repeat(4))?;
    let refused = destroy(ward.amira.ticket()?, unknown)?;
    ensure!(matches!(refused, Outcome::Exception { .. }), "destroyed nothing");
    let log = ward.at.node.command(&["audit", "list"])?;
    ensure!(log.matches("destroy_other").count() == 1, "{log}");
    Ok(())
}

const TOLD: Duration = Duration::from_secs(10);
