//! The certificates on the cards: what for, and how long. Whose they are is nobody's business here.

use wardkey_pki::{Certificate, UnixTime};
use wardkey_protocol::own::Finding;
use wardkey_smartcard::KeyUses;

use super::{cards::Card, codes::Code, policy::counted};

/// What there is to say of the certificates of every card.
pub fn findings(cards: &[Card<'_>], now: UnixTime) -> Vec<Finding> {
    cards.iter().flat_map(|card| of_card(card, now)).collect()
}

fn of_card(card: &Card<'_>, now: UnixTime) -> Vec<Finding> {
    let held = || card.tokens.iter().flat_map(|token| &token.certificates);
    let mut findings = Vec::new();
    for purpose in [Purpose::SignIn, Purpose::Sign] {
        let fitting: Vec<_> = held().filter(|held| purpose.is_of(held.uses)).collect();
        if fitting.is_empty() {
            let says = format!("There is no certificate {} on {}.", purpose.said(), card.place);
            findings.push(Code::CertificateMissing.says(says));
        }
        findings.extend(fitting.into_iter().flat_map(|held| {
            let what = format!("The certificate {} on {}", purpose.said(), card.place);
            match Certificate::from_der(&held.der) {
                Ok(certificate) => of_certificate(&what, &certificate, now),
                Err(error) => {
                    let says = format!("{what} can't be read.");
                    vec![Code::CertificateMissing.says(says).with("reason", error.to_string())]
                }
            }
        }));
    }
    findings
}

fn of_certificate(what: &str, certificate: &Certificate, now: UnixTime) -> Vec<Finding> {
    let (from, to) = (certificate.not_before(), certificate.not_after());
    let days = |seconds: u64| counted(usize::try_from(seconds / DAY).unwrap_or(usize::MAX), "day");
    let time = match () {
        () if now < from => Code::CertificateNotYetValid.says(format!(
            "{what} is not valid yet: it begins in {}.",
            days(from.seconds_since(now))
        )),
        () if now > to => Code::CertificateExpired
            .says(format!("{what} expired {} ago.", days(now.seconds_since(to)))),
        () if to.seconds_since(now) <= SOON => Code::CertificateExpiresSoon
            .says(format!("{what} expires in {}.", days(to.seconds_since(now)))),
        () => Code::Certificate
            .says(format!("{what} holds: it expires in {}.", days(to.seconds_since(now)))),
    };
    let time = time.with("from", from.to_string()).with("to", to.to_string());
    let short = certificate.rsa_bits().filter(|bits| *bits < RSA_BITS).map(|bits| {
        Code::KeyTooShort.says(format!("{what} has an RSA key of {bits} bits.")).with("bits", bits)
    });
    [Some(time), short].into_iter().flatten().collect()
}

#[derive(Clone, Copy)]
enum Purpose {
    Sign,
    SignIn,
}

impl Purpose {
    fn is_of(self, uses: KeyUses) -> bool {
        match self {
            Self::Sign => uses.content_commitment,
            Self::SignIn => uses.login,
        }
    }

    fn said(self) -> &'static str {
        match self {
            Self::Sign => "to sign with",
            Self::SignIn => "to sign in with",
        }
    }
}

/// In seconds.
const DAY: u64 = 24 * 60 * 60;
const SOON: u64 = 30 * DAY;
const RSA_BITS: u32 = 2048;

#[cfg(test)]
mod tests;
