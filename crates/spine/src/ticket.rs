use std::fmt;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::query::percent_encode;

/// An SSO token: the bearer secret of a session. Opaque to everyone but the server that made it.
///
/// It has no `Clone` and its `Debug` shows nothing; whoever needs its text calls
/// [`Ticket::expose`].
pub struct Ticket(Zeroizing<String>);

/// The text cannot be a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket")]
pub struct TicketError;

impl Ticket {
    /// Random octets that a new ticket is made of: 264 bits.
    pub const RANDOM_LENGTH: usize = 33;

    /// Reads a ticket as a client gives it.
    ///
    /// # Errors
    /// [`TicketError`] when it is shorter or longer than tickets are, or holds a character that
    /// none does.
    pub fn parse(text: &str) -> Result<Self, TicketError> {
        let admitted = |octet: u8| octet.is_ascii_alphanumeric() || b"+/=@#*-._~".contains(&octet);
        if !(MIN_LENGTH..=MAX_LENGTH).contains(&text.len()) || !text.bytes().all(admitted) {
            return Err(TicketError);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// A new ticket in the Spine's form, `AQIC5wM2LY4Sfc…=@AAJTSQACMDE=#`, of octets that nobody
    /// can predict.
    #[must_use]
    pub fn generate(random: &[u8; Self::RANDOM_LENGTH]) -> Self {
        let mut octets = Zeroizing::new(Vec::with_capacity(PREFIX.len() + random.len()));
        octets.extend_from_slice(&PREFIX);
        octets.extend_from_slice(random);
        let session = Zeroizing::new(Base64::encode_string(&octets));
        Self(Zeroizing::new(format!("{}{SERVER_PART}", session.as_str())))
    }

    /// The ticket's text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of its text: what a server stores, and looks up.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The ticket as it stands in a query (RFC 3986, section 2.1); it holds `+`, `=`, `@`, `#`.
    #[must_use]
    pub fn percent_encoded(&self) -> Zeroizing<String> {
        Zeroizing::new(percent_encode(&self.0))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

/// What base64 shows as `AQIC5wM2LY4Sfc`, as in every token seen, filled up to whole octets.
const PREFIX: [u8; 11] = [0x01, 0x02, 0x02, 0xE7, 0x03, 0x36, 0x2D, 0x8E, 0x12, 0x7D, 0xC0];
/// The extension: key `SI`, value `01`, the number of the server.
const SERVER_PART: &str = "@AAJTSQACMDE=#";
/// Too short to be a secret below this.
const MIN_LENGTH: usize = 32;
/// The longest that any client made room for.
const MAX_LENGTH: usize = 1024;

#[cfg(test)]
mod tests;
