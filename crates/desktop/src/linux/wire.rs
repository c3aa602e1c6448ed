//! Messages of D-Bus, as many kinds as are needed: calls with strings and numbers, answers and
//! signals with a string or a boolean (D-Bus specification, message protocol).

use std::{
    fmt,
    io::{self, Read},
};

/// A method call.
pub struct Call {
    destination: String,
    path: String,
    interface: String,
    member: String,
    signature: String,
    body: Vec<u8>,
    flags: u8,
}

/// A message that came.
#[derive(Debug, Default)]
pub struct Message {
    /// What kind it is.
    pub kind: MessageType,
    /// The call that it answers.
    pub reply_to: u32,
    /// Who sent it, as the bus says.
    pub sender: String,
    /// The object.
    pub path: String,
    /// The interface.
    pub interface: String,
    /// The signal's name.
    pub member: String,
    /// The error's name.
    pub error: String,
    signature: String,
    big_endian: bool,
    body: Vec<u8>,
}

/// The kinds of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageType {
    /// A call, which nobody makes to us, or what later versions may have.
    #[default]
    Other,
    /// An answer.
    Return,
    /// An error.
    Error,
    /// A signal.
    Signal,
}

impl Call {
    /// A call without arguments.
    pub fn new(destination: &str, path: &str, interface: &str, member: &str) -> Self {
        Self {
            destination: destination.to_owned(),
            path: path.to_owned(),
            interface: interface.to_owned(),
            member: member.to_owned(),
            signature: String::new(),
            body: Vec::new(),
            flags: 0,
        }
    }

    /// Not started for the sake of this call.
    pub fn where_it_runs(self) -> Self {
        Self { flags: self.flags | NO_AUTO_START, ..self }
    }

    /// One more argument.
    pub fn string(mut self, value: &str) -> Self {
        self.signature.push('s');
        put_string(&mut self.body, value);
        self
    }

    /// One more argument.
    pub fn number(mut self, value: u32) -> Self {
        self.signature.push('u');
        put_number(&mut self.body, value);
        self
    }

    /// The message, with the number that its answer names.
    pub fn write(&self, serial: u32) -> Vec<u8> {
        let mut message = vec![b'l', METHOD_CALL, self.flags, VERSION];
        put_number(&mut message, length(&self.body));
        put_number(&mut message, serial);
        let mut fields = Vec::new();
        for (code, kind, value) in [
            (PATH, b'o', &self.path),
            (INTERFACE, b's', &self.interface),
            (MEMBER, b's', &self.member),
            (DESTINATION, b's', &self.destination),
        ] {
            pad(&mut fields, STRUCT);
            fields.extend([code, 1, kind, 0]);
            put_string(&mut fields, value);
        }
        if !self.signature.is_empty() {
            pad(&mut fields, STRUCT);
            fields.extend([SIGNATURE, 1, b'g', 0]);
            put_signature(&mut fields, &self.signature);
        }
        put_number(&mut message, length(&fields));
        message.extend(fields);
        pad(&mut message, STRUCT);
        message.extend(&self.body);
        message
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.interface, self.member)
    }
}

/// Reads one message.
///
/// # Errors
///
/// The stream's; `InvalidData` for what is no message, or one larger than any that we ask for.
pub fn read(stream: &mut impl Read) -> io::Result<Message> {
    let mut fixed = [0; FIXED];
    stream.read_exact(&mut fixed)?;
    let big_endian = match fixed[0] {
        b'l' => false,
        b'B' => true,
        _ => return Err(malformed()),
    };
    let mut lengths = Reader { octets: &fixed, at: 4, big_endian };
    let (body, _serial, fields) = (lengths.number()?, lengths.number()?, lengths.number()?);
    if body > MAX_PART || fields > MAX_PART || fixed[3] != VERSION {
        return Err(malformed());
    }
    // The fields begin at a multiple of eight, so that places in them are places in the message.
    let mut header = vec![0; (fields as usize).next_multiple_of(STRUCT)];
    stream.read_exact(&mut header)?;
    header.truncate(fields as usize);
    let mut message = Message { big_endian, body: vec![0; body as usize], ..Message::default() };
    stream.read_exact(&mut message.body)?;
    message.kind = match fixed[1] {
        2 => MessageType::Return,
        3 => MessageType::Error,
        4 => MessageType::Signal,
        _ => MessageType::Other,
    };
    read_fields(&header, big_endian, &mut message)?;
    Ok(message)
}

fn read_fields(header: &[u8], big_endian: bool, message: &mut Message) -> io::Result<()> {
    let mut reader = Reader { octets: header, at: 0, big_endian };
    while reader.at < header.len() {
        reader.align(STRUCT);
        let code = reader.octet()?;
        let kind = reader.signature()?;
        let text = match kind.as_str() {
            "s" | "o" => reader.string()?,
            "g" => reader.signature()?,
            "u" => {
                let number = reader.number()?;
                if code == REPLY_SERIAL {
                    message.reply_to = number;
                }
                continue;
            }
            _ => return Err(malformed()),
        };
        match code {
            PATH => message.path = text,
            INTERFACE => message.interface = text,
            MEMBER => message.member = text,
            ERROR_NAME => message.error = text,
            SENDER => message.sender = text,
            SIGNATURE => message.signature = text,
            _ => {}
        }
    }
    Ok(())
}

impl Message {
    /// Its first argument, a string or an object.
    ///
    /// # Errors
    ///
    /// `InvalidData` where it is none.
    pub fn string(&self) -> io::Result<String> {
        self.expect(&["s", "o"])?;
        self.arguments().string()
    }

    /// Its third argument, where the first three are strings.
    ///
    /// # Errors
    ///
    /// `InvalidData` where they are not.
    pub fn third_string(&self) -> io::Result<String> {
        self.expect(&["sss"])?;
        let mut arguments = self.arguments();
        arguments.string()?;
        arguments.string()?;
        arguments.string()
    }

    /// Its first argument, a boolean.
    ///
    /// # Errors
    ///
    /// `InvalidData` where it is none.
    pub fn boolean(&self) -> io::Result<bool> {
        self.expect(&["b"])?;
        Ok(self.arguments().number()? != 0)
    }

    /// Its first argument, a variant with a boolean.
    ///
    /// # Errors
    ///
    /// `InvalidData` where it is none.
    pub fn boolean_in_variant(&self) -> io::Result<bool> {
        self.expect(&["v"])?;
        let mut arguments = self.arguments();
        if arguments.signature()? != "b" {
            return Err(malformed());
        }
        Ok(arguments.number()? != 0)
    }

    /// Its first argument, a number in a variant, or in a variant in that.
    ///
    /// # Errors
    ///
    /// `InvalidData` where it is none.
    pub fn number_in_variant(&self) -> io::Result<u32> {
        self.expect(&["v"])?;
        let mut arguments = self.arguments();
        let mut kind = arguments.signature()?;
        if kind == "v" {
            kind = arguments.signature()?;
        }
        if kind != "u" {
            return Err(malformed());
        }
        arguments.number()
    }

    fn expect(&self, signatures: &[&str]) -> io::Result<()> {
        if signatures.contains(&self.signature.as_str()) { Ok(()) } else { Err(malformed()) }
    }

    fn arguments(&self) -> Reader<'_> {
        Reader { octets: &self.body, at: 0, big_endian: self.big_endian }
    }
}

struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
    big_endian: bool,
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> io::Result<&[u8]> {
        let end = self.at.checked_add(count).ok_or_else(malformed)?;
        let taken = self.octets.get(self.at..end).ok_or_else(malformed)?;
        self.at = end;
        Ok(taken)
    }

    fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to);
    }

    fn octet(&mut self) -> io::Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> io::Result<u32> {
        self.align(4);
        let big_endian = self.big_endian;
        let octets = self.take(4)?.try_into().map_err(|_| malformed())?;
        Ok(if big_endian { u32::from_be_bytes(octets) } else { u32::from_le_bytes(octets) })
    }

    fn string(&mut self) -> io::Result<String> {
        let length = self.number()? as usize;
        self.text(length)
    }

    fn signature(&mut self) -> io::Result<String> {
        let length = usize::from(self.octet()?);
        self.text(length)
    }

    /// Text and the zero after it.
    fn text(&mut self, length: usize) -> io::Result<String> {
        let text = self.take(length)?.to_vec();
        if self.octet()? != 0 {
            return Err(malformed());
        }
        String::from_utf8(text).map_err(|_| malformed())
    }
}

fn put_number(to: &mut Vec<u8>, value: u32) {
    pad(to, 4);
    to.extend(value.to_le_bytes());
}

fn put_string(to: &mut Vec<u8>, value: &str) {
    put_number(to, length(value.as_bytes()));
    to.extend(value.as_bytes());
    to.push(0);
}

fn put_signature(to: &mut Vec<u8>, value: &str) {
    // Calls of this module have a handful of arguments.
    to.push(u8::try_from(value.len()).unwrap_or(u8::MAX));
    to.extend(value.as_bytes());
    to.push(0);
}

fn pad(to: &mut Vec<u8>, multiple: usize) {
    to.resize(to.len().next_multiple_of(multiple), 0);
}

/// Calls of this module are short.
fn length(of: &[u8]) -> u32 {
    u32::try_from(of.len()).unwrap_or(u32::MAX)
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no D-Bus message")
}

const FIXED: usize = 16;
const STRUCT: usize = 8;
const METHOD_CALL: u8 = 1;
const NO_AUTO_START: u8 = 2;
const VERSION: u8 = 1;
const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const ERROR_NAME: u8 = 4;
const REPLY_SERIAL: u8 = 5;
const DESTINATION: u8 = 6;
const SENDER: u8 = 7;
const SIGNATURE: u8 = 8;
const MAX_PART: u32 = 64 * 1024;
