//! Error codes: stable strings, append-only, each with the party at fault and a remedy.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Whose doing an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// A bug in Wardkey.
    Bug,
    /// The card, its reader or the software that reads it.
    Device,
    /// What is, or is not, installed on this computer, or its policy.
    Installation,
    /// The web page that called.
    Page,
    /// The Identity Server, or the road to it.
    Server,
    /// The person at the keyboard.
    User,
}

impl Party {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::Device => "device",
            Self::Installation => "installation",
            Self::Page => "page",
            Self::Server => "server",
            Self::User => "user",
        }
    }
}

wire_struct! {
    /// An error as a page sees it.
    #[derive(thiserror::Error)]
    #[error("{code}: {message}")]
    pub struct Fault {
        /// The stable code.
        pub code: ErrorCode,
        /// One plain sentence: what happened.
        pub message: String,
        /// One plain sentence: what the user or the developer can do.
        pub remedy: String,
        /// Facts that go with the code, such as `triesLeft` or `field`.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        #[cfg_attr(feature = "bindings", ts(type = "Record<string, unknown>"))]
        pub details: Map<String, Value>,
    }
}

impl Fault {
    /// The fault of a code, in the table's words.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            message: code.message().to_owned(),
            remedy: code.remedy().to_owned(),
            details: Map::new(),
        }
    }

    /// Adds one fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

impl From<ErrorCode> for Fault {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

macro_rules! codes {
    ($($variant:ident $code:literal $party:ident $message:literal $remedy:literal)*) => {
        /// A stable error code. The list only grows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "bindings", derive(ts_rs::TS, schemars::JsonSchema))]
        #[non_exhaustive]
        pub enum ErrorCode { $(
            #[doc = $message]
            #[serde(rename = $code)]
            $variant,
        )* }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code's text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The code of a text; `None` when there is no such code.
            #[must_use]
            pub fn from_code(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// Whose doing it is.
            #[must_use]
            pub fn party(self) -> Party {
                match self { $(Self::$variant => Party::$party),* }
            }

            /// What happened, in one plain sentence.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $message),* }
            }

            /// What to do about it, in one plain sentence.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),* }
            }
        }
    };
}

codes! {
    AgentUnreachable "agent_unreachable" Installation
        "The Wardkey agent could not be started or did not answer."
        "Sign out of this computer and in again; if it stays so, run `wardkey-host doctor`."
    AlgorithmUnsupported "algorithm_unsupported" Page
        "The key on the card does not sign so."
        "Choose one of the algorithms that the details list, or none."
    ArgumentInvalid "argument_invalid" Page
        "A command's arguments are not what the command takes."
        "Correct the field that the details name; the SDK's types say what each command takes."
    AuthorizeRequestInvalid "authorize_request_invalid" Server
        "The request for a proof is not one that the Identity Server signed for this sign-in, or its time is up."
        "Start the sign-in again in the application; if it stays so, tell the service desk, with the reason in the details."
    BatchTooLarge "batch_too_large" Page
        "The policy on this computer does not admit so much with one consent."
        "Sign less at once; the details name the limit."
    Busy "busy" Page
        "Another Wardkey dialog is open."
        "Finish or cancel the open dialog, then try again."
    Cancelled "cancelled" Page
        "The page gave the call up, or its document went away."
        "Call again when the user asks for it."
    CapabilityNotGranted "capability_not_granted" Page
        "This site or program is admitted, but not for what it asked."
        "Ask the administrator to grant it the capability that the details name."
    CardBusy "card_busy" Device
        "Another program holds the card."
        "Close the other program that uses the card, then try again."
    CardContactNeeded "card_contact_needed" Device
        "The card does not take its passcode over the air."
        "Put the card into a reader with contacts."
    CardFailed "card_failed" Device
        "The card or its software answered with an error."
        "Take the card out, put it in again and try once more; the details name the call that failed."
    CardMissing "card_missing" Device
        "There is no card in any reader."
        "Put your smartcard into the reader."
    CardRemoved "card_removed" Device
        "The card was taken out."
        "Put the card back and try again."
    CardUnreadable "card_unreadable" Device
        "The card in the reader could not be read."
        "Check that the card is the right way round; if it stays so, its software may be missing: run `wardkey-host doctor`."
    CertificateExpired "certificate_expired" Device
        "The certificate on the card has expired."
        "Have the card renewed by your Registration Authority."
    CertificateMissing "certificate_missing" Device
        "The card holds no certificate for this purpose."
        "Use a card that was issued for this purpose, or have yours renewed."
    CertificateNotYetValid "certificate_not_yet_valid" Device
        "The certificate on the card is not valid yet."
        "Check this computer's date and time."
    CertificateRevoked "certificate_revoked" Device
        "The certificate on the card has been revoked."
        "Use your new card, or ask your Registration Authority for one."
    CertificateUntrusted "certificate_untrusted" Device
        "The certificate on the card was not issued by an authority that is trusted here."
        "Use a card of this organisation, or ask the administrator to add its authority."
    CertificateWrongUsage "certificate_wrong_usage" Device
        "The certificate may not be used for this purpose."
        "Use a card whose certificate was issued for this purpose."
    ChunkInvalid "chunk_invalid" Page
        "A chunk of a document is not the one that is due."
        "Use the Wardkey SDK, which sends each chunk when it is asked for; the details name the reason."
    CommandUnknown "command_unknown" Page
        "There is no such command."
        "Check the command's name, or update the Wardkey extension and host."
    ContextInsecure "context_insecure" Page
        "The page is not in a secure context."
        "Open the page over https."
    DocumentLeftOut "document_left_out" User
        "The user left the document out."
        "Nothing; ask again when the user wants to sign it."
    DocumentMalformed "document_malformed" Page
        "A document is not what its format needs."
        "Correct the document that the details name."
    DocumentRefused "document_refused" Page
        "A document parses as another format's signing input, which is never signed raw."
        "Sign the document itself in its own format."
    DocumentTooLarge "document_too_large" Page
        "A document is larger than the limit."
        "Send a smaller document; the details name the limit in bytes."
    DocumentUnsupported "document_unsupported" Page
        "The signature format does not take a document of this type."
        "Choose the format that fits the document."
    ExtensionMissing "extension_missing" Installation
        "The Wardkey extension is not installed in this browser, or not allowed on this site."
        "Install the Wardkey extension, allow it on this site, and reload the page."
    FormatUnsupported "format_unsupported" Page
        "This version does not make signatures of that format."
        "Choose one of the formats that the details list."
    FrameTooLarge "frame_too_large" Page
        "A message is larger than the limit."
        "Send less at once; the details name the limit in bytes."
    GestureRequired "gesture_required" Page
        "The command opens a dialog, and needs the user's click or key press in the page."
        "Call it from a click handler."
    HostMissing "host_missing" Installation
        "The Wardkey host program is not installed on this computer, or not for this browser."
        "Install the Wardkey host, then try again."
    InstanceForbidden "instance_forbidden" Installation
        "The policy of this computer lets no Wardkey run beside the user's own."
        "Start it without the environment variable `WARDKEY_INSTANCE`."
    Internal "internal" Bug
        "Wardkey made a mistake."
        "Please report it with the support bundle of `wardkey-host doctor`."
    KeyMissing "key_missing" Device
        "The card holds the certificate but not its key."
        "Have the card renewed by your Registration Authority."
    KeyTooShort "key_too_short" Device
        "The key on the card is shorter than what is secure today."
        "Have the card renewed by your Registration Authority; until then the administrator can admit it by policy."
    MessageMalformed "message_malformed" Page
        "A message is not well-formed."
        "Use the Wardkey SDK, which writes well-formed messages."
    ModuleFailed "module_failed" Device
        "The card's software stopped or did not answer."
        "Try again; if it stays so, run `wardkey-host doctor`."
    ModuleMissing "module_missing" Installation
        "No software for smartcards was found on this computer."
        "Install OpenSC or your card's software, or name its PKCS#11 module in the policy."
    OriginNotAdmitted "origin_not_admitted" Page
        "This site is not admitted to Wardkey on this computer."
        "Ask the administrator to admit this site."
    OutcomeUnknown "outcome_unknown" Device
        "The road broke after the card may have signed."
        "Call again with the same idempotency key: it returns the result, or says that none was made."
    PasscodeBlocked "passcode_blocked" User
        "The card's passcode is blocked."
        "Unblock the card with its unblocking key (PUK), or have your Registration Authority do so."
    PasscodeElsewhere "passcode_elsewhere" Device
        "The service that keeps the key sets its passcode, not Wardkey."
        "Change it at that service, which the details name."
    PasscodeExpired "passcode_expired" User
        "The card's passcode has to be changed before the card can be used."
        "Change the passcode, in the Wardkey extension or by `wardkey-host passcode change`."
    PasscodeUnchangeable "passcode_unchangeable" Device
        "This card's passcode can't be set this way."
        "Use the card's own software, or ask your Registration Authority."
    PasscodeWrong "passcode_wrong" User
        "The passcode was wrong."
        "Try again with the right passcode; the details say how many tries are left."
    PolicyInvalid "policy_invalid" Installation
        "The policy of this computer has an error."
        "Ask the administrator to run `wardkey-host policy check`, which names it."
    ProgramNotAdmitted "program_not_admitted" Installation
        "This program is not admitted to Wardkey on this computer."
        "Ask the administrator to admit its executable, which the details name, by policy."
    RateLimited "rate_limited" Page
        "The site or program has opened too many dialogs in a short time."
        "Wait a moment, then try again."
    ReaderMissing "reader_missing" Device
        "No smartcard reader is connected."
        "Connect a smartcard reader."
    ReaderServiceMissing "reader_service_missing" Installation
        "The computer's smartcard service is not running."
        "Start the smartcard service (pcscd, or Smart Card on Windows)."
    RecordUnwritable "record_unwritable" Installation
        "The record of what is done with the card can't be written, so nothing is done."
        "Make room on this computer's disk, then try again."
    RemoteRefused "remote_refused" Device
        "The service that keeps the key refused."
        "Try again; if it stays so, tell the service desk, with the reason in the details."
    RemoteResponseInvalid "remote_response_invalid" Device
        "The answer of the service that keeps the key could not be understood."
        "Try again; if it stays so, tell the service desk."
    RemoteUnreachable "remote_unreachable" Device
        "The service that keeps the key could not be reached."
        "Check the network, then try again, or use a card in a reader."
    RemoteUnsupported "remote_unsupported" Device
        "The service keeps or authorises the key in a way that is not admitted here."
        "Use another key or a card in a reader, or tell the administrator the reason in the details."
    RemoteUntrusted "remote_untrusted" Device
        "The certificate of the service that keeps the key is not from the authority that policy names."
        "Do not go on; tell the service desk."
    ResultDiscarded "result_discarded" Page
        "Documents were signed with this key, but the result is too large to be kept until now."
        "Sign again with a new key, and ask again sooner where a road broke."
    RevocationUnavailable "revocation_unavailable" Server
        "It could not be found out whether the certificate has been revoked."
        "Check the network, then try again."
    RoleRequired "role_required" User
        "A role has to be chosen first."
        "Choose a role."
    RoleUnavailable "role_unavailable" User
        "The user does not have that role."
        "Choose one of your own roles."
    ServerRefused "server_refused" Server
        "The Identity Server refused the sign-in."
        "Check that you are registered for this service; the details hold the server's reason."
    ServerResponseInvalid "server_response_invalid" Server
        "The Identity Server's answer could not be understood."
        "Try again; if it stays so, tell the service desk."
    ServerUnreachable "server_unreachable" Server
        "The Identity Server could not be reached."
        "Check the network, then try again."
    ServerUntrusted "server_untrusted" Server
        "The Identity Server's certificate is not from the authority that policy names."
        "Do not go on; tell the service desk."
    SessionEnded "session_ended" User
        "The session has ended."
        "Sign in again."
    SessionLocked "session_locked" User
        "The session is locked."
        "Put your card back and enter the passcode."
    SessionMissing "session_missing" User
        "Nobody is signed in."
        "Sign in first."
    SignatureInvalid "signature_invalid" Device
        "The card returned a signature that does not verify; it was thrown away."
        "Try again; if it stays so, have the card checked."
    SignerMismatch "signer_mismatch" User
        "The card belongs to someone other than the user who is signed in."
        "Use the card that you signed in with, or sign in again."
    Timeout "timeout" User
        "Nobody answered the dialog in time."
        "Try again."
    TimestampUnavailable "timestamp_unavailable" Server
        "There is no timestamp of an authority that is trusted here."
        "Try again, or ask the administrator to name a timestamp authority in the policy."
    TransferStalled "transfer_stalled" Page
        "The page stopped in the middle of a document or of a result."
        "Try again; keep the page open until the call has ended."
    TransfersFull "transfers_full" Page
        "The agent holds as much of pages' documents as it may."
        "Wait until other documents are signed, then try again; the details name the limit in bytes."
    UnblockingKeyBlocked "unblocking_key_blocked" User
        "The key that unblocks the card is blocked too."
        "Ask your Registration Authority for a new card."
    UserCancelled "user_cancelled" User
        "The user cancelled."
        "Nothing; call again when the user asks for it."
    UserUnknown "user_unknown" Server
        "The Identity Server does not know the card's holder."
        "Check that you are registered for this service."
    VersionMismatch "version_mismatch" Installation
        "The page's SDK, the extension and the host do not speak a common version."
        "Update the part that the details name."
}

#[cfg(test)]
mod tests;
