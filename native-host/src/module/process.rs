use std::io::{self, BufRead, Write};

use wardkey_protocol::Base64;
use wardkey_smartcard::{Batch, CardBackend, CardError, GoOn, Passcode, PivBackend, Pkcs11Backend};
use zeroize::{Zeroize as _, Zeroizing};

use super::{GO_ON, Order, Reply, Way};
use crate::clock;

/// Serves one way to cards until the agent closes the pipe.
///
/// # Errors
///
/// What the pipes say; the agent is told of the cards' errors.
pub fn run(way: &Way) -> anyhow::Result<()> {
    match way {
        Way::Module(path) => serve(Pkcs11Backend::load(path)),
        Way::Piv => serve(Ok(PivBackend::new(|| clock::random().ok()))),
    }
}

fn serve(mut backend: Result<impl CardBackend, CardError>) -> anyhow::Result<()> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut line = Zeroizing::new(String::new());
    while input.read_line(&mut line)? > 0 {
        let order = serde_json::from_str(&line);
        line.zeroize();
        let reply = match (&mut backend, order?) {
            (Ok(backend), order) => {
                let mut made = |signature: &[u8]| {
                    let made = Reply::Made(Base64(signature.to_vec()));
                    let mut answer = String::new();
                    tell(&mut output, &made).is_ok()
                        && input.read_line(&mut answer).is_ok()
                        && answer.trim() == GO_ON
                };
                carry_out(backend, order, &mut made)
            }
            (Err(error), _) => Reply::Failed(error.clone()),
        };
        tell(&mut output, &reply)?;
    }
    Ok(())
}

fn tell(output: &mut impl Write, reply: &Reply) -> io::Result<()> {
    let mut reply = serde_json::to_vec(reply)?;
    reply.push(b'\n');
    output.write_all(&reply)?;
    output.flush()
}

fn carry_out(backend: &mut impl CardBackend, order: Order, made: &mut GoOn<'_>) -> Reply {
    match order {
        Order::Tokens => match backend.tokens() {
            Ok(tokens) => Reply::Tokens(tokens),
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
            // Of the last nobody asks whether to go on.
            let mut left = digests.len();
            let mut go_on = |signature: &[u8]| {
                left = left.saturating_sub(1);
                left == 0 || made(signature)
            };
            match backend.sign_batch(&batch, &mut go_on) {
                Ok(results) => {
                    Reply::Signed(results.into_iter().map(|result| result.map(Base64)).collect())
                }
                Err(error) => Reply::Failed(error),
            }
        }
    }
}
