use std::{
    io::{self, BufRead, Write},
    mem,
    path::Path,
    time::{Duration, Instant},
};

use wardkey_protocol::Base64;
use wardkey_smartcard::{Batch, CardBackend, CardError, Passcode, PivBackend, Pkcs11Backend};
use zeroize::{Zeroize as _, Zeroizing};

use super::{GO_ON, Order, Outcome, Reply};
use crate::clock;

/// Serves PIV, or a module, until the agent closes the pipe.
///
/// # Errors
///
/// What the pipes say; the agent is told of the cards' errors.
pub fn run(module: Option<&Path>) -> anyhow::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    match module {
        Some(path) => serve(Pkcs11Backend::load(path), &mut input, &mut output),
        None => serve(Ok(PivBackend::new(|| clock::random().ok())), &mut input, &mut output),
    }
}

/// Carries out an agent's orders with a back end until their end.
///
/// # Errors
///
/// What the agent's ends of input and output say; the agent is told of the cards' errors.
pub fn serve(
    mut backend: Result<impl CardBackend, CardError>,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let mut line = Zeroizing::new(String::new());
    while input.read_line(&mut line)? > 0 {
        let order = serde_json::from_str(&line);
        line.zeroize();
        let reply = match (&mut backend, order?) {
            (Ok(backend), order) => {
                let mut agent = Ahead::new(&mut *input, &mut *output);
                let reply = carry_out(backend, order, &mut agent);
                agent.settle();
                reply
            }
            (Err(error), _) => Reply::Failed(error.clone()),
        };
        tell(output, &reply)?;
    }
    Ok(())
}

/// The agent, whose word on what is made is waited for only when more is made, so that the card works
/// on meanwhile. A quick card's signatures are told some at once: each telling wakes the agent, which
/// takes as long as a tenth of one of them.
struct Ahead<'a, I, O> {
    input: &'a mut I,
    output: &'a mut O,
    untold: Vec<Base64>,
    told: usize,
    last_told: Instant,
    unanswered: usize,
}

impl<'a, I: BufRead, O: Write> Ahead<'a, I, O> {
    fn new(input: &'a mut I, output: &'a mut O) -> Self {
        let (untold, last_told) = (Vec::new(), Instant::now());
        Self { input, output, untold, told: 0, last_told, unanswered: 0 }
    }

    /// Whether to go on, as far as the agent has said. The last is told at once: the agent has work
    /// with it while the card is logged out.
    fn hears(&mut self, signature: &[u8], is_last: bool) -> bool {
        self.untold.push(Base64(signature.to_vec()));
        if !is_last && self.last_told.elapsed() < TOGETHER {
            return true;
        }
        self.told += self.untold.len();
        if tell(self.output, &Reply::Made(mem::take(&mut self.untold))).is_err() {
            return false;
        }
        self.last_told = Instant::now();
        self.unanswered += 1;
        is_last || self.unanswered < 2 || self.answer()
    }

    fn answer(&mut self) -> bool {
        self.unanswered -= 1;
        let mut answer = String::new();
        self.input.read_line(&mut answer).is_ok() && answer.trim() == GO_ON
    }

    /// What the agent has still to say is no order.
    fn settle(&mut self) {
        while self.unanswered > 0 {
            self.answer();
        }
    }
}

fn tell(output: &mut impl Write, reply: &Reply) -> io::Result<()> {
    let mut reply = serde_json::to_vec(reply)?;
    reply.push(b'\n');
    output.write_all(&reply)?;
    output.flush()
}

fn carry_out(
    backend: &mut impl CardBackend,
    order: Order,
    agent: &mut Ahead<'_, impl BufRead, impl Write>,
) -> Reply {
    match order {
        Order::Tokens => match backend.tokens() {
            Ok(tokens) => Reply::Tokens(tokens),
            Err(error) => Reply::Failed(error),
        },
        Order::IsThere(token) => match backend.is_there(&token) {
            Ok(is_there) => Reply::IsThere(is_there),
            Err(error) => Reply::Failed(error),
        },
        Order::Sign { token, key, mechanism, digests, passcode, hold_passcode } => {
            let passcode = Passcode::new(passcode);
            let digests: Vec<_> = digests.into_iter().map(|digest| digest.0).collect();
            let batch = Batch {
                token: &token,
                key: &key,
                mechanism,
                digests: &digests,
                passcode: &passcode,
                hold_passcode,
            };
            let mut left = digests.len();
            let mut go_on = |signature: &[u8]| {
                left = left.saturating_sub(1);
                agent.hears(signature, left == 0)
            };
            match backend.sign_batch(&batch, &mut go_on) {
                Ok(results) => Reply::Signed(outcomes(results, agent.told)),
                Err(error) => Reply::Failed(error),
            }
        }
        Order::PasscodeRules(token) => match backend.passcode_rules(&token) {
            Ok(rules) => Reply::PasscodeRules(rules),
            Err(error) => Reply::Failed(error),
        },
        Order::ChangePasscode { token, old, new } => {
            let (old, new) = (Passcode::new(old), Passcode::new(new));
            set(backend.change_passcode(&token, &old, &new))
        }
        Order::UnblockPasscode { token, key, new, last_try } => {
            let (key, new) = (Passcode::new(key), Passcode::new(new));
            set(backend.unblock_passcode(&token, &key, &new, last_try))
        }
    }
}

/// The first `told` signatures are not told again.
fn outcomes(results: Vec<Result<Vec<u8>, CardError>>, told: usize) -> Vec<Outcome> {
    let mut left = told;
    let outcome = |result| match result {
        Ok(_) if left > 0 => {
            left -= 1;
            Outcome::Made
        }
        Ok(signature) => Outcome::Signed(Base64(signature)),
        Err(error) => Outcome::Failed(error),
    };
    results.into_iter().map(outcome).collect()
}

fn set(outcome: Result<(), CardError>) -> Reply {
    match outcome {
        Ok(()) => Reply::PasscodeSet,
        Err(error) => Reply::Failed(error),
    }
}

/// A card takes longer than this for one signature, so that each of them is told; only a module that
/// signs without a card is quicker.
const TOGETHER: Duration = Duration::from_millis(10);
