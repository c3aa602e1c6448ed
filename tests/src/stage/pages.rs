use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    thread,
};

use anyhow::Result;

/// A web server for the files of a folder, as the simplest ones are: on loopback, and with the
/// headers that a test wants. It lasts as long as the test program.
#[derive(Clone, Debug)]
pub struct Pages {
    origin: String,
}

impl Pages {
    /// Serves a folder; each answer has these headers.
    ///
    /// # Errors
    ///
    /// Where no port can be had.
    pub fn serve(folder: &Path, headers: &[(&str, &str)]) -> Result<Self> {
        Self::serve_at(super::free_port()?, folder, headers)
    }

    /// The same at a port that is known already.
    ///
    /// # Errors
    ///
    /// Where the port can't be had.
    pub fn serve_at(port: u16, folder: &Path, headers: &[(&str, &str)]) -> Result<Self> {
        Self::serve_on(TcpListener::bind(("127.0.0.1", port))?, folder, headers)
    }

    /// The same at a port that is held already.
    ///
    /// # Errors
    ///
    /// What the system says of the port.
    pub fn serve_on(
        listener: TcpListener,
        folder: &Path,
        headers: &[(&str, &str)],
    ) -> Result<Self> {
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let folder = folder.to_owned();
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (folder, headers) = (folder.clone(), headers.clone());
                // A browser may go away in the middle.
                thread::spawn(move || drop(answer(stream, &folder, &headers)));
            }
        });
        Ok(Self { origin })
    }

    /// The origin, and so the address of what is at the root.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The address of a file.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.origin)
    }
}

fn answer(mut stream: TcpStream, folder: &Path, headers: &str) -> Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    let found = file(folder, path).and_then(|file| Some((std::fs::read(&file).ok()?, file)));
    let (status, kind, body) = match found {
        Some((body, file)) => ("200 OK", media_type(&file), body),
        None => ("404 Not Found", "text/plain", b"no such file".to_vec()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n{headers}\r\n"
    )?;
    Ok(stream.write_all(&body)?)
}

fn file(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = path.split(['?', '#']).next()?.trim_start_matches('/');
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let file = folder.join(if path.is_empty() { "index.html" } else { path });
    // As hosts of static files have it: a page without its ending.
    let page = file.with_extension("html");
    let found = if !file.is_file() && page.is_file() { page } else { file };
    inside.then_some(found)
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
