//! Marionette, the remote protocol that Firefox speaks by itself (version 3): over TCP, each message
//! as its length, a colon and JSON; `[0, id, command, parameters]` to it, `[1, id, error, result]`
//! from it. Its commands are WebDriver's.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

/// A connection to a Firefox.
#[derive(Debug)]
pub struct Marionette {
    stream: TcpStream,
    last: u64,
}

impl Marionette {
    /// Connects, as soon as Firefox listens, and begins a session.
    ///
    /// # Errors
    ///
    /// When it does not listen in time.
    pub fn connect(port: u16, within: Duration) -> Result<Self> {
        let end = Instant::now() + within;
        let stream = loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > end => return Err(error).context("Firefox"),
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut marionette = Self { stream, last: 0 };
        let hello = marionette.receive()?;
        ensure!(hello["marionetteProtocol"] == 3, "{hello}");
        marionette.call("WebDriver:NewSession", json!({"capabilities": {}}))?;
        Ok(marionette)
    }

    /// Calls a command; its result.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn call(&mut self, command: &str, parameters: Value) -> Result<Value> {
        self.last += 1;
        let message = json!([0, self.last, command, parameters]).to_string();
        write!(self.stream, "{}:{message}", message.len())?;
        let answer = self.receive().with_context(|| command.to_owned())?;
        ensure!(answer[1] == self.last, "{command}: an answer to another command: {answer}");
        if !answer[2].is_null() {
            bail!("{command}: {}: {}", answer[2]["error"], answer[2]["message"]);
        }
        Ok(answer[3].clone())
    }

    fn receive(&mut self) -> Result<Value> {
        let mut length = 0;
        loop {
            let mut octet = [0];
            self.stream.read_exact(&mut octet)?;
            match octet[0] {
                b':' => break,
                digit @ b'0'..=b'9' if length < MAX_MESSAGE => {
                    length = length * 10 + usize::from(digit - b'0');
                }
                other => bail!("no length: {other}"),
            }
        }
        let mut message = vec![0; length];
        self.stream.read_exact(&mut message)?;
        Ok(serde_json::from_slice(&message)?)
    }
}

const PATIENCE: Duration = Duration::from_secs(90);
/// In bytes; pictures are the largest.
const MAX_MESSAGE: usize = 64 << 20;
