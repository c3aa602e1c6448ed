use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use super::wire::{self, Call, Message, MessageType};

/// A connection to a bus.
pub struct Bus {
    stream: BufReader<UnixStream>,
    /// Until when anything is waited for.
    end: Option<Instant>,
    serial: u32,
    /// What came while an answer was awaited.
    early: Vec<Message>,
}

impl Bus {
    /// Connects, and says hello; with a time, nothing is waited for longer.
    pub fn connect(address: &str, patience: Option<Duration>) -> io::Result<Self> {
        let end = patience.map(|patience| Instant::now() + patience);
        let stream = open(address)?;
        stream.set_read_timeout(patience)?;
        stream.set_write_timeout(patience)?;
        let stream = BufReader::new(authenticated(stream)?);
        let mut bus = Self { stream, end, serial: 0, early: Vec::new() };
        bus.ask(&bus_call("Hello"))?;
        Ok(bus)
    }

    /// The next message that answers nothing.
    pub fn next(&mut self) -> io::Result<Message> {
        match self.early.is_empty() {
            true => self.read(),
            false => Ok(self.early.remove(0)),
        }
    }

    fn read(&mut self) -> io::Result<Message> {
        if let Some(end) = self.end {
            // None of it left is an error of its own.
            let left = end.saturating_duration_since(Instant::now());
            self.stream.get_ref().set_read_timeout(Some(left))?;
        }
        wire::read(&mut self.stream)
    }

    /// The answer to a call; signals that come before it are kept.
    pub fn ask(&mut self, call: &Call) -> io::Result<Message> {
        self.serial += 1;
        self.stream.get_mut().write_all(&call.write(self.serial))?;
        loop {
            let message = self.read()?;
            match message.kind {
                MessageType::Return if message.reply_to == self.serial => return Ok(message),
                MessageType::Error if message.reply_to == self.serial => {
                    return Err(io::Error::other(format!("{call}: {}", message.error)));
                }
                MessageType::Signal if self.early.len() < MAX_EARLY => self.early.push(message),
                _ => {}
            }
        }
    }
}

/// `unix:path=…` and `unix:abstract=…`, the first of the list that is one of these.
/// One that has many waiting already is given up at once.
pub fn open(addresses: &str) -> io::Result<UnixStream> {
    for address in addresses.split(';') {
        let Some(keys) = address.strip_prefix("unix:") else { continue };
        for (key, value) in keys.split(',').filter_map(|pair| pair.split_once('=')) {
            match key {
                "path" => return connected(&SocketAddrUnix::new(value)?),
                "abstract" => {
                    return connected(&SocketAddrUnix::new_abstract_name(value.as_bytes())?);
                }
                _ => {}
            }
        }
    }
    Err(io::Error::other("no bus address that is known"))
}

fn connected(address: &SocketAddrUnix) -> io::Result<UnixStream> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    net::connect(&socket, address)?;
    let stream = UnixStream::from(socket);
    stream.set_nonblocking(false)?;
    Ok(stream)
}

/// SASL `EXTERNAL`: the system tells the bus who we are (D-Bus specification, authentication).
fn authenticated(mut stream: UnixStream) -> io::Result<UnixStream> {
    let uid = rustix::process::getuid().as_raw().to_string();
    let hex = base16ct::lower::encode_string(uid.as_bytes());
    stream.write_all(format!("\0AUTH EXTERNAL {hex}\r\n").as_bytes())?;
    let mut answer = String::new();
    // The bus says nothing after its line until it is told to begin.
    BufReader::new(io::Read::take(&stream, MAX_LINE)).read_line(&mut answer)?;
    if !answer.starts_with("OK ") {
        return Err(io::Error::other("the bus does not admit us"));
    }
    stream.write_all(b"BEGIN\r\n")?;
    Ok(stream)
}

/// A call to the bus itself.
pub fn bus_call(member: &str) -> Call {
    Call::new(BUS, "/org/freedesktop/DBus", BUS, member)
}

/// The bus itself.
pub const BUS: &str = "org.freedesktop.DBus";
const MAX_LINE: u64 = 512;
const MAX_EARLY: usize = 64;
