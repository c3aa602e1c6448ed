//! Cards and readers that do what their script says, for tests without hardware.
//!
//! ```
//! use wardkey_smartcard::{
//!     CardBackend as _, CardError, KeyId, Passcode, PasscodeState, SignMechanism, Token, TokenId,
//!     scripted::ScriptedCard,
//! };
//!
//! let token = Token {
//!     id: TokenId("0".to_owned()),
//!     reader: "Scripted reader".to_owned(),
//!     label: "Card".to_owned(),
//!     serial: "1".to_owned(),
//!     manufacturer: "Nobody".to_owned(),
//!     certificates: Vec::new(),
//!     passcode: PasscodeState { min_length: 4, max_length: 8, ..PasscodeState::default() },
//! };
//! let mut card = ScriptedCard::new(token, "1234", |_, _, digest| digest.to_vec()).with_tries(1);
//! let wrong = Passcode::new("4321".to_owned());
//! let (token, key) = (TokenId("0".to_owned()), KeyId(vec![1]));
//! let signed = card.sign(&token, &key, SignMechanism::Ecdsa, &[0; 32], &wrong);
//! assert_eq!(signed, Err(CardError::PasscodeBlocked));
//! ```

mod card;
mod cards;
mod hand;
mod readers;
mod state;

pub use card::ScriptedCard;
pub use hand::ScriptedHand;
pub use readers::ScriptedReaders;

#[cfg(test)]
mod tests;
