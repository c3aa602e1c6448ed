//! What it takes to use a credential (section 8.3): typed by the user here, or done elsewhere.

use super::{
    expression::first_alternative,
    wire::{Auth, AuthData, AuthObject},
};
use crate::{CardError, Passcode};

/// What the user types for a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Its name at the service.
    pub id: String,
    /// What it is.
    pub kind: AskKind,
    /// What the service calls it, if anything.
    pub label: Option<String>,
    /// Whether the service is asked for a challenge first, which it may send elsewhere.
    pub(super) challenged: bool,
}

/// What is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskKind {
    /// A passcode, the same each time.
    Passcode,
    /// A code that serves once.
    OneTime,
}

/// What one credential takes, in the service's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// The user does it on the phone; by its id.
    Elsewhere(String),
    Typed(Ask),
}

impl Authorization {
    /// # Errors
    ///
    /// [`CardError::ServiceUnsupported`] for a way that is none of these.
    pub fn read(auth: &Auth) -> Result<Self, CardError> {
        match auth.mode.as_str() {
            "explicit" => {}
            // Of version 1: the service arranges everything by itself.
            "implicit" => return Ok(Self::default()),
            other => return Err(unsupported(format!("authorised by {other}"))),
        }
        if auth.objects.len() > MOST_OBJECTS {
            return Err(unsupported("more authentication objects than anybody needs".to_owned()));
        }
        let parts = match auth.expression.as_deref().map(str::trim) {
            // A published schema has the operator alone.
            None | Some("" | "AND") => auth.objects.iter().map(Part::read).collect(),
            Some("OR" | "XOR") => auth.objects.iter().take(1).map(Part::read).collect(),
            Some(expression) => {
                let unread = || unsupported(format!("authorised by `{expression:.60}`"));
                let ids = first_alternative(expression).ok_or_else(unread)?;
                let of = |id: String| auth.objects.iter().find(|object| object.id == id);
                let parts = ids.into_iter().map(|id| Part::read(of(id).ok_or_else(unread)?));
                parts.collect::<Result<Vec<_>, _>>()
            }
        };
        Ok(Self(parts?))
    }

    /// What the user types, in order.
    pub fn asks(&self) -> impl Iterator<Item = &Ask> {
        self.0.iter().filter_map(|part| match part {
            Part::Elsewhere(_) => None,
            Part::Typed(ask) => Some(ask),
        })
    }

    /// Whether what was typed serves once.
    pub fn serves_once(&self) -> bool {
        self.asks().any(|ask| ask.kind == AskKind::OneTime)
    }

    /// `authData` with what was typed, a line each.
    ///
    /// # Errors
    ///
    /// [`CardError::PasscodeLength`] where something was not typed.
    pub fn data<'a>(&'a self, typed: &'a Passcode) -> Result<Vec<AuthData<'a>>, CardError> {
        let missing = CardError::PasscodeLength { min: 1, max: u8::MAX };
        let mut lines = typed.expose().split('\n');
        let mut data = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            data.push(match part {
                Part::Elsewhere(id) => AuthData { id, value: None },
                Part::Typed(ask) => {
                    let line = lines.next().filter(|line| !line.is_empty());
                    AuthData { id: &ask.id, value: Some(line.ok_or_else(|| missing.clone())?) }
                }
            });
        }
        Ok(data)
    }
}

impl Part {
    fn read(object: &AuthObject) -> Result<Self, CardError> {
        let typed = |kind, challenged| {
            let AuthObject { id, label, .. } = object.clone();
            Self::Typed(Ask { id, kind, label, challenged })
        };
        if object.id.is_empty() || object.id.len() > LONGEST {
            return Err(unsupported("an authentication object without a usable id".to_owned()));
        }
        Ok(match object.kind.as_str() {
            "Password" if object.generator.is_some() || object.id.eq_ignore_ascii_case("OTP") => {
                typed(AskKind::OneTime, false)
            }
            "Password" => typed(AskKind::Passcode, false),
            "ChallengeResponse" => typed(AskKind::OneTime, true),
            "PasswordOOB" | "ChallengeResponseOOB" => Self::Elsewhere(object.id.clone()),
            other => return Err(unsupported(format!("authorised by {other:.60}"))),
        })
    }
}

fn unsupported(reason: String) -> CardError {
    CardError::ServiceUnsupported(reason)
}

const MOST_OBJECTS: usize = 8;
/// Of an id, in bytes.
pub(super) const LONGEST: usize = 255;
