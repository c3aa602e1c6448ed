//! The floor of batches: PKCS#11 and nothing else. Logs in to the first token, signs so many
//! digests with its content key, logs out, and prints the milliseconds that took.
//!
//! Usage: pkcs11-loop MODULE PASSCODE COUNT

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    mechanism::Mechanism,
    object::{Attribute, ObjectClass},
    session::UserType,
    types::AuthPin,
};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("pkcs11-loop MODULE PASSCODE COUNT");
    let (module, passcode, count) = (next()?, AuthPin::new(next()?.into()), next()?.parse()?);
    let module = Pkcs11::new(module)?;
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let slot = *module.get_slots_with_initialized_token()?.first().context("no token")?;
    let input = [&DIGEST_INFO[..], &[0x5a; 32]].concat();

    let begun = Instant::now();
    let session = module.open_ro_session(slot)?;
    session.login(UserType::User, Some(&passcode))?;
    let wanted = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(vec![CONTENT_KEY])];
    let key = *session.find_objects(&wanted)?.first().context("no key")?;
    for _ in 0..count {
        ensure!(session.sign(&Mechanism::RsaPkcs, key, &input)?.len() == MODULUS);
    }
    session.logout()?;
    drop(session);
    println!("{}", begun.elapsed().as_secs_f64() * 1000.0);
    Ok(())
}

/// The identifier of the content key of the stage's token.
const CONTENT_KEY: u8 = 2;
/// Of SHA-256 (RFC 8017, section 9.2, note 1).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
const MODULUS: usize = 256;
