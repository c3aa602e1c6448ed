//! The relay: what a browser starts. It copies frames between the browser's stdio and the agent's
//! socket, starting the agent where none runs, and reads none of them. It knows whether the agent
//! still answers.

mod watch;

use std::{
    io::{self, Read, Write},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use wardkey_agent_link::{Connection, Hello, Instance, connect_or_start, pulse};
use wardkey_protocol::{
    ErrorCode, Fault, frame,
    frame::FrameError,
    hop::ToExtension,
    limits::{MAX_FRAME_FROM_BROWSER, MAX_FRAME_TO_BROWSER},
};

use crate::{policy::Policy, program};
use watch::Watch;

/// Runs until the browser closes its end, or the agent its own.
///
/// # Errors
///
/// What the browser's pipe says; the browser is told of everything else.
pub fn run(instance: &Instance, extension: String) -> anyhow::Result<()> {
    let mut browser = io::stdout();
    if let Err(fault) = Policy::admit_instance(instance) {
        return tell(&mut browser, fault);
    }
    let hello = Hello::Relay { extension };
    let agent = match connect_or_start(instance, &hello, &program::this()?) {
        Ok(agent) => agent,
        Err(error) => return tell(&mut browser, error.fault()),
    };
    let from_agent = agent.try_clone()?;
    let (agent, watch) = (Arc::new(Mutex::new(agent)), Arc::new(Watch::new(TICK)));
    let (heard, asking, asked) = (watch.clone(), watch.clone(), agent.clone());
    // When the agent goes, the process ends and the browser sees its pipe close.
    thread::spawn(move || {
        to_browser(from_agent, &heard);
        std::process::exit(0);
    });
    // Without a thread nobody notices that an agent is stopped.
    let _ = thread::Builder::new().spawn(move || {
        asking.until_silent(|| ask(&asked, &asking));
        let silent = Fault::new(ErrorCode::AgentUnreachable).with("reason", SILENT);
        let _ = tell(&mut io::stdout(), silent);
        std::process::exit(0);
    });
    to_agent(&mut io::stdin().lock(), &agent, &watch)
}

/// The id of the extension that a browser started this program for, from its arguments:
/// Chromium gives `chrome-extension://<id>/`, Firefox the manifest's path and the add-on's id.
#[must_use]
pub fn extension_of(mut arguments: impl Iterator<Item = String>) -> Option<String> {
    let first = arguments.next()?;
    if let Some(rest) = first.strip_prefix("chrome-extension://") {
        return Some(rest.trim_end_matches('/').to_owned());
    }
    let second = arguments.next()?;
    (first.ends_with("org.wardkey.host.json") && second.contains('@')).then_some(second)
}

fn to_agent(
    browser: &mut impl Read,
    agent: &Mutex<Connection>,
    watch: &Watch,
) -> anyhow::Result<()> {
    loop {
        let sent = match frame::read(browser, MAX_FRAME_FROM_BROWSER) {
            Ok(Some(frame)) => {
                let mut agent = agent.lock().unwrap_or_else(PoisonError::into_inner);
                watch.sends();
                agent.send(&frame)
            }
            Ok(None) => return Ok(()),
            Err(error) => Err(error),
        };
        match sent.as_ref().map_err(FrameError::fault) {
            Ok(()) => {}
            Err(Some(fault)) => tell(&mut io::stdout(), fault)?,
            Err(None) => return sent.map_err(Into::into),
        }
    }
}

fn to_browser(mut agent: Connection, watch: &Watch) {
    let mut browser = io::stdout();
    while let Ok(Some(frame)) = agent.receive() {
        if !watch.hears(&frame) {
            continue;
        }
        if frame::write(&mut browser, &frame, MAX_FRAME_TO_BROWSER).is_err() {
            return;
        }
        watch.told();
    }
}

/// Asks the agent whether it lives. One that takes nothing keeps whoever writes to it waiting.
fn ask(agent: &Arc<Mutex<Connection>>, watch: &Arc<Watch>) {
    let (agent, watch) = (agent.clone(), watch.clone());
    let _ = thread::Builder::new().spawn(move || {
        let mut agent = agent.lock().unwrap_or_else(PoisonError::into_inner);
        watch.asks();
        agent.send(pulse::QUESTION)
    });
}

fn tell(browser: &mut impl Write, fault: Fault) -> anyhow::Result<()> {
    let frame = serde_json::to_vec(&ToExtension::Fault(fault))?;
    Ok(frame::write(browser, &frame, MAX_FRAME_TO_BROWSER)?)
}

const TICK: Duration = Duration::from_secs(1);
const SILENT: &str = "the agent does not answer";
