use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result, ensure};
use wardkey_spine::ticket_api::Code;

use super::Process;

/// A C program that calls the Ticket API as it is told, line by line.
#[derive(Debug)]
pub struct Driven(Process);

impl Driven {
    /// Its source.
    pub const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agent/ticket_api.c");

    /// Starts it, once it is compiled.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn start(program: &mut Command) -> Result<Self> {
        Ok(Self(Process::start("C program", program)?))
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Makes a call: its code, and what it gave.
    ///
    /// # Errors
    ///
    /// When the program says nothing.
    pub fn call(&mut self, name: &str) -> Result<(u32, String)> {
        self.ask(name)?;
        self.answer()
    }

    /// Begins a call.
    ///
    /// # Errors
    ///
    /// When the program has ended.
    pub fn ask(&mut self, name: &str) -> Result<()> {
        self.0.say(name)
    }

    /// What became of the call that was begun first: its code, and what it gave.
    ///
    /// # Errors
    ///
    /// When the program says nothing.
    pub fn answer(&mut self) -> Result<(u32, String)> {
        let line = self.0.wait_for_line(" ", Duration::from_secs(30))?;
        let (code, text) = line.split_once(' ').context("no code")?;
        Ok((u32::from_str_radix(code, 16)?, text.trim_end().to_owned()))
    }

    /// Makes a call that ends with this code; what it gave.
    ///
    /// # Errors
    ///
    /// With another code.
    pub fn expect(&mut self, name: &str, code: Code) -> Result<String> {
        let (is, text) = self.call(name)?;
        ensure!(is == code.number(), "{name}: {is:08x} {text}");
        Ok(text)
    }
}
