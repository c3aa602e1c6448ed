//! HTTP/1.1 over TLS, one request a connection.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use serde_json::Value;

use super::{Asked, ServiceState, methods};

/// A request as methods see it.
pub struct Request {
    pub path: String,
    pub authorization: String,
    pub body: Vec<u8>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: Value,
}

/// TLS with a certificate and its key.
pub fn configuration(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_file(certificate)?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key)?))
}

/// Serves until the program ends.
pub fn serve(listener: &TcpListener, tls: &Arc<ServerConfig>, state: &Arc<Mutex<ServiceState>>) {
    for stream in listener.incoming().flatten() {
        let (tls, state) = (tls.clone(), state.clone());
        // A client that breaks off is no concern of the service's.
        thread::spawn(move || answer_one(stream, tls, &state));
    }
}

fn answer_one(
    stream: TcpStream,
    tls: Arc<ServerConfig>,
    state: &Mutex<ServiceState>,
) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut stream = StreamOwned::new(ServerConnection::new(tls)?, stream);
    let request = read(&mut stream)?;
    let answer = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = methods::answer(&mut state, &request);
        let answer = answer.unwrap_or_else(|error| methods::failed(&error));
        let method = request.path.trim_start_matches("/csc/v2/").to_owned();
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        state.asked.push(Asked { method, body, status: answer.status });
        answer
    };
    let body = if answer.body.is_null() { String::new() } else { answer.body.to_string() };
    write!(stream, "HTTP/1.1 {} Whatever\r\nContent-Type: application/json\r\n", answer.status)?;
    if let Some(location) = &answer.location {
        write!(stream, "Location: {location}\r\n")?;
    }
    if answer.status != 204 {
        write!(stream, "Content-Length: {}\r\n", body.len())?;
    }
    write!(stream, "Connection: close\r\n\r\n{body}")?;
    stream.flush()?;
    stream.conn.send_close_notify();
    Ok(stream.flush()?)
}

fn read(stream: &mut StreamOwned<ServerConnection, TcpStream>) -> Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).context("no path")?.to_owned();
    ensure!(line.starts_with("POST "), "{line}");
    let (mut length, mut authorization) = (0, String::new());
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse()?,
            "authorization" => authorization = value.to_owned(),
            _ => {}
        }
    }
    ensure!(length <= 1024 * 1024, "a body of {length} octets");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { path, authorization, body })
}
