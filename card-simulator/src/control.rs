//! The commands on standard input, one a line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::fault::{Moment, Removal};

/// A command; readers are counted from 1, and 1 is meant where none is given.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Command {
    /// `fault [n] clear|slow …|remove-at …|remove-after …`.
    Fault(usize, Order),
    /// `insert [n]`.
    Insert(usize),
    /// `plug`: the readers, which are one.
    Plug,
    /// `quit`.
    Quit,
    /// `remove [n]`.
    Remove(usize),
    /// `swap [n] STORE`: takes the card out and puts another in.
    Swap(usize, PathBuf),
    /// `tries [n]`.
    Tries(usize),
    /// `unplug`: the readers, which are one.
    Unplug,
}

/// What a `fault` command orders.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Order {
    /// `clear`.
    Clear,
    /// `remove-at N [INS]` and `remove-after N [INS]`, the instruction in hexadecimal.
    Remove(Removal),
    /// `slow MS`.
    Slow(Duration),
}

impl Command {
    /// Reads one line.
    ///
    /// # Errors
    /// When the line is no command.
    pub fn parse(line: &str) -> Result<Self> {
        let line = line.trim();
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (verb, rest.trim()) {
            ("plug", "") => return Ok(Self::Plug),
            ("unplug", "") => return Ok(Self::Unplug),
            ("plug" | "unplug", _) => bail!("{verb} takes nothing: the readers are one"),
            _ => {}
        }
        let (reader, rest) = reader(rest.trim());
        let command = match verb {
            "fault" => return Ok(Self::Fault(reader, order(rest)?)),
            "swap" if rest.is_empty() => bail!("swap needs the folder of a card"),
            "swap" => return Ok(Self::Swap(reader, PathBuf::from(rest))),
            "insert" => Self::Insert(reader),
            "quit" => Self::Quit,
            "remove" => Self::Remove(reader),
            "tries" => Self::Tries(reader),
            _ => bail!("unknown command {verb:?}"),
        };
        if !rest.is_empty() {
            bail!("{verb} takes nothing but the number of a reader");
        }
        Ok(command)
    }
}

/// Splits the number of a reader off; a line such as `1 87` of a fault keeps its numbers because
/// its verb comes first.
fn reader(rest: &str) -> (usize, &str) {
    let (first, others) = rest.split_once(' ').unwrap_or((rest, ""));
    match first.parse() {
        Ok(number) => (number, others.trim()),
        Err(_) => (1, rest),
    }
}

fn order(rest: &str) -> Result<Order> {
    let words: Vec<_> = rest.split_whitespace().collect();
    let removal = |at: &str, instruction: Option<&str>, moment| -> Result<Order> {
        let at = at.parse().ok().filter(|at| *at > 0);
        Ok(Order::Remove(Removal {
            at: at.context("an APDU's number is counted from 1")?,
            instruction: instruction
                .map(|byte| u8::from_str_radix(byte, 16))
                .transpose()
                .context("an instruction is two hexadecimal digits")?,
            moment,
        }))
    };
    match words[..] {
        ["clear"] => Ok(Order::Clear),
        ["slow", milliseconds] => Ok(Order::Slow(Duration::from_millis(
            milliseconds.parse().context("slow takes milliseconds")?,
        ))),
        ["remove-at", at] => removal(at, None, Moment::Before),
        ["remove-at", at, instruction] => removal(at, Some(instruction), Moment::Before),
        ["remove-after", at] => removal(at, None, Moment::After),
        ["remove-after", at, instruction] => removal(at, Some(instruction), Moment::After),
        _ => bail!("unknown fault {rest:?}"),
    }
}

#[cfg(test)]
mod tests;
