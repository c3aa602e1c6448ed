use super::{
    apdu::{Answer, Channel, Command, SUCCESS, Transmit},
    data_objects::{DISCOVERY, UsagePolicy},
    key::Key,
    tlv,
};
use crate::CardError;

/// The PIV application of a card, selected.
pub struct Application<'a, C> {
    /// The way to the card.
    pub channel: &'a mut Channel<C>,
    policy: Option<UsagePolicy>,
}

/// What a card answers to `VERIFY` without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It takes no passcode here, over the air.
    ContactNeeded,
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
    fn of(answer: &Answer, contactless: bool) -> Self {
        match answer.status {
            [0x63, counter] if counter & 0xf0 == 0xc0 => Self::No { tries_left: counter & 0x0f },
            [0x69, 0x83] => Self::No { tries_left: 0 },
            SUCCESS => Self::Yes,
            // With contacts these are no more than odd.
            [0x6a, 0x81] | [0x69, 0x82] if contactless => Self::ContactNeeded,
            _ => Self::Unknown,
        }
    }

    /// Tries left, where it says.
    pub fn tries_left(self) -> Option<u8> {
        match self {
            Self::No { tries_left } => Some(tries_left),
            Self::ContactNeeded | Self::Unknown | Self::Yes => None,
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
        Ok(selected.then_some(Self { channel, policy: None }))
    }

    /// Tells it what is known of the card.
    pub fn set_policy(&mut self, policy: UsagePolicy) {
        self.policy = Some(policy);
    }

    /// Which passcodes the card takes, by its discovery object; asked for once.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn policy(&mut self) -> Result<UsagePolicy, CardError> {
        if let Some(policy) = self.policy {
            return Ok(policy);
        }
        let policy = UsagePolicy::of(&self.object(DISCOVERY)?.unwrap_or_default());
        self.policy = Some(policy);
        Ok(policy)
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
        let reference = self.passcode_reference()?;
        self.verified_of(reference)
    }

    /// Makes the card forget that it was given its passcode, PIV's or the one that its applications
    /// share; whether it has. One that has nothing to forget is left as it is, one that does not
    /// say is told to all the same.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn forget(&mut self) -> Result<bool, CardError> {
        // Either opens the keys where the card takes both, whichever it prefers.
        let policy = self.policy()?;
        let shared = policy.admits_global.then_some(GLOBAL_PASSCODE);
        let mut forgotten = true;
        for reference in shared.into_iter().chain([PIV_PASSCODE]) {
            forgotten &= match self.verified_of(reference)? {
                Verified::No { .. } => true,
                // What came by the virtual contact interface is not seen from here.
                Verified::ContactNeeded => !policy.virtual_contact,
                Verified::Unknown => {
                    matches!(self.tell_to_forget(reference)?, SUCCESS | NO_SUCH_REFERENCE)
                }
                Verified::Yes => {
                    self.tell_to_forget(reference)?;
                    self.verified_of(reference)? != Verified::Yes
                }
            };
        }
        Ok(forgotten)
    }

    /// The key reference of the passcode (part 1, table 4a).
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn passcode_reference(&mut self) -> Result<u8, CardError> {
        Ok(if self.policy()?.prefers_global { GLOBAL_PASSCODE } else { PIV_PASSCODE })
    }

    fn tell_to_forget(&mut self, reference: u8) -> Result<[u8; 2], CardError> {
        let head = [VERIFY, 0xff, reference];
        let order = Command { head, data: &[], answered: false, secret: false };
        Ok(self.channel.exchange(&order)?.status)
    }

    fn verified_of(&mut self, reference: u8) -> Result<Verified, CardError> {
        let head = [VERIFY, 0x00, reference];
        let nothing = Command { head, data: &[], answered: false, secret: false };
        let answer = self.channel.exchange(&nothing)?;
        Ok(Verified::of(&answer, self.channel.contactless))
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

/// The card has no passcode of this reference.
const NO_SUCH_REFERENCE: [u8; 2] = [0x6a, 0x88];
/// By name.
const SELECT: [u8; 3] = [0xa4, 0x04, 0x00];
/// The beginning of the application's identifier (part 1, section 2.2), which names NIST.
const APPLICATION: [u8; 5] = [0xa0, 0x00, 0x00, 0x03, 0x08];
pub const VERIFY: u8 = 0x20;
const GENERAL_AUTHENTICATE: u8 = 0x87;
const GLOBAL_PASSCODE: u8 = 0x00;
const PIV_PASSCODE: u8 = 0x80;
