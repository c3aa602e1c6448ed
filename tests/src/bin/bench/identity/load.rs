//! Load: connections that ask the same of a server over and over, as fast as they can or at a
//! rate, and how long the answers took.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

/// What came of a load.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Answers a second.
    pub rate: f64,
    /// Milliseconds to each answer, sorted.
    latencies: Vec<f64>,
}

/// Requests that are asked in turn. Each is a whole HTTP/1.1 request.
#[derive(Clone, Debug)]
pub struct Load {
    /// Where, as in `127.0.0.1:8080`.
    pub address: String,
    /// The requests.
    pub requests: std::sync::Arc<[Vec<u8>]>,
    /// What each answer's body has to hold.
    pub expected: &'static str,
}

impl Outcome {
    /// The milliseconds within which this share of the answers came, as in `0.99`.
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let place = (last as f64 * share).round() as usize;
        self.latencies.get(place).copied().unwrap_or(f64::NAN)
    }
}

impl Load {
    /// A request with a body.
    pub fn post(path: &str, kind: &str, more: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\n{more}\
             content-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    /// A request without a body.
    pub fn get(path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
    }

    /// Asks as fast as the server answers.
    pub fn at_most(&self, connections: usize, time: Duration) -> Result<Outcome> {
        self.run(connections, time, None)
    }

    /// Asks at a rate. An answer's time counts from when its request was due, so that a server
    /// that stalls pays for all who wait.
    pub fn at_rate(&self, connections: usize, time: Duration, rate: f64) -> Result<Outcome> {
        let each = Duration::from_secs_f64(connections as f64 / rate);
        self.run(connections, time, Some(each))
    }

    /// A thread a connection: one that sleeps until its request is due wakes within a tenth of a
    /// millisecond, where an event loop's timers have milliseconds and let all ask at once.
    fn run(&self, connections: usize, time: Duration, each: Option<Duration>) -> Result<Outcome> {
        let begun = Instant::now();
        let mut latencies = Vec::new();
        thread::scope(|scope| -> Result<()> {
            let connection = |number: usize| {
                // Connections ask apart from each other.
                let apart = each.unwrap_or_default().mul_f64(number as f64 / connections as f64);
                let pace = each.map(|each| (begun + apart, each));
                scope.spawn(move || self.connection(number, begun, time, pace))
            };
            let running: Vec<_> = (0..connections).map(connection).collect();
            for connection in running {
                latencies.extend(connection.join().ok().context("panicked")??);
            }
            Ok(())
        })?;
        ensure!(!latencies.is_empty(), "no answers");
        let rate = latencies.len() as f64 / begun.elapsed().as_secs_f64();
        latencies.sort_by(f64::total_cmp);
        Ok(Outcome { rate, latencies })
    }

    fn connection(
        &self,
        number: usize,
        begun: Instant,
        time: Duration,
        pace: Option<(Instant, Duration)>,
    ) -> Result<Vec<f64>> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        let mut buffer = Vec::with_capacity(16 * 1024);
        let mut took = Vec::new();
        let mut next = pace.map(|(first, _)| first);
        for turn in number.. {
            let due = match (&mut next, pace) {
                (Some(next), Some((_, each))) => {
                    let due = *next;
                    *next += each;
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    due
                }
                _ => Instant::now(),
            };
            if begun.elapsed() >= time {
                break;
            }
            stream.write_all(&self.requests[turn % self.requests.len()])?;
            answer(&mut stream, &mut buffer, self.expected)?;
            took.push(due.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(took)
    }
}

/// Reads one answer.
fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>, expected: &str) -> Result<()> {
    buffer.clear();
    let mut some = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut some)?;
        ensure!(read > 0, "the server hung up");
        buffer.extend_from_slice(&some[..read]);
        let Some(head) = find(buffer, b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head])?.to_ascii_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .context("an answer without a length")?;
        let length: usize = length.trim().parse()?;
        if buffer.len() < head + 4 + length {
            continue;
        }
        if find(&buffer[head..], expected.as_bytes()).is_none() {
            bail!("unexpected answer: {}", String::from_utf8_lossy(buffer));
        }
        return Ok(());
    }
}

fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|window| window == wanted)
}
