//! A pinentry program for passcodes alone: the Assuan protocol
//! (<https://www.gnupg.org/documentation/manuals/assuan/>). Consent has been given in our window.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use zeroize::Zeroizing;

use super::screen::{SetBy, Typed};

/// Asks for the passcode. `None`: the user cancelled.
///
/// # Errors
///
/// Where the program cannot be started or ends.
pub fn passcode(program: &Path) -> io::Result<Option<Typed>> {
    ask(program, "The passcode of your smartcard", "Passcode")
}

/// Asks for what sets another passcode, and for that until it is the same twice. `None`: the user
/// cancelled.
///
/// # Errors
///
/// As [`passcode`].
pub fn new_passcode(program: &Path, by: SetBy) -> io::Result<Option<(Typed, Typed)>> {
    let (what, prompt) = match by {
        SetBy::Passcode => ("The passcode that your smartcard has now", "Current passcode"),
        SetBy::UnblockingKey => ("The unblocking key (PUK) of your smartcard", "Unblocking key"),
    };
    let Some(proof) = ask(program, what, prompt)? else { return Ok(None) };
    let mut what = "The new passcode of your smartcard";
    loop {
        let Some(new) = ask(program, what, "New passcode")? else { return Ok(None) };
        let again = ask(program, "The new passcode once more", "New passcode again")?;
        match again {
            None => return Ok(None),
            Some(again) if again.is(&new) => return Ok(Some((proof, new))),
            Some(_) => what = "The two were not the same. The new passcode of your smartcard",
        }
    }
}

fn ask(program: &Path, what: &str, prompt: &str) -> io::Result<Option<Typed>> {
    let mut process = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let mut orders = process.stdin.take().ok_or_else(ended)?;
    let mut answers = BufReader::new(process.stdout.take().ok_or_else(ended)?);
    let mut exchange = |order: &str| -> io::Result<Zeroizing<String>> {
        if !order.is_empty() {
            writeln!(orders, "{order}")?;
            orders.flush()?;
        }
        let mut data = Zeroizing::new(String::new());
        loop {
            let mut line = Zeroizing::new(String::new());
            if answers.read_line(&mut line)? == 0 {
                return Err(ended());
            }
            match line.trim_end().split_once(' ') {
                Some(("D", text)) => *data = decode(text),
                Some(("ERR", _)) => return Ok(Zeroizing::new(String::new())),
                _ if line.starts_with("OK") => return Ok(data),
                _ => {}
            }
        }
    };
    exchange("")?;
    let (description, prompt) = (format!("SETDESC {what}"), format!("SETPROMPT {prompt}"));
    for order in ["SETTITLE Wardkey", &description, &prompt] {
        exchange(order)?;
    }
    let mut passcode = exchange("GETPIN")?;
    drop(orders);
    process.wait()?;
    Ok((!passcode.is_empty()).then(|| Typed::new(std::mem::take(&mut *passcode))))
}

/// Undoes the percent-encoding of a data line.
fn decode(text: &str) -> String {
    let octets = text.as_bytes();
    let mut plain = Zeroizing::new(Vec::with_capacity(octets.len()));
    let mut at = 0;
    while at < octets.len() {
        let escaped = octets.get(at + 1..at + 3).filter(|_| octets[at] == b'%');
        let value = escaped
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(value.unwrap_or(octets[at]));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests;
