//! Choosing a card's certificate for a purpose, and judging it before a passcode is asked for.

use std::{cmp::Reverse, fs, path::Path, sync::Arc};

use wardkey_crypto::{KeyKind, SignatureAlgorithm};
use wardkey_pki::Certificate;
use wardkey_protocol::{ErrorCode, Fault, command::sign::Algorithm};
use wardkey_signatures::jws;
use wardkey_smartcard::{CardCertificate, KeyUses, SignMechanism};

use super::{Agent, cards::Card, fault, remote::RemoteHolder, session::Session};
use crate::{
    clock,
    interrupt::Interrupt,
    policy::{KeyPurpose, ServerPolicy},
};

/// What a key is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Content commitment.
    ContentCommitment,
    /// Card login, and `authenticate`.
    Login,
}

/// A certificate that fits, and the card it is on.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The card.
    pub card: Card,
    /// The certificate and its key.
    pub held: CardCertificate,
    /// The certificate, read.
    pub certificate: Certificate,
    /// How its key signs.
    pub algorithm: SignatureAlgorithm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kinship {
    Stranger,
    User,
    Card,
    Certificate,
}

impl Chosen {
    /// The holder's name for dialogs.
    pub fn holder(&self) -> String {
        self.certificate.common_name().unwrap_or_default().to_owned()
    }

    /// The user id: the common name up to the first underscore.
    pub fn uid(&self) -> String {
        let name = self.holder();
        name.split('_').next().unwrap_or_default().to_owned()
    }

    /// Whether its holder is the user of a session.
    pub fn is_of(&self, session: &Session) -> bool {
        self.uid() == session.uid
    }

    /// How near it is to a session.
    fn kinship(&self, session: &Session) -> Kinship {
        match () {
            () if !self.is_of(session) => Kinship::Stranger,
            () if self.certificate.sha256() == session.card.certificate => Kinship::Certificate,
            () if self.card.token.serial == session.card.serial => Kinship::Card,
            () => Kinship::User,
        }
    }

    /// How the card is told to sign.
    pub fn mechanism(&self) -> SignMechanism {
        mechanism(self.algorithm)
    }

    /// The algorithm's name in JOSE (RFC 7518, section 3.1).
    pub fn jose_name(&self) -> &'static str {
        jws::algorithm_name(self.algorithm).unwrap_or_default()
    }

    /// How its key signs, by such names, the way that is chosen without a wish first.
    pub fn jose_names(&self) -> Vec<&'static str> {
        let admitted = |name: &&str| {
            let algorithm = jws::algorithm_named(name);
            algorithm.is_some_and(|algorithm| is_made(&self.card, algorithm))
        };
        match self.algorithm.key_kind() {
            KeyKind::Rsa => RSA_NAMES.into_iter().filter(admitted).collect(),
            _ => vec![self.jose_name()],
        }
    }

    /// The same, signing in the way that a page wishes.
    ///
    /// # Errors
    ///
    /// `algorithm_unsupported` where its key does not.
    pub fn signing_by(self, wish: Option<Algorithm>) -> Result<Self, Fault> {
        let Some(wish) = wish else { return Ok(self) };
        let name = serde_json::to_value(wish).unwrap_or_default();
        let algorithm = name.as_str().and_then(jws::algorithm_named);
        let fits = |it: &SignatureAlgorithm| {
            it.key_kind() == self.algorithm.key_kind() && is_made(&self.card, *it)
        };
        match algorithm.filter(fits) {
            Some(algorithm) => Ok(Self { algorithm, ..self }),
            None => {
                let fault = Fault::new(ErrorCode::AlgorithmUnsupported);
                Err(fault.with("algorithms", self.jose_names()))
            }
        }
    }

    /// What is admitted of it by an exception alone, for the audit record.
    pub fn exception(&self) -> Option<&'static str> {
        self.certificate.rsa_bits().is_some_and(|bits| bits < RSA_BITS).then_some("rsa_1024")
    }

    /// Whether its key signs login structures, which leave no choice of the algorithm.
    ///
    /// # Errors
    ///
    /// `remote_unsupported`.
    pub fn check_login(&self) -> Result<(), Fault> {
        if self.algorithm == SignatureAlgorithm::for_key(self.algorithm.key_kind()) {
            return Ok(());
        }
        let fault = Fault::new(ErrorCode::RemoteUnsupported);
        Err(fault.with("reason", format!("the key signs by {} alone", self.jose_name())))
    }

    /// Whether its key is long enough, or policy admits it for this purpose as it is.
    ///
    /// # Errors
    ///
    /// `key_too_short`.
    pub fn check_key(&self, purpose: Purpose, policy: &ServerPolicy) -> Result<(), Fault> {
        let Some(bits) = self.certificate.rsa_bits().filter(|bits| *bits < RSA_BITS) else {
            return Ok(());
        };
        let purpose = match purpose {
            Purpose::ContentCommitment => KeyPurpose::ContentCommitment,
            Purpose::Login => KeyPurpose::Login,
        };
        if policy.admits_short_key(purpose, &self.card.token.serial) && bits >= SHORT_RSA_BITS {
            return Ok(());
        }
        Err(Fault::new(ErrorCode::KeyTooShort).with("bits", bits))
    }
}

impl Agent {
    /// Reads the card in one reader and chooses a certificate for a purpose.
    ///
    /// # Errors
    ///
    /// The card's, or what is wrong with the only certificates there are.
    pub(super) fn choose_in(
        self: &Arc<Self>,
        purpose: Purpose,
        reader: &str,
    ) -> Result<Chosen, Fault> {
        let mut cards = self.cards.read()?;
        cards.retain(|card| card.token.reader == reader);
        Ok(fitting(cards, purpose)?.swap_remove(0))
    }

    /// A certificate for a purpose on each card that is here, at least one; of a session its own
    /// card's first, then another of its user.
    ///
    /// # Errors
    ///
    /// As for [`Agent::choose_in`].
    pub(super) fn choices(
        self: &Arc<Self>,
        purpose: Purpose,
        session: Option<&Session>,
    ) -> Result<Vec<Chosen>, Fault> {
        let mut choices = fitting(self.cards.read()?, purpose)?;
        if let Some(session) = session {
            choices.sort_by_key(|chosen| Reverse(chosen.kinship(session)));
        }
        let mut seen = Vec::new();
        choices.retain(|chosen| {
            let (id, der) = (&chosen.card.token.id, &chosen.held.der);
            // Two modules may show one card under two names.
            let is_new = !seen.iter().any(|(other, same)| other == id || same == der);
            seen.push((id.clone(), der.clone()));
            is_new
        });
        Ok(choices)
    }

    /// The same of the keys that a service keeps for a user. `fresh`: asked for anew.
    ///
    /// # Errors
    ///
    /// `card_missing` where the service knows no such user; the service's, and as for
    /// [`Agent::choose_in`].
    pub(super) fn choose_remote(
        self: &Arc<Self>,
        purpose: Purpose,
        holder: &RemoteHolder,
        fresh: bool,
        interrupt: Option<&Interrupt>,
    ) -> Result<Chosen, Fault> {
        let cards = self.cards.services.read(holder, fresh, interrupt);
        let cards = cards.map_err(|error| fault::of_card(&error))?;
        Ok(fitting(cards, purpose)?.swap_remove(0))
    }
}

/// Every certificate that fits; at least one.
fn fitting(cards: Vec<Card>, purpose: Purpose) -> Result<Vec<Chosen>, Fault> {
    let mut fitting = Vec::new();
    let mut missing = Fault::new(ErrorCode::CertificateMissing);
    let mut others = false;
    for card in cards {
        for held in card.token.certificates.clone() {
            if !serves(held.uses, purpose) {
                others = true;
                continue;
            }
            match fit(card.clone(), held) {
                Ok(chosen) => fitting.push(chosen),
                Err(fault) => missing = fault,
            }
        }
    }
    if missing.code == ErrorCode::CertificateMissing && others {
        // It has certificates, but all of them are for something else.
        missing = ErrorCode::CertificateWrongUsage.into();
    }
    if fitting.is_empty() { Err(missing) } else { Ok(fitting) }
}

/// Whether a card makes such signatures, where that is known before it is asked.
fn is_made(card: &Card, algorithm: SignatureAlgorithm) -> bool {
    let made = card.remote.as_ref().map(|remote| &remote.mechanisms);
    made.is_none_or(|made| made.contains(&mechanism(algorithm)))
}

fn mechanism(algorithm: SignatureAlgorithm) -> SignMechanism {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha384 => SignMechanism::RsaPkcs1Sha384,
        SignatureAlgorithm::RsaPkcs1Sha512 => SignMechanism::RsaPkcs1Sha512,
        SignatureAlgorithm::RsaPssSha256 => SignMechanism::RsaPssSha256,
        SignatureAlgorithm::RsaPssSha384 => SignMechanism::RsaPssSha384,
        SignatureAlgorithm::RsaPssSha512 => SignMechanism::RsaPssSha512,
        other if other.key_kind() == KeyKind::Rsa => SignMechanism::RsaPkcs1Sha256,
        _ => SignMechanism::Ecdsa,
    }
}

fn serves(uses: KeyUses, purpose: Purpose) -> bool {
    match purpose {
        Purpose::ContentCommitment => uses.content_commitment,
        Purpose::Login => uses.login,
    }
}

fn fit(card: Card, held: CardCertificate) -> Result<Chosen, Fault> {
    let unreadable = || Fault::new(ErrorCode::CardUnreadable).with("reason", "certificate");
    let certificate = Certificate::from_der(&held.der).map_err(|_| unreadable())?;
    let now = clock::now();
    if now < certificate.not_before() {
        return Err(ErrorCode::CertificateNotYetValid.into());
    }
    if now > certificate.not_after() {
        return Err(ErrorCode::CertificateExpired.into());
    }
    let kind = certificate.key_kind().ok_or_else(unreadable)?;
    let usual = SignatureAlgorithm::for_key(kind);
    let others = RSA_NAMES.into_iter().filter_map(jws::algorithm_named);
    let others = others.filter(|algorithm| algorithm.key_kind() == kind);
    let mut algorithms = std::iter::once(usual).chain(others);
    let algorithm = algorithms.find(|algorithm| is_made(&card, *algorithm));
    let algorithm = algorithm.ok_or_else(|| Fault::new(ErrorCode::RemoteUnsupported))?;
    Ok(Chosen { card, held, certificate, algorithm })
}

/// Certificates of PEM files that policy names.
///
/// # Errors
///
/// `policy_invalid` with the file.
pub fn from_files(files: &[impl AsRef<Path>]) -> Result<Vec<Certificate>, Fault> {
    let read = |file: &Path| {
        let pem = fs::read_to_string(file).ok()?;
        Certificate::from_pem(&pem).ok()
    };
    let invalid =
        |file: &Path| Fault::new(ErrorCode::PolicyInvalid).with("file", file.display().to_string());
    files.iter().map(AsRef::as_ref).map(|file| read(file).ok_or_else(|| invalid(file))).collect()
}

const RSA_BITS: u32 = 2048;
const SHORT_RSA_BITS: u32 = 1024;
const RSA_NAMES: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
