//! The commands of a page. One module a command, the same verb at every layer.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ErrorCode, Fault};

pub mod authenticate;
pub mod authorize;
pub mod cards;
pub mod delegate;
pub mod select_role;
pub mod sign;
pub mod sign_in;
pub mod sign_out;
pub mod signing_certificate;
pub mod status;
pub mod subscribe;
pub mod ticket;
pub mod user;

macro_rules! commands {
    ($($variant:ident $name:literal $module:ident;)*) => {
        wire_names! {
            /// A command's name.
            #[non_exhaustive]
            pub enum CommandName { $(
                #[doc = concat!("`", $name, "`: see [`", stringify!($module), "`].")]
                $variant,
            )* }
        }

        /// A command with its arguments, checked.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Command { $(
            #[doc = concat!("See [`", stringify!($module), "`].")]
            $variant($module::Args),
        )* }

        impl CommandName {
            /// Every command.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The command of a name; `None` when there is none.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|command| command.as_str() == name)
            }
        }

        impl Command {
            /// Reads a command's arguments, strictly.
            ///
            /// # Errors
            ///
            /// `command_unknown`, or `argument_invalid` with the reason in the details.
            pub fn parse(name: &str, args: Value) -> Result<Self, Fault> {
                let Some(name) = CommandName::from_name(name) else {
                    return Err(ErrorCode::CommandUnknown.into());
                };
                match name { $(
                    CommandName::$variant => read(args).and_then(|args: $module::Args| {
                        args.check()?;
                        Ok(Self::$variant(args))
                    }),
                )* }
            }

            /// The command's name.
            #[must_use]
            pub fn name(&self) -> CommandName {
                match self { $(Self::$variant(_) => CommandName::$variant),* }
            }
        }
    };
}

commands! {
    Authenticate "authenticate" authenticate;
    Authorize "authorize" authorize;
    Cards "cards" cards;
    Delegate "delegate" delegate;
    SelectRole "select_role" select_role;
    Sign "sign" sign;
    SignIn "sign_in" sign_in;
    SignOut "sign_out" sign_out;
    SigningCertificate "signing_certificate" signing_certificate;
    Status "status" status;
    Subscribe "subscribe" subscribe;
    Ticket "ticket" ticket;
    User "user" user;
}

fn read<T: DeserializeOwned>(args: Value) -> Result<T, Fault> {
    // Serde would read an array as a struct, field by field.
    if !args.is_object() {
        return Err(invalid("args: an object"));
    }
    // The reason names the field; it never holds more of the page's data than that.
    serde_json::from_value(args).map_err(|error| invalid(&error.to_string()))
}

pub(crate) fn invalid(reason: &str) -> Fault {
    let reason: String = reason.chars().take(MAX_REASON).collect();
    Fault::new(ErrorCode::ArgumentInvalid).with("reason", reason)
}

const MAX_REASON: usize = 200;

#[cfg(test)]
mod tests;
