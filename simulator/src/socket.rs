//! The agent's connections: each plays the part that its first line says.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    sync::Arc,
    thread,
};

use anyhow::{Context as _, Result};
use wardkey_agent_link::{Socket, Stream};
use wardkey_host::{
    dialog::screen::{Body, FromDialog, ToDialog},
    module,
    simulation::{Part, check_peer},
};

use crate::{answers::Answers, desk::Desk, terminal::say};

/// Listens at a socket, in place of one that was left there.
pub fn bind(path: &Path) -> Result<Socket> {
    Socket::bind(path).with_context(|| path.display().to_string())
}

/// Serves agents as long as this program runs.
pub fn serve(socket: Socket, desk: Arc<Desk>, answers: Arc<Answers>) {
    thread::spawn(move || {
        while let Ok(stream) = socket.accept() {
            let (desk, answers) = (Arc::clone(&desk), Arc::clone(&answers));
            thread::spawn(move || {
                // An agent that goes, goes.
                let _ = play(&stream, &desk, &answers);
            });
        }
    });
}

fn play(stream: &Stream, desk: &Arc<Desk>, answers: &Answers) -> Result<()> {
    check_peer(stream)?;
    let (mut input, mut output) = (BufReader::new(stream.try_clone()?), stream.try_clone()?);
    let mut line = String::new();
    input.read_line(&mut line)?;
    match serde_json::from_str(&line)? {
        Part::Cards => module::serve(Ok(desk.backend()), &mut input, &mut output),
        Part::Dialog => answer(input, &mut output, answers),
        Part::Readers => {
            for event in desk.watch() {
                tell(&mut output, &event)?;
            }
            Ok(())
        }
    }
}

fn answer(input: BufReader<Stream>, output: &mut Stream, answers: &Answers) -> Result<()> {
    for line in input.lines() {
        let ToDialog::Show(screen) = serde_json::from_str(&line?)?;
        let Some(answer) = answers.to(&screen) else { continue };
        say(&said(&screen.body, &answer));
        tell(output, &answer)?;
    }
    Ok(())
}

/// For the terminal: what was asked, and what was answered.
fn said(body: &Body, answer: &FromDialog) -> String {
    let asked = match body {
        Body::Cards(_) => "which card".to_owned(),
        Body::Consent { .. } => "whether the site may".to_owned(),
        Body::NewPasscode(body) => format!("a new passcode of {}", body.card.holder),
        Body::Passcode(body) if body.content.is_empty() => {
            format!("the passcode of {}", body.card.holder)
        }
        Body::Passcode(body) => {
            let documents = body.content.len();
            format!("the passcode of {} for {documents} documents", body.card.holder)
        }
        Body::Roles { user, .. } => format!("a role of {user}"),
        Body::Told(_) => "what happened".to_owned(),
        Body::Signing { .. } | Body::Waiting { .. } => String::new(),
    };
    let answered = match answer {
        FromDialog::Cancelled => "cancelled".to_owned(),
        FromDialog::Role { id } => format!("role {id}"),
        _ => "given".to_owned(),
    };
    format!("dialog: {asked}: {answered}")
}

fn tell(output: &mut Stream, message: &impl serde::Serialize) -> Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(output.write_all(&line)?)
}
