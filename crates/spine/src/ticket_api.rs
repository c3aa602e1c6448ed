//! The codes of the Ticket API (External Interface Specification, part 7), by which programs on the
//! workstation learn what became of their calls. Names and numbers as open clients have them.

macro_rules! codes {
    ($($group:ident $bits:literal { $($name:ident $number:literal $means:literal)* })*) => {
        /// A code of the Ticket API: success, or a group and a number in it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct Code(u32);

        impl Code {
            /// It went well.
            pub const SUCCESS: Self = Self(0);
            $($(
                #[doc = $means]
                pub const $name: Self = Self($bits | $number);
            )*)*

            /// Every code and its name, without the `TCK_API_ERR_` that C has before it.
            pub const ALL: &'static [(Self, &'static str)] =
                &[$($((Self::$name, stringify!($name)),)*)*];

            /// The groups, each with the bits that stand for it.
            pub const GROUPS: &'static [(u32, &'static str)] = &[$(($bits, stringify!($group)),)*];

            /// What it means, in one sentence; `None` for a number that is no code.
            #[must_use]
            pub fn description(self) -> Option<&'static str> {
                Some(match self {
                    Self::SUCCESS => "It went well.",
                    $($(Self::$name => $means,)*)*
                    _ => return None,
                })
            }
        }
    };
}

codes! {
    GENERIC 0x8010_0000 {
        INTERNAL 0x1 "Something unexpected happened."
        NOT_INITIALIZED 0x2 "The interface was not initialised."
        INVALID_PARAMETER 0x3 "A parameter is not what the call takes."
        BUFFER_TOO_SMALL 0x4 "The buffer is too small for what it should hold."
        INVALID_INSTANCE_HANDLE 0x5 "There is no such instance."
        SERVER_BUSY 0x6 "The agent is busy."
        SERVER_COMM_FAILED 0x7 "The agent could not be reached, or did not answer."
        RESOURCE_ALLOCATION_FAILED 0x8 "The computer has too little of something left."
        TICKET_NOT_AVAILABLE 0x9 "There is no ticket."
        INTERNAL_ERROR 0xA "The agent made a mistake."
        NOT_IMPLEMENTED 0xB "This is not implemented."
    }
    CARD_DEVICE 0x8020_0000 {
        SMARTCARD_NOT_SUPPORTED 0x1 "The card is of no kind that can be read."
        READER_NOT_AVAILABLE 0x2 "There is no reader, or the smartcard service does not run."
        SMARTCARD_NOT_VALID 0x3 "The card may not be used for this."
        PIN_BLOCKED 0x4 "The card's passcode is blocked."
        CARD_TRANSACTION_FAILED 0x5 "The card is missing, was taken out, or failed."
        NO_CERT_FOUND 0x6 "The card holds no certificate for this."
        NO_KEY_FOUND 0x7 "The card holds no key for its certificate."
    }
    AUTHENTICATION 0x8040_0000 {
        USER_ABORT 0x1 "The user cancelled, or did not answer."
        AUTHENTICATION_FAILED 0x2 "The sign-in failed."
        AUTHENTICATION_NOT_POSSIBLE 0x3 "Nobody can sign in now."
        USER_NOT_VALID 0x4 "The user is not known to the identity server, or has no role."
        AUTHSERVER_NOT_AVAILABLE 0x5 "The identity server could not be reached."
        AUTHDATA_SYNTAX_ERROR 0x6 "The identity server's answer could not be understood."
        AUTH_NOT_VALID 0x7 "The sign-in is not valid any more."
        AUTHMETHOD_NOT_SUPPORTED 0x8 "This way to sign in is not supported."
    }
    CONFIG 0x8080_0000 {
        VERSION_CONFLICT 0x1 "The parts of the software do not fit each other."
        NOT_INSTALLED 0x2 "The agent is not installed."
        NO_SERVERFOUND 0x3 "No identity server is configured."
        LOAD_RES_FAILED 0x4 "Something that belongs to the software could not be loaded."
        AUTHMETHOD_NOT_AVAILABLE 0x5 "The software that this way to sign in needs is not there."
        AUTHMETHOD_NOT_POSSIBLE 0x6 "This way to sign in is not permitted."
        RESOURCE_NOT_AVAILABLE 0x7 "The policy of this computer does not admit this program."
    }
}

/// The bits of the group of what the operating system says; it has no codes of its own.
pub const WINDOWS: u32 = 0x8100_0000;

impl Code {
    /// The number, as C has it.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The code of a number, whether it is one or not.
    #[must_use]
    pub fn of(number: u32) -> Self {
        Self(number)
    }
}

#[cfg(test)]
mod tests;
