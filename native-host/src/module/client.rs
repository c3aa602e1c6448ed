use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError},
    thread,
    time::{Duration, Instant},
};

use wardkey_protocol::Base64;
use wardkey_smartcard::{
    CardError, KeyId, LastTry, Passcode, PasscodeRules, SignMechanism, Token, TokenId,
};
use zeroize::{Zeroize as _, Zeroizing};

use super::{GO_ON, Module, Order, Outcome, Reply, Way};
use crate::{
    interrupt::Interrupt,
    program::{self, Role},
    simulation::Part,
};

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
    /// Whether a key that demands the passcode for each signature may have it without the user.
    pub hold_passcode: bool,
    /// Raised when nobody waits for the signatures any more.
    pub interrupt: &'a Interrupt,
    /// Told each signature; whether to go on. The one after it may be under way.
    pub go_on: &'a mut dyn FnMut(&[u8]) -> bool,
}

/// Another passcode for a token.
pub struct PasscodeOrder<'a> {
    /// The token.
    pub token: &'a TokenId,
    /// What it is set by; empty where that is typed at the reader.
    pub proof: Proof<'a>,
    /// The new passcode; the same.
    pub new: &'a Passcode,
    /// Raised when nobody waits for it any more.
    pub interrupt: &'a Interrupt,
}

/// What sets a new passcode.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// The passcode that there is.
    Passcode(&'a Passcode),
    /// The key that unblocks it, and whether it may be the last try.
    UnblockingKey(&'a Passcode, LastTry),
}

/// The agent's end of one module process. The process starts with the first order, and anew after
/// it hung or crashed.
pub struct ModuleClient {
    way: Way,
    tokens_timeout: Duration,
    running: Option<Running>,
    hung: Option<Instant>,
}

impl ModuleClient {
    /// A client for a way to cards; nothing is started.
    #[must_use]
    pub fn new(way: Way) -> Self {
        Self { way, tokens_timeout: TOKENS_TIMEOUT, running: None, hung: None }
    }

    /// The same, which waits no longer than this for tokens.
    #[must_use]
    pub fn waiting(self, tokens_timeout: Duration) -> Self {
        Self { tokens_timeout, ..self }
    }
}

impl Module for ModuleClient {
    fn tokens(&mut self) -> Result<Vec<Token>, CardError> {
        let mut read = || self.exchange(&Order::Tokens, self.tokens_timeout, None, &mut |_| false);
        let asked = Instant::now();
        let reply = match read() {
            // It was killed, which costs a card nothing: another process reads them.
            Err(CardError::ModuleFailed { .. }) if asked.elapsed() < AT_ONCE => read(),
            reply => reply,
        };
        match reply? {
            Reply::Tokens(tokens) => Ok(tokens),
            Reply::Failed(error) => Err(error),
            _ => Err(broken("C_GetSlotList")),
        }
    }

    fn is_there(&mut self, token: &TokenId) -> Result<bool, CardError> {
        let order = Order::IsThere(token.clone());
        let timeout = self.tokens_timeout.min(IS_THERE_TIMEOUT);
        match self.exchange(&order, timeout, None, &mut |_| false)? {
            Reply::IsThere(is_there) => Ok(is_there),
            Reply::Failed(error) => Err(error),
            _ => Err(broken("C_GetSlotList")),
        }
    }

    fn hung(&self) -> Option<Instant> {
        self.hung
    }

    fn sign(&mut self, order: SignOrder<'_>) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
        let (count, interrupt, go_on) = (order.digests.len(), order.interrupt, order.go_on);
        let order = Order::Sign {
            token: order.token.clone(),
            key: order.key.clone(),
            mechanism: order.mechanism,
            digests: order.digests.into_iter().map(Base64).collect(),
            passcode: order.passcode.expose().to_owned(),
            hold_passcode: order.hold_passcode,
        };
        let mut made = Vec::new();
        let mut keep = |signature: Vec<u8>| {
            let goes_on = go_on(&signature);
            made.push(signature);
            goes_on && interrupt.cause().is_none()
        };
        let reply = self.exchange(&order, SIGN_TIMEOUT, Some(interrupt), &mut keep);
        wipe(order);
        match reply {
            Ok(Reply::Signed(outcomes)) if outcomes.len() == count => {
                let mut made = made.into_iter();
                let result = |outcome| match outcome {
                    Outcome::Failed(error) => Err(error),
                    Outcome::Made => made.next().ok_or_else(|| broken("C_Sign")),
                    Outcome::Signed(signature) => Ok(signature.0),
                };
                Ok(outcomes.into_iter().map(result).collect())
            }
            Ok(Reply::Failed(error)) => Err(error),
            Ok(_) => Err(broken("C_Sign")),
            Err(error) if made.is_empty() => Err(error),
            // What was signed is not lost with the process.
            Err(error) => {
                let mut results: Vec<_> = made.into_iter().map(Ok).collect();
                results.resize(count, Err(error));
                Ok(results)
            }
        }
    }

    fn passcode_rules(&mut self, token: &TokenId) -> Result<PasscodeRules, CardError> {
        let order = Order::PasscodeRules(token.clone());
        match self.exchange(&order, self.tokens_timeout, None, &mut |_| false)? {
            Reply::PasscodeRules(rules) => Ok(rules),
            Reply::Failed(error) => Err(error),
            _ => Err(broken("C_GetTokenInfo")),
        }
    }

    fn set_passcode(&mut self, order: PasscodeOrder<'_>) -> Result<(), CardError> {
        let (token, interrupt) = (order.token.clone(), order.interrupt);
        let copied = |passcode: &Passcode| passcode.expose().to_owned();
        let new = copied(order.new);
        let order = match order.proof {
            Proof::Passcode(old) => Order::ChangePasscode { token, old: copied(old), new },
            Proof::UnblockingKey(key, last_try) => {
                Order::UnblockPasscode { token, key: copied(key), new, last_try }
            }
        };
        let reply = self.exchange(&order, PASSCODE_TIMEOUT, Some(interrupt), &mut |_| false);
        wipe(order);
        match reply? {
            Reply::PasscodeSet => Ok(()),
            Reply::Failed(error) => Err(error),
            _ => Err(broken("C_SetPIN")),
        }
    }
}

/// What was copied for the pipe is needed no more.
fn wipe(order: Order) {
    match order {
        Order::ChangePasscode { mut old, mut new, .. } => {
            old.zeroize();
            new.zeroize();
        }
        Order::Sign { mut passcode, .. } => passcode.zeroize(),
        Order::UnblockPasscode { mut key, mut new, .. } => {
            key.zeroize();
            new.zeroize();
        }
        Order::IsThere(_) | Order::PasscodeRules(_) | Order::Tokens => {}
    }
}

impl ModuleClient {
    fn exchange(
        &mut self,
        order: &Order,
        timeout: Duration,
        interrupt: Option<&Interrupt>,
        made: &mut dyn FnMut(Vec<u8>) -> bool,
    ) -> Result<Reply, CardError> {
        // One that died since its last order is no reason to fail this one.
        self.running.take_if(|running| !running.is_alive());
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(Running::start(&self.way)?),
        };
        let asked = Instant::now();
        let reply = running.exchange(order, timeout, interrupt, made);
        if reply.is_none() {
            let now = Instant::now();
            if now.duration_since(asked) >= timeout {
                tracing::warn!("{:?} gave no answer in {timeout:?} and is ended", self.way);
                self.hung = Some(now);
            }
            // Dropping it ends the process; the next order starts a new one.
            self.running = None;
        } else {
            self.hung = None;
        }
        reply.ok_or_else(|| broken("the module process"))
    }
}

struct Running {
    /// Dropping it ends the process.
    role: Role,
    orders: Box<dyn Write + Send>,
    replies: Receiver<Reply>,
}

impl Running {
    fn start(way: &Way) -> Result<Self, CardError> {
        let started = match way {
            Way::Module(path) => Role::start([OsStr::new("module"), path.as_os_str()]),
            Way::Piv => Role::start(["module", "--piv"]),
            Way::Simulated(socket) => {
                // As without a smartcard service.
                let simulated = Role::simulated(socket, Part::Cards);
                return simulated.map(Self::of).map_err(|_| CardError::ReaderServiceMissing);
            }
        };
        started.map(Self::of).map_err(|_| broken("the module process"))
    }

    fn of(running: program::Running) -> Self {
        let program::Running { role, input, output } = running;
        let (sender, replies) = mpsc::channel();
        // Without a thread no reply comes, as of a process that has died.
        let _ = thread::Builder::new().spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let Ok(reply) = serde_json::from_str(&line) else { return };
                if sender.send(reply).is_err() {
                    return;
                }
            }
        });
        Self { role, orders: input, replies }
    }

    fn is_alive(&mut self) -> bool {
        self.role.is_alive() && !matches!(self.replies.try_recv(), Err(TryRecvError::Disconnected))
    }

    /// Carries one order to its last reply. `None`: the process is of no more use.
    fn exchange(
        &mut self,
        order: &Order,
        timeout: Duration,
        interrupt: Option<&Interrupt>,
        made: &mut dyn FnMut(Vec<u8>) -> bool,
    ) -> Option<Reply> {
        let mut line = Zeroizing::new(serde_json::to_vec(order).ok()?);
        line.push(b'\n');
        self.tell(&line)?;
        // A process that tells of more than was asked for is of no use.
        let mut due = match order {
            Order::Sign { digests, .. } => digests.len(),
            _ => 0,
        };
        loop {
            match self.reply(timeout, interrupt)? {
                Reply::Made(signatures) => {
                    due = due.checked_sub(signatures.len())?;
                    let mut goes_on = true;
                    for signature in signatures {
                        // Each is kept, whatever is said of the one before.
                        goes_on &= made(signature.0);
                    }
                    let line = if goes_on { GO_ON } else { "false" };
                    self.tell(format!("{line}\n").as_bytes())?;
                }
                last => return Some(last),
            }
        }
    }

    fn tell(&mut self, line: &[u8]) -> Option<()> {
        self.orders.write_all(line).and_then(|()| self.orders.flush()).ok()
    }

    fn reply(&mut self, timeout: Duration, interrupt: Option<&Interrupt>) -> Option<Reply> {
        let end = Instant::now() + timeout;
        loop {
            // A module may hang for good when its card is pulled at the wrong moment.
            if interrupt.is_some_and(|interrupt| interrupt.cause().is_some()) {
                let left = end.saturating_duration_since(Instant::now());
                return self.replies.recv_timeout(left.min(GRACE)).ok();
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

fn broken(function: &str) -> CardError {
    CardError::ModuleFailed { function: function.to_owned(), code: None }
}

/// Within this time a process that gives no answer has died, and did not hang.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Whoever asks for a token meanwhile waits as long.
const IS_THERE_TIMEOUT: Duration = Duration::from_secs(5);
const TOKENS_TIMEOUT: Duration = Duration::from_secs(15);
const GRACE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(250);
/// For somebody who types three passcodes at a reader.
const PASSCODE_TIMEOUT: Duration = Duration::from_secs(90);
/// For each signature.
const SIGN_TIMEOUT: Duration = Duration::from_secs(30);
