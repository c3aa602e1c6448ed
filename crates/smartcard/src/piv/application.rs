use super::{
    apdu::{Answer, Channel, Command, SUCCESS, Transmit},
    data_objects::{DISCOVERY, prefers_global_passcode},
    key::Key,
    tlv,
};
use crate::CardError;

/// The PIV application of a card, selected.
pub struct Application<'a, C> {
    /// The way to the card.
    pub channel: &'a mut Channel<C>,
    global: Option<bool>,
}

/// What a card answers to `VERIFY` without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It wants the passcode.
    No {
        /// Tries left.
        tries_left: u8,
    },
    /// It does not say.
    Unknown,
    /// It was given the passcode.
    Yes,
}

impl Verified {
    fn of(answer: &Answer) -> Self {
        match answer.status {
            [0x63, counter] if counter & 0xf0 == 0xc0 => Self::No { tries_left: counter & 0x0f },
            [0x69, 0x83] => Self::No { tries_left: 0 },
            SUCCESS => Self::Yes,
            _ => Self::Unknown,
        }
    }

    /// Tries left, where it says.
    pub fn tries_left(self) -> Option<u8> {
        match self {
            Self::No { tries_left } => Some(tries_left),
            Self::Unknown | Self::Yes => None,
        }
    }
}

impl<'a, C: Transmit> Application<'a, C> {
    /// Selects it (part 2, section 3.1.1), by its truncated identifier; `None` where the card has
    /// none.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn select(channel: &'a mut Channel<C>) -> Result<Option<Self>, CardError> {
        let select = Command { head: SELECT, data: &APPLICATION, answered: false, secret: false };
        // More to tell under T=0 is not fetched.
        let answer = channel.beginning(&select)?;
        let selected = matches!(answer.status, SUCCESS | [0x61, _]);
        Ok(selected.then_some(Self { channel, global: None }))
    }

    /// Tells it what is known of the card: whether the passcode is the card's own.
    pub fn set_global_passcode(&mut self, global: bool) {
        self.global = Some(global);
    }

    /// Whether the passcode is the card's own and not that of PIV, by the discovery object; asked
    /// for once.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn global_passcode(&mut self) -> Result<bool, CardError> {
        if let Some(global) = self.global {
            return Ok(global);
        }
        let global = self.object(DISCOVERY)?.is_some_and(|object| prefers_global_passcode(&object));
        self.global = Some(global);
        Ok(global)
    }

    /// A data object (`GET DATA`, part 2, section 3.1.2); `None` where the card gives none.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn object(&mut self, tag: &[u8]) -> Result<Option<Vec<u8>>, CardError> {
        let data = tlv::write(&[0x5c], tag);
        Ok(self.channel.exchange(&get_data(&data))?.done())
    }

    /// The first part of a data object, of up to 256 bytes, by one command.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn beginning(&mut self, tag: &[u8]) -> Result<Option<Vec<u8>>, CardError> {
        let data = tlv::write(&[0x5c], tag);
        let answer = self.channel.beginning(&get_data(&data))?;
        Ok(matches!(answer.status, SUCCESS | [0x61, _]).then_some(answer.data))
    }

    /// Whether the card was given its passcode, and the tries it has left (`VERIFY` without data,
    /// part 2, section 3.2.1). Spends none.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn verified(&mut self) -> Result<Verified, CardError> {
        let head = [VERIFY, 0x00, self.passcode_reference()?];
        let nothing = Command { head, data: &[], answered: false, secret: false };
        Ok(Verified::of(&self.channel.exchange(&nothing)?))
    }

    /// Makes the card forget that it was given its passcode; whether it has. One that has nothing
    /// to forget is left as it is.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn forget(&mut self) -> Result<bool, CardError> {
        if self.verified()? != Verified::Yes {
            return Ok(true);
        }
        let head = [VERIFY, 0xff, self.passcode_reference()?];
        self.channel.exchange(&Command { head, data: &[], answered: false, secret: false })?;
        Ok(self.verified()? != Verified::Yes)
    }

    /// The key reference of the passcode (part 1, table 4a).
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn passcode_reference(&mut self) -> Result<u8, CardError> {
        Ok(if self.global_passcode()? { GLOBAL_PASSCODE } else { PIV_PASSCODE })
    }

    /// One private key operation (`GENERAL AUTHENTICATE`, part 2, section 3.2.4): the card's
    /// answer.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn authenticate(
        &mut self,
        key: Key,
        algorithm: u8,
        data: &[u8],
    ) -> Result<Answer, CardError> {
        // An empty response asks for one.
        let content = [tlv::write(&[0x82], &[]), tlv::write(&[0x81], data)].concat();
        let template = tlv::write(&[0x7c], &content);
        let head = [GENERAL_AUTHENTICATE, algorithm, key.reference()];
        let command = Command { head, data: &template, answered: true, secret: false };
        let answer = self.channel.exchange(&command)?;
        let response = tlv::find(0x7c, &answer.data).and_then(|found| tlv::find(0x82, found));
        Ok(Answer { data: response.unwrap_or_default().to_vec(), status: answer.status })
    }
}

fn get_data(data: &[u8]) -> Command<'_> {
    Command { head: [0xcb, 0x3f, 0xff], data, answered: true, secret: false }
}

/// By name.
const SELECT: [u8; 3] = [0xa4, 0x04, 0x00];
/// The beginning of the application's identifier (part 1, section 2.2), which names NIST.
const APPLICATION: [u8; 5] = [0xa0, 0x00, 0x00, 0x03, 0x08];
pub const VERIFY: u8 = 0x20;
const GENERAL_AUTHENTICATE: u8 = 0x87;
const GLOBAL_PASSCODE: u8 = 0x00;
const PIV_PASSCODE: u8 = 0x80;
