use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal};

use super::ports;

/// A program that runs until its value is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    /// Starts a program; its standard output can be waited for, line by line.
    ///
    /// # Errors
    ///
    /// Where it cannot be started.
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name}: {command:?}"))?;
        let output = child.stdout.take().context("no output")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Nobody waits any more; the pipe is still drained, so that the program can go on.
                let _ = sender.send(line);
            }
        });
        let input = child.stdin.take();
        Ok(Self { name: name.to_owned(), child, input, lines })
    }

    /// Waits for a line that holds a text, and returns it.
    ///
    /// # Errors
    ///
    /// When the program ends first, or after the time.
    pub fn wait_for_line(&mut self, text: &str, within: Duration) -> Result<String> {
        let end = Instant::now() + within;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(text) => return Ok(line),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{}: no line with `{text}` within {within:?}", self.name)
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{}: ended without a line with `{text}`", self.name)
                }
            }
        }
    }

    /// Writes a line to its standard input.
    ///
    /// # Errors
    ///
    /// When the program has ended.
    pub fn say(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("no input")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(rustix::process::kill_process(Pid::from_child(&self.child), signal)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        // It may have ended by itself.
        let _ = self.signal(Signal::TERM);
        let end = Instant::now() + GRACE;
        while Instant::now() < end {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that is stopped until this is dropped.
#[derive(Debug)]
pub struct Stopped(Pid);

impl Stopped {
    /// Stops it.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn new(process: Pid) -> Result<Self> {
        rustix::process::kill_process(process, Signal::STOP)?;
        Ok(Self(process))
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // It may have been killed.
        let _ = rustix::process::kill_process(self.0, Signal::CONT);
    }
}

/// The proportional set size of a process, in megabytes.
///
/// # Errors
///
/// When there is no such process.
pub fn pss(pid: u32) -> Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("no PSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes / 1024.0)
}

/// The processor time that a process has taken so far, with all of its threads.
///
/// # Errors
///
/// When there is no such process.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The program's name, which may hold anything, is in brackets.
    let (_, rest) = stat.rsplit_once(')').context("no name")?;
    let mut fields = rest.split_ascii_whitespace().skip(STATE_TO_UTIME);
    let mut ticks = || fields.next().context("no time")?.parse::<u64>().context("no time");
    let (user, system) = (ticks()?, ticks()?);
    let second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_secs_f64((user + system) as f64 / second as f64))
}

/// The most that a process has had in memory (resident) so far, in megabytes.
///
/// # Errors
///
/// When there is no such process.
pub fn peak(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes / 1024.0)
}

/// How often a thread has gone to sleep by itself.
#[derive(Clone, Debug)]
pub struct Slept {
    /// The thread's name; that of the program where it has none.
    pub name: String,
    /// How often, which is how often it was woken, but for the last time.
    pub times: u64,
}

/// How often each thread of a process has slept so far, by the thread's id (proc(5),
/// `voluntary_ctxt_switches`).
///
/// # Errors
///
/// When there is no such process.
pub fn slept(pid: u32) -> Result<BTreeMap<u32, Slept>> {
    let mut threads = BTreeMap::new();
    for (thread, folder) in tasks(pid)? {
        // It may have ended meanwhile.
        let Ok(status) = fs::read_to_string(folder.join("status")) else { continue };
        let value = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let name = value("Name:").context("no name")?.trim().to_owned();
        let times = value("voluntary_ctxt_switches:").context("no switches")?.trim().parse()?;
        threads.insert(thread, Slept { name, times });
    }
    Ok(threads)
}

/// The processes that a process has started, and that have not ended.
///
/// # Errors
///
/// When there is no such process.
pub fn children(pid: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for (_, folder) in tasks(pid)? {
        let Ok(listed) = fs::read_to_string(folder.join("children")) else { continue };
        for child in listed.split_ascii_whitespace() {
            children.push(child.parse()?);
        }
    }
    Ok(children)
}

/// A process's threads, by id.
fn tasks(pid: u32) -> Result<Vec<(u32, PathBuf)>> {
    let entries = fs::read_dir(format!("/proc/{pid}/task"))?;
    let task = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry?.path();
        let id = path.file_name().and_then(|name| name.to_str()).context("no name")?.parse()?;
        Ok((id, path))
    };
    entries.map(task).collect()
}

/// A free port on loopback, which no outgoing connection takes.
///
/// # Errors
///
/// When all are taken.
pub fn free_port() -> Result<u16> {
    ports::free_port().context("no port is free")
}

/// Runs a program to its end and returns what it printed.
///
/// # Errors
///
/// When it fails, with what it said.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

const GRACE: Duration = Duration::from_secs(3);
/// Fields of `/proc/PID/stat` between the program's name and its user time (proc(5)).
const STATE_TO_UTIME: usize = 11;
