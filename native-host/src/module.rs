//! The module process: a PKCS#11 module, alone in a process of its own, so that one that hangs or
//! crashes is ended without the agent. PIV, which needs no module, has such a process too: the
//! smartcard service and the readers' drivers can hang as well.
//!
//! The agent writes [`Order`]s to its standard input and reads [`Reply`]s from its standard
//! output, one JSON object a line. Passcodes cross this pipe and no other. While it signs a batch the
//! process tells what it has made, and hears for each such reply a line with `true` or `false`: whether
//! to go on.

mod client;
mod process;

pub use client::{ModuleClient, PasscodeOrder, Proof, SignOrder};
pub use process::{run, serve};

use std::{path::PathBuf, time::Instant};

use serde::{Deserialize, Serialize};
use wardkey_protocol::Base64;
use wardkey_smartcard::{CardError, KeyId, LastTry, PasscodeRules, SignMechanism, Token, TokenId};

/// A way to cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A PKCS#11 module.
    Module(PathBuf),
    /// PIV itself.
    Piv,
    /// A simulator's socket, in place of a process.
    Simulated(PathBuf),
}

/// Cards as the agent reaches them.
pub trait Module: Send {
    /// The tokens that are there now.
    ///
    /// # Errors
    ///
    /// The module's own, or `CardError::ModuleFailed` when it crashed or hung.
    fn tokens(&mut self) -> Result<Vec<Token>, CardError>;

    /// Whether a token is there still.
    ///
    /// # Errors
    ///
    /// Where it can't be known.
    fn is_there(&mut self, token: &TokenId) -> Result<bool, CardError> {
        Ok(self.tokens()?.iter().any(|other| other.id == *token))
    }

    /// When it gave no answer in time, and none since.
    fn hung(&self) -> Option<Instant> {
        None
    }

    /// Signs; one result a digest, in their order. What was signed before the module failed, or the
    /// order was interrupted, is among them.
    ///
    /// # Errors
    ///
    /// What keeps all of them from being signed.
    fn sign(&mut self, order: SignOrder<'_>) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError>;

    /// What a new passcode of a token has to be, and what sets it.
    ///
    /// # Errors
    ///
    /// The module's own; `CardError::Unsupported` where this way sets none.
    fn passcode_rules(&mut self, token: &TokenId) -> Result<PasscodeRules, CardError>;

    /// Gives a token another passcode. What becomes of the card's where the module fails meanwhile
    /// nobody knows.
    ///
    /// # Errors
    ///
    /// The module's own.
    fn set_passcode(&mut self, order: PasscodeOrder<'_>) -> Result<(), CardError>;
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    ChangePasscode {
        token: TokenId,
        old: String,
        new: String,
    },
    IsThere(TokenId),
    PasscodeRules(TokenId),
    Sign {
        token: TokenId,
        key: KeyId,
        mechanism: SignMechanism,
        digests: Vec<Base64>,
        passcode: String,
        hold_passcode: bool,
    },
    Tokens,
    UnblockPasscode {
        token: TokenId,
        key: String,
        new: String,
        last_try: LastTry,
    },
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Failed(CardError),
    IsThere(bool),
    /// Some signatures of a batch, in their order, while the next one is made.
    Made(Vec<Base64>),
    PasscodeRules(PasscodeRules),
    PasscodeSet,
    Signed(Vec<Outcome>),
    Tokens(Vec<Token>),
}

/// What became of one digest of a batch.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Failed(CardError),
    /// The agent has the signature already; those that it has are in order.
    Made,
    Signed(Base64),
}

const GO_ON: &str = "true";
