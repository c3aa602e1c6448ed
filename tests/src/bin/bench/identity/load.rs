//! Load: connections that ask the same of a server over and over, as fast as they can or at a
//! rate, and how long the answers took.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::{MissedTickBehavior, interval_at},
};

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
    pub async fn at_most(&self, connections: usize, time: Duration) -> Result<Outcome> {
        self.run(connections, time, None).await
    }

    /// Asks at a rate. An answer's time counts from when its request was due, so that a server
    /// that stalls pays for all who wait.
    pub async fn at_rate(&self, connections: usize, time: Duration, rate: f64) -> Result<Outcome> {
        let each = Duration::from_secs_f64(connections as f64 / rate);
        self.run(connections, time, Some(each)).await
    }

    async fn run(
        &self,
        connections: usize,
        time: Duration,
        each: Option<Duration>,
    ) -> Result<Outcome> {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for number in 0..connections {
            let load = self.clone();
            // Connections ask apart from each other.
            let apart = each.unwrap_or_default().mul_f64(number as f64 / connections as f64);
            let pace = each.map(|each| (begun + apart, each));
            tasks.spawn(async move { load.connection(number, begun, time, pace).await });
        }
        let mut latencies = Vec::new();
        while let Some(done) = tasks.join_next().await {
            latencies.extend(done??);
        }
        ensure!(!latencies.is_empty(), "no answers");
        let rate = latencies.len() as f64 / begun.elapsed().as_secs_f64();
        latencies.sort_by(f64::total_cmp);
        Ok(Outcome { rate, latencies })
    }

    async fn connection(
        &self,
        number: usize,
        begun: Instant,
        time: Duration,
        pace: Option<(Instant, Duration)>,
    ) -> Result<Vec<f64>> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let mut buffer = Vec::with_capacity(16 * 1024);
        let mut took = Vec::new();
        let mut ticks = pace.map(|(first, each)| {
            let mut ticks = interval_at(first.into(), each);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            ticks
        });
        for turn in number.. {
            let due = match &mut ticks {
                Some(ticks) => ticks.tick().await.into_std(),
                None => Instant::now(),
            };
            if begun.elapsed() >= time {
                break;
            }
            stream.write_all(&self.requests[turn % self.requests.len()]).await?;
            answer(&mut stream, &mut buffer, self.expected).await?;
            took.push(due.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(took)
    }
}

/// Reads one answer.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>, expected: &str) -> Result<()> {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await?;
        ensure!(read > 0, "the server hung up");
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
