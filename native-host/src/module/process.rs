use std::{
    io::{self, BufRead, Write},
    path::Path,
};

use wardkey_protocol::Base64;
use wardkey_smartcard::{CardBackend, Passcode, Pkcs11Backend};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Order, Reply};

/// Serves one module until the agent closes the pipe.
///
/// # Errors
///
/// What the pipes say; the agent is told of the module's errors.
pub fn run(module: &Path) -> anyhow::Result<()> {
    let mut backend = Pkcs11Backend::load(module);
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut line = Zeroizing::new(String::new());
    while input.read_line(&mut line)? > 0 {
        let order = serde_json::from_str(&line);
        line.zeroize();
        let reply = match (&mut backend, order?) {
            (Ok(backend), order) => carry_out(backend, order),
            (Err(error), _) => Reply::Failed(error.clone()),
        };
        let mut reply = serde_json::to_vec(&reply)?;
        reply.push(b'\n');
        output.write_all(&reply)?;
        output.flush()?;
    }
    Ok(())
}

fn carry_out(backend: &mut impl CardBackend, order: Order) -> Reply {
    match order {
        Order::Tokens => match backend.tokens() {
            Ok(tokens) => Reply::Tokens(tokens),
            Err(error) => Reply::Failed(error),
        },
        Order::Sign { token, key, mechanism, digests, passcode } => {
            let passcode = Passcode::new(passcode);
            let digests: Vec<_> = digests.into_iter().map(|digest| digest.0).collect();
            let signed = backend.sign_many(&token, &key, mechanism, &digests, &passcode);
            match signed {
                Ok(results) => {
                    Reply::Signed(results.into_iter().map(|result| result.map(Base64)).collect())
                }
                Err(error) => Reply::Failed(error),
            }
        }
    }
}
