//! Commands from other terminals: a line in JSON, and its answer.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    sync::mpsc::{self, Sender},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use wardkey_agent_link::{Socket, Stream};
use wardkey_host::simulation::check_peer;

use crate::{act::Act, folder::Folder};

/// What shall be done, and who waits for its outcome.
pub struct Asked {
    /// What.
    pub act: Act,
    /// Who is told.
    pub answer: Sender<Result<String>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(String),
    Failed(String),
}

/// Has the simulation of a folder do something; what it says.
pub fn ask(folder: &Folder, act: &Act) -> Result<String> {
    let mut stream = Stream::connect(&folder.control()).with_context(|| {
        let place = folder.path().display();
        format!("no simulation runs in {place}; start one with `wardkey-simulator run`")
    })?;
    check_peer(&stream)?;
    writeln!(stream, "{}", serde_json::to_string(act)?)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    if line.is_empty() && *act == Act::Quit {
        // It was quicker to end than to answer.
        return Ok(String::new());
    }
    match serde_json::from_str(&line).context("the simulation ended")? {
        Answer::Done(said) => Ok(said),
        Answer::Failed(said) => bail!(said),
    }
}

/// Waits until a simulation runs in a folder.
pub fn wait(folder: &Folder, time: Duration) -> Result<()> {
    let begun = Instant::now();
    loop {
        match ask(folder, &Act::List) {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() > time => return Err(error),
            Err(_) => thread::sleep(BETWEEN),
        }
    }
}

/// Takes commands as long as this program runs.
pub fn serve(socket: Socket, simulation: Sender<Asked>) {
    thread::spawn(move || {
        while let Ok(stream) = socket.accept() {
            let simulation = simulation.clone();
            thread::spawn(move || {
                // Whoever asked may have gone.
                let _ = one(stream, &simulation);
            });
        }
    });
}

fn one(mut stream: Stream, simulation: &Sender<Asked>) -> Result<()> {
    check_peer(&stream)?;
    let mut line = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut line)?;
    let (answer, answered) = mpsc::channel();
    let act = serde_json::from_str(&line)?;
    simulation.send(Asked { act, answer }).map_err(|_| anyhow!("it ends"))?;
    let answer = match answered.recv()? {
        Ok(said) => Answer::Done(said),
        Err(error) => Answer::Failed(format!("{error:#}")),
    };
    Ok(writeln!(stream, "{}", serde_json::to_string(&answer)?)?)
}

const BETWEEN: Duration = Duration::from_millis(100);
