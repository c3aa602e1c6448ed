use std::{
    io::{Read as _, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use wardkey_protocol::{
    Base64, frame,
    limits::{CHUNK, CHUNK_WINDOW, CHUNKS_UNASKED, MAX_FRAME_TO_BROWSER},
    version::{CHUNKS, VersionRange},
};

use super::Programs;

/// The host's relay, spoken to as a browser does: for what a page cannot send, and for faults
/// that need no page.
#[derive(Debug)]
pub struct Relay {
    child: Child,
    input: ChildStdin,
    frames: Receiver<(Instant, Value)>,
    heard: Vec<(Instant, Value)>,
    next: u32,
}

/// What became of a call so far.
#[derive(Debug)]
pub enum Answer {
    /// `{id, ok}` or `{id, error}`.
    Came(Value),
    /// It is still due.
    Due,
    /// The relay has ended, and nobody answers any more.
    Lost,
}

/// Signatures that came in chunks: the document's id, and the octets.
pub type InChunks = Vec<(String, Vec<u8>)>;

impl Relay {
    /// Starts the relay for the extension and greets the agent.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn start(programs: &Programs, environment: &[(&str, PathBuf)]) -> Result<Self> {
        let mut relay = Self::start_silent(programs, environment)?;
        relay.send(&json!({"hello": {"versions": VersionRange::OURS, "extension": "0.0.0"}}))?;
        relay.wait_for(|frame| frame.get("welcome").is_some())?;
        Ok(relay)
    }

    /// Starts the relay and says nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start_silent(programs: &Programs, environment: &[(&str, PathBuf)]) -> Result<Self> {
        let mut child = Command::new(&programs.host)
            .arg(format!("chrome-extension://{}/", programs.extension_id()?))
            .envs(environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().context("no input")?;
        let mut output = child.stdout.take().context("no output")?;
        let (sender, frames) = mpsc::channel();
        thread::spawn(move || {
            while let Ok(Some(frame)) = frame::read(&mut output, MAX_FRAME_TO_BROWSER) {
                let at = Instant::now();
                let Ok(frame) = serde_json::from_slice(&frame) else { break };
                if sender.send((at, frame)).is_err() {
                    break;
                }
            }
            // The stream is drained so that the relay never waits for us.
            let _ = output.read_to_end(&mut Vec::new());
        });
        Ok(Self { child, input, frames, heard: Vec::new(), next: 1 })
    }

    /// Opens a page's port.
    ///
    /// # Errors
    ///
    /// When the relay has ended.
    pub fn open(&mut self, port: u32, origin: &str) -> Result<()> {
        let context = json!({
            "origin": origin, "topOrigin": origin, "top": true, "document": format!("document-{port}")
        });
        self.send(&json!({"open": {"port": port, "context": context}}))
    }

    /// Calls a command with the user's gesture; the answer is `{id, ok}` or `{id, error}`.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub fn call(&mut self, port: u32, command: &str, args: Value) -> Result<Value> {
        let id = self.begin(port, command, args)?;
        self.answer(port, id)
    }

    /// Begins a call; its id.
    ///
    /// # Errors
    ///
    /// When the relay has ended.
    pub fn begin(&mut self, port: u32, command: &str, args: Value) -> Result<u32> {
        let id = self.next;
        self.next += 1;
        // As the SDK does: no higher than the request needs.
        let mut documents = args["documents"].as_array().into_iter().flatten();
        let in_chunks = documents.any(|document| document.get("size").is_some());
        let v = if in_chunks { CHUNKS } else { 1 };
        self.message(port, json!({"v": v, "id": id, "command": command, "args": args}))?;
        Ok(id)
    }

    /// Sends documents of a call in chunks, the first ones unasked and the others as the agent asks for
    /// them; each by its id.
    ///
    /// # Errors
    ///
    /// When the agent asks for no more before all of them are sent.
    pub fn transfer(&mut self, port: u32, id: u32, documents: &[(&str, &[u8])]) -> Result<()> {
        let chunks = documents.iter().flat_map(|(document, octets)| {
            octets.chunks(CHUNK).map(move |chunk| (document, chunk))
        });
        let mut credit = u64::from(CHUNKS_UNASKED);
        for (number, (document, chunk)) in (0..).zip(chunks) {
            while number >= credit {
                let asked = self.wait_for(|frame| {
                    let frame = &frame["message"]["frame"];
                    frame["id"] == id
                        && (frame.get("credit").is_some() || frame.get("error").is_some())
                })?;
                let asked = &asked["message"]["frame"];
                credit = asked["credit"].as_u64().with_context(|| asked.to_string())?;
            }
            self.chunk(port, id, document, number, chunk)?;
        }
        Ok(())
    }

    /// Sends one chunk.
    ///
    /// # Errors
    ///
    /// When the relay has ended.
    pub fn chunk(
        &mut self,
        port: u32,
        id: u32,
        document: &str,
        number: u64,
        octets: &[u8],
    ) -> Result<()> {
        let octets = Base64(octets.to_vec());
        let piece = json!({"document": document, "number": number, "octets": octets});
        self.message(port, json!({"id": id, "chunk": piece}))
    }

    /// Takes the chunks of a call's signatures and gives credit for them, until its answer comes:
    /// what came, as document and octets, and the answer.
    ///
    /// # Errors
    ///
    /// When the answer does not come.
    pub fn collect(&mut self, port: u32, id: u32) -> Result<(InChunks, Value)> {
        let mut came = InChunks::new();
        let mut chunks = 0;
        loop {
            let frame = self.wait_for(|frame| {
                let frame = &frame["message"]["frame"];
                let kinds = ["chunk", "ok", "error"];
                frame["id"] == id && kinds.iter().any(|kind| frame.get(kind).is_some())
            })?;
            let frame = &frame["message"]["frame"];
            let Some(chunk) = frame.get("chunk") else { return Ok((came, frame.clone())) };
            anyhow::ensure!(chunk["number"] == chunks, "{chunks} is due");
            chunks += 1;
            let octets: Base64 = serde_json::from_value(chunk["octets"].clone())?;
            let document = chunk["document"].as_str().context("no document")?;
            match came.last_mut().filter(|(last, _)| last == document) {
                Some((_, whole)) => whole.extend_from_slice(&octets.0),
                None => came.push((document.to_owned(), octets.0)),
            }
            let credit = chunks + CHUNK_WINDOW;
            self.message(port, json!({"id": id, "credit": credit}))?;
        }
    }

    /// Waits for the answer to a call.
    ///
    /// # Errors
    ///
    /// When none comes.
    pub fn answer(&mut self, port: u32, id: u32) -> Result<Value> {
        Ok(self.wait_for(|frame| is_answer(frame, port, id))?["message"]["frame"].clone())
    }

    /// Waits for the answer to a call, no longer than this.
    #[must_use]
    pub fn answer_within(&mut self, port: u32, id: u32, time: Duration) -> Answer {
        match self.hear(time, |frame| is_answer(frame, port, id)) {
            Ok((_, frame)) => Answer::Came(frame["message"]["frame"].clone()),
            Err(RecvTimeoutError::Timeout) => Answer::Due,
            Err(RecvTimeoutError::Disconnected) => Answer::Lost,
        }
    }

    /// Waits for an event on a port.
    ///
    /// # Errors
    ///
    /// When none comes.
    pub fn event(&mut self, port: u32, name: &str) -> Result<Value> {
        let is_it = |frame: &Value| {
            frame["message"]["port"] == port && frame["message"]["frame"]["event"] == name
        };
        Ok(self.wait_for(is_it)?["message"]["frame"].clone())
    }

    /// Every event that a port has had and that was not asked for yet, until one of this name; each
    /// with the time when it came. The last one has the name.
    ///
    /// # Errors
    ///
    /// When none of this name comes.
    pub fn events_until(&mut self, port: u32, name: &str) -> Result<Vec<(Instant, Value)>> {
        let is_event = |frame: &Value| {
            frame["message"]["port"] == port && frame["message"]["frame"]["event"].is_string()
        };
        let (at, last) =
            self.wait_at(|frame| is_event(frame) && frame["message"]["frame"]["event"] == name)?;
        // What came before it was kept; what came after it comes later.
        let mut events: Vec<_> =
            self.heard.extract_if(.., |(time, frame)| *time <= at && is_event(frame)).collect();
        events.push((at, last));
        let event = |(at, frame): (Instant, Value)| (at, frame["message"]["frame"].clone());
        Ok(events.into_iter().map(event).collect())
    }

    /// Sends a page's message as it is.
    ///
    /// # Errors
    ///
    /// When the relay has ended.
    pub fn message(&mut self, port: u32, frame: Value) -> Result<()> {
        self.send(&json!({"message": {"port": port, "activation": true, "frame": frame}}))
    }

    /// Sends an extension's message.
    ///
    /// # Errors
    ///
    /// When the relay has ended.
    pub fn send(&mut self, message: &Value) -> Result<()> {
        let body = message.to_string();
        self.send_octets(u32::try_from(body.len())?, body.as_bytes())
    }

    /// Sends a length and octets that need not fit each other.
    ///
    /// # Errors
    ///
    /// When the relay has ended.
    pub fn send_octets(&mut self, length: u32, octets: &[u8]) -> Result<()> {
        self.input.write_all(&length.to_ne_bytes())?;
        self.input.write_all(octets)?;
        Ok(self.input.flush()?)
    }

    /// Waits for a frame; frames that came before it are kept for later.
    ///
    /// # Errors
    ///
    /// When none comes in time, with what came instead.
    pub fn wait_for(&mut self, is_it: impl Fn(&Value) -> bool) -> Result<Value> {
        Ok(self.wait_at(is_it)?.1)
    }

    /// The same, with the time when it came.
    ///
    /// # Errors
    ///
    /// When none comes in time, with what came instead.
    pub fn wait_at(&mut self, is_it: impl Fn(&Value) -> bool) -> Result<(Instant, Value)> {
        match self.hear(PATIENCE, is_it) {
            Ok(heard) => Ok(heard),
            Err(RecvTimeoutError::Timeout) => bail!("only came: {:?}", self.heard),
            Err(RecvTimeoutError::Disconnected) => bail!("ended after: {:?}", self.heard),
        }
    }

    fn hear(
        &mut self,
        time: Duration,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<(Instant, Value), RecvTimeoutError> {
        if let Some(index) = self.heard.iter().position(|(_, frame)| is_it(frame)) {
            return Ok(self.heard.remove(index));
        }
        let end = Instant::now() + time;
        loop {
            match self.frames.recv_timeout(end.saturating_duration_since(Instant::now()))? {
                (at, frame) if is_it(&frame) => return Ok((at, frame)),
                other => self.heard.push(other),
            }
        }
    }

    /// The relay's process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the relay, as a crash of the browser would.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It ends when its input does; nobody waits for its last words.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_answer(frame: &Value, port: u32, id: u32) -> bool {
    let message = &frame["message"];
    let frame = &message["frame"];
    let answers = frame.get("ok").is_some() || frame.get("error").is_some();
    message["port"] == port && frame["id"] == id && answers
}

const PATIENCE: Duration = Duration::from_secs(30);
