use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::Base64;
use wardkey_smartcard::{CardError, KeyId, Passcode, SignMechanism, Token, TokenId};
use zeroize::Zeroizing;

use super::{Module, Order, Reply};
use crate::interrupt::Interrupt;

/// What one key shall sign.
pub struct SignOrder<'a> {
    /// The token.
    pub token: &'a TokenId,
    /// The key on it.
    pub key: &'a KeyId,
    /// How.
    pub mechanism: SignMechanism,
    /// The digests of what is signed.
    pub digests: Vec<Vec<u8>>,
    /// The passcode.
    pub passcode: &'a Passcode,
    /// Raised when nobody waits for the signatures any more.
    pub interrupt: &'a Interrupt,
}

/// The agent's end of one module process. The process starts with the first order, and anew after
/// it hung or crashed.
pub struct ModuleClient {
    module: PathBuf,
    running: Option<Running>,
}

impl ModuleClient {
    /// A client for a module; nothing is started.
    #[must_use]
    pub fn new(module: &Path) -> Self {
        Self { module: module.to_owned(), running: None }
    }
}

impl Module for ModuleClient {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        match self.exchange(&Order::Tokens, TOKENS_TIMEOUT, None)? {
            Reply::Tokens(tokens) => Ok(tokens),
            Reply::Failed(error) => Err(error),
            Reply::Signed(_) => Err(broken("C_GetSlotList")),
        }
    }

    fn sign(&mut self, order: SignOrder<'_>) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let timeout = SIGN_TIMEOUT * u32::try_from(order.digests.len().max(1)).unwrap_or(u32::MAX);
        let (count, interrupt) = (order.digests.len(), order.interrupt);
        let order = Order::Sign {
            token: order.token.clone(),
            key: order.key.clone(),
            mechanism: order.mechanism,
            digests: order.digests.into_iter().map(Base64).collect(),
            passcode: order.passcode.expose().to_owned(),
        };
        let reply = self.exchange(&order, timeout, Some(interrupt));
        if let Order::Sign { mut passcode, .. } = order {
            zeroize::Zeroize::zeroize(&mut passcode);
        }
        match reply? {
            Reply::Signed(results) if results.len() == count => {
                Ok(results.into_iter().map(|result| result.map(|octets| octets.0)).collect())
            }
            Reply::Failed(error) => Err(error),
            Reply::Signed(_) | Reply::Tokens(_) => Err(broken("C_Sign")),
        }
    }
}

impl ModuleClient {
    fn exchange(
        &mut self,
        order: &Order,
        timeout: Duration,
        interrupt: Option<&Interrupt>,
    ) -> Result<Reply, CardError> {
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(Running::start(&self.module)?),
        };
        let reply = running.exchange(order, timeout, interrupt);
        if reply.is_none() {
            // Dropping it ends the process; the next order starts a new one.
            self.running = None;
        }
        reply.ok_or_else(|| broken("the module process"))
    }
}

struct Running {
    process: Child,
    orders: ChildStdin,
    replies: Receiver<Reply>,
}

impl Running {
    fn start(module: &Path) -> Result<Self, CardError> {
        let start = || {
            let mut process = Command::new(std::env::current_exe()?)
                .arg("module")
                .arg(module)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            let (orders, output) = (process.stdin.take(), process.stdout.take());
            Ok::<_, std::io::Error>((process, orders, output))
        };
        let Ok((process, Some(orders), Some(output))) = start() else {
            return Err(broken("the module process"));
        };
        let (sender, replies) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let Ok(reply) = serde_json::from_str(&line) else { return };
                if sender.send(reply).is_err() {
                    return;
                }
            }
        });
        Ok(Self { process, orders, replies })
    }

    /// `None`: the process is of no more use.
    fn exchange(
        &mut self,
        order: &Order,
        timeout: Duration,
        interrupt: Option<&Interrupt>,
    ) -> Option<Reply> {
        let mut line = Zeroizing::new(serde_json::to_vec(order).ok()?);
        line.push(b'\n');
        self.orders.write_all(&line).ok()?;
        self.orders.flush().ok()?;
        let mut end = Instant::now() + timeout;
        loop {
            // A module may hang for good when its card is pulled at the wrong moment.
            if interrupt.is_some_and(|interrupt| interrupt.cause().is_some()) {
                end = end.min(Instant::now() + GRACE);
                return self
                    .replies
                    .recv_timeout(end.saturating_duration_since(Instant::now()))
                    .ok();
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.replies.recv_timeout(left.min(LOOK)) {
                Ok(reply) => return Some(reply),
                Err(RecvTimeoutError::Timeout) if left > LOOK => {}
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is reaped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn broken(function: &str) -> CardError {
    CardError::ModuleFailed { function: function.to_owned(), code: None }
}

const TOKENS_TIMEOUT: Duration = Duration::from_secs(15);
const GRACE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(250);
const SIGN_TIMEOUT: Duration = Duration::from_secs(30);
