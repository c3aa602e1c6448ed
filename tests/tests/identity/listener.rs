//! An app's server that hears what the Identity Server posts to it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver},
    },
    thread,
};

use anyhow::{Context as _, Result};

/// Its origin, and the bodies that are posted to it.
pub fn start() -> Result<(String, Receiver<String>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    Ok((origin, listen(listener)))
}

/// The same at this port: the bodies.
pub fn start_at(port: u16) -> Result<Receiver<String>> {
    Ok(listen(TcpListener::bind(("127.0.0.1", port))?))
}

fn listen(listener: TcpListener) -> Receiver<String> {
    let (sender, heard) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // Nobody waits when the test is over.
            let _ = hear(stream).map(|body| sender.send(body));
        }
    });
    heard
}

/// An app's server that publishes something that may be changed; its origin, and how often it was
/// asked.
pub fn publish(text: &Arc<Mutex<String>>) -> Result<(String, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let (text, asked) = (Arc::clone(text), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 2048];
            let _ = stream.read(&mut request);
            count.fetch_add(1, Ordering::SeqCst);
            let body = text.lock().map(|text| text.clone()).unwrap_or_default();
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
        }
    });
    Ok((origin, asked))
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
