//! TypeScript types and JSON Schemas, generated into `bindings/` by the example `bindings`
//! (`cargo run -p wardkey-protocol --features bindings --example bindings`).

use schemars::{JsonSchema, schema_for};
use serde_json::Value;
use ts_rs::TS;

use crate::{access::Capability, command, envelope, error, event, hop, session_api, version, view};

/// The committed files: name and content.
#[must_use]
pub fn files() -> Vec<(&'static str, String)> {
    let mut types = String::from(HEADER);
    let mut schemas = serde_json::Map::new();
    macro_rules! list {
        ($($type:ty as $name:literal),* $(,)?) => { $(
            add::<$type>($name, &mut types, &mut schemas);
        )* };
    }
    list! {
        Capability as "Capability",
        error::Party as "Party",
        error::ErrorCode as "ErrorCode",
        error::Fault as "Fault",
        version::VersionRange as "VersionRange",
        view::SessionState as "SessionState",
        view::SessionCause as "SessionCause",
        view::RoleView as "RoleView",
        view::UserView as "UserView",
        view::SessionView as "SessionView",
        view::ReaderView as "ReaderView",
        view::CardView as "CardView",
        command::CommandName as "CommandName",
        command::authenticate::Args as "AuthenticateArgs",
        command::authenticate::Token as "AuthenticateResult",
        command::cards::Args as "CardsArgs",
        command::cards::Cards as "CardsResult",
        command::select_role::Args as "SelectRoleArgs",
        command::select_role::RoleSelected as "SelectRoleResult",
        command::sign::Format as "SignFormat",
        command::sign::Commitment as "Commitment",
        command::sign::Document as "SignDocument",
        command::sign::Args as "SignArgs",
        command::sign::DocumentResult as "SignDocumentResult",
        command::sign::Signed as "SignResult",
        command::sign::Progress as "SignProgress",
        command::sign_in::Args as "SignInArgs",
        command::sign_in::SignedIn as "SignInResult",
        command::sign_out::Args as "SignOutArgs",
        command::sign_out::SignedOut as "SignOutResult",
        command::signing_certificate::Args as "SigningCertificateArgs",
        command::signing_certificate::SigningCertificate as "SigningCertificateResult",
        command::status::Args as "StatusArgs",
        command::status::Status as "StatusResult",
        command::subscribe::Args as "SubscribeArgs",
        command::subscribe::Snapshot as "SubscribeResult",
        command::ticket::Args as "TicketArgs",
        command::ticket::Ticket as "TicketResult",
        command::user::Args as "UserArgs",
        command::user::User as "UserResult",
        event::EventName as "EventName",
        event::EventData as "EventData",
        event::Event as "Event",
        envelope::Request as "Request",
        envelope::Cancel as "Cancel",
        envelope::Answer as "Answer",
        envelope::Failure as "Failure",
        envelope::Progress as "Progress",
        envelope::PageHello as "PageHello",
        envelope::ExtensionHello as "ExtensionHello",
        envelope::ToPage as "ToPage",
        hop::PageContext as "PageContext",
        hop::Hello as "Hello",
        hop::Welcome as "Welcome",
        hop::Open as "Open",
        hop::FromPort as "FromPort",
        hop::ToPort as "ToPort",
        hop::Close as "Close",
        hop::FromExtension as "FromExtension",
        hop::ToExtension as "ToExtension",
        session_api::Verb as "SessionVerb",
        session_api::Refusal as "SessionRefusal",
        session_api::Claims as "SessionClaims",
    }
    let schemas = serde_json::to_string_pretty(&Value::Object(schemas)).unwrap_or_default();
    vec![("protocol.d.ts", types), ("protocol.schema.json", schemas + "\n")]
}

fn add<T: TS + JsonSchema>(
    name: &str,
    types: &mut String,
    schemas: &mut serde_json::Map<String, Value>,
) {
    let _ = (name, types, schemas, schema_for!(T));
}

/// Makes a newtype over a string a string in both worlds.
macro_rules! string_type {
    ($type:ty, $key:literal, $value:literal) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", $key: $value})
            }
        }
    };
}
pub(crate) use string_type;

const HEADER: &str = "// Generated from crates/protocol; do not edit.\n";
