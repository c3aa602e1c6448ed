//! What a ticket that does not work is refused in: nobody should learn by the clock whether it ever
//! did. A session that was idle is read and judged as a locked one is, and soon stored as ended.

use anyhow::{Result, ensure};
use wardkey_spine::{
    Ticket,
    session_service::{Operation, SessionRequest},
};
use wardkey_tests::{
    figure::Figure,
    stage::{SoftAgent, SoftCard},
};

use super::{in_turn, load::Load};

/// Microseconds to a refusal, for tickets of ended and locked sessions beside one that nobody had.
/// `ask` is any load of the same node.
pub fn measure(agent: &SoftAgent, card: &SoftCard, ask: &Load, store: &str) -> Result<[Figure; 2]> {
    let ended = agent.sign_in(card)?;
    agent.sign_out(&ended)?;
    let mut locked = agent.sign_in(card)?;
    let lock = agent.prove(&mut locked, "lock", None)?;
    ensure!(lock.status == 200, "{lock:?}");
    let unknown = Ticket::generate(&[1; Ticket::RANDOM_LENGTH]);
    let refused = |ticket| -> Result<Load> {
        let operation = Operation::GetSession { ticket, reset: false };
        let request = SessionRequest { set_id: 1, request_id: 0, operation }.write()?;
        let request = Load::post("/amserver/sessionservice", "text/xml", "", &request);
        Ok(Load { requests: vec![request].into(), expected: "no valid session", ..ask.clone() })
    };
    let loads = [refused(unknown)?, refused(ended.ticket()?)?, refused(locked.ticket()?)?];
    let [unknown, ended, locked] = in_turn(loads.each_ref())?.map(|rate| 1e6 / rate);
    let figure = |whose: &str, took| {
        let name = format!("refusal of {whose} session's ticket, {store}");
        let figure = Figure::new("identity", &name, "us", took);
        figure.beside("a ticket that nobody had", unknown).at_most_times(ALIKE)
    };
    Ok([figure("an ended", ended), figure("a locked", locked)])
}

/// Over a network nobody tells less apart.
const ALIKE: f64 = 1.25;
