//! Making a card and putting certificates into it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use der::{DecodePem, Encode, EncodePem};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::Certificate;

use crate::administrator::{Administrator, Pin};
use crate::applet::{Seed, with_applet};
use crate::card::Card;
use crate::public_key::{Algorithm, Slot};
use crate::store::Store;

/// Makes a fresh card in `folder`: a key pair in each of the slots, the PIN, and its identity (the
/// applet writes a CHUID with a random GUID at its first use). The public keys go beside it, that
/// of 9A to `9a.pub.pem`.
///
/// # Errors
/// When the folder holds a card already or cannot be written.
pub fn provision(
    folder: &Path,
    slots: &[Slot],
    algorithm: Algorithm,
    pin: &Pin,
    seed: &Seed,
) -> Result<()> {
    let store = Store::create(folder)?;
    with_applet(&store, seed, |applet| {
        let mut card = Card::new(applet);
        let mut session = Administrator::authenticate(&mut card)?;
        for &slot in slots {
            let key = session.generate(slot, algorithm)?;
            let path = store.public_key_path(slot);
            fs::write(&path, key.to_pem(der::pem::LineEnding::LF)?)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        session.change_pin(&Pin::of_a_fresh_card(), pin)
    })
}

/// Puts a certificate in PEM into a slot of the card in `folder`.
///
/// # Errors
/// When the certificate certifies another key than the slot's, or is too long for the card.
pub fn import(folder: &Path, slot: Slot, certificate: &str, seed: &Seed) -> Result<()> {
    let store = Store::open(folder)?;
    let certificate =
        Certificate::from_pem(certificate).context("the certificate is no X.509 in PEM")?;
    let path = store.public_key_path(slot);
    let pem =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let key = SubjectPublicKeyInfoOwned::from_pem(&pem)
        .with_context(|| format!("{} is no public key", path.display()))?;
    if *certificate.tbs_certificate().subject_public_key_info() != key {
        bail!("the certificate certifies another key than the one in slot {slot}");
    }
    let der = certificate.to_der()?;
    if der.len() > CERTIFICATE_BYTES {
        bail!("the certificate has {} bytes, the card takes {CERTIFICATE_BYTES}", der.len());
    }
    with_applet(&store, seed, |applet| {
        let mut card = Card::new(applet);
        Administrator::authenticate(&mut card)?.put_certificate(slot, &der)
    })
}

/// How many PIN tries the card in `folder` has left, 0 when it is blocked.
///
/// # Errors
/// When there is no card, or it is in use.
pub fn tries(folder: &Path, seed: &Seed) -> Result<u8> {
    let store = Store::open(folder)?;
    with_applet(&store, seed, |applet| Ok(Card::new(applet).pin_tries()))
}

/// Longest certificate (SP 800-73-4 part 1, table 10, recommends room for 1856 bytes; NHS
/// certificates with their policies can be longer).
pub(crate) const CERTIFICATE_BYTES: usize = 4096;
