//! An app's server that hears what the Identity Server posts to it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
    thread,
};

use anyhow::{Context as _, Result};

/// Its origin, and the bodies that are posted to it.
pub fn start() -> Result<(String, Receiver<String>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let (sender, heard) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // Nobody waits when the test is over.
            let _ = hear(stream).map(|body| sender.send(body));
        }
    });
    Ok((origin, heard))
}

fn hear(mut stream: TcpStream) -> Result<String> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().context("content-length")?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    // What is not UTF-8 is looked through for what is.
    Ok(String::from_utf8_lossy(&body).into_owned())
}
