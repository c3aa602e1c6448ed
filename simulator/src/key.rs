use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use anyhow::{Context as _, Result, anyhow};
use getrandom::SysRng;
use rsa::{
    PrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
};
use sha2::{Sha256, Sha384, Sha512};
use wardkey_smartcard::SignMechanism;

/// A simulated card's key: RSA-2048, in a plain file. Prescriptions are signed by nothing else.
pub struct Key(PrivateKey);

impl Key {
    /// Makes one and keeps it in a file that is its owner's alone.
    pub fn make(file: &Path) -> Result<Self> {
        let key = PrivateKey::new(&mut SysRng, BITS).map_err(|error| anyhow!("{error}"))?;
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| anyhow!("{error}"))?;
        let mut options = fs::File::options();
        let mut file = options.write(true).create_new(true).mode(0o600).open(file)?;
        file.write_all(pem.as_bytes())?;
        Ok(Self(key))
    }

    /// Reads one again.
    pub fn read(file: &Path) -> Result<Self> {
        let pem = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let key = PrivateKey::from_pkcs8_pem(&pem).map_err(|error| anyhow!("{error}"));
        Ok(Self(key.with_context(|| file.display().to_string())?))
    }

    /// The public half, as the PEM of its SubjectPublicKeyInfo.
    pub fn public_pem(&self) -> Result<String> {
        let public = self.0.to_public_key();
        public.to_public_key_pem(LineEnding::LF).map_err(|error| anyhow!("{error}"))
    }

    /// Signs a digest; nothing where the key does not sign so.
    pub fn sign(&self, mechanism: SignMechanism, digest: &[u8]) -> Vec<u8> {
        let key = &self.0;
        let signed = match mechanism {
            SignMechanism::RsaPkcs1Sha256 => key.pkcs1v15_sign_prehash::<Sha256>(digest),
            SignMechanism::RsaPkcs1Sha384 => key.pkcs1v15_sign_prehash::<Sha384>(digest),
            SignMechanism::RsaPkcs1Sha512 => key.pkcs1v15_sign_prehash::<Sha512>(digest),
            SignMechanism::RsaPssSha256 => key.pss_sign_prehash::<Sha256>(digest),
            SignMechanism::RsaPssSha384 => key.pss_sign_prehash::<Sha384>(digest),
            SignMechanism::RsaPssSha512 => key.pss_sign_prehash::<Sha512>(digest),
            _ => return Vec::new(),
        };
        // The agent verifies each signature before it leaves.
        signed.unwrap_or_default()
    }
}

const BITS: usize = 2048;
