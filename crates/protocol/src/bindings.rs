//! TypeScript types, JSON Schemas and the table of errors, generated into `bindings/` by the example
//! `bindings` (`cargo run -p wardkey-protocol --features bindings --example bindings`).

use std::collections::BTreeSet;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};
use ts_rs::{Config, TS};

use crate::{
    Base64, ErrorCode, Nonce, access::Capability, authorize_api, chunks, command, envelope, error,
    event, hop, own, session_api, version, view,
};

/// The committed files, each as name and content.
#[must_use]
pub fn files() -> Vec<(&'static str, String)> {
    let mut bindings = Bindings::new();
    macro_rules! list {
        ($($type:ty),* $(,)?) => { $( bindings.add::<$type>(); )* };
    }
    list! {
        Base64,
        Nonce,
        Capability,
        error::Party,
        error::ErrorCode,
        error::Fault,
        version::VersionRange,
        view::SessionState,
        view::SessionCause,
        view::RoleView,
        view::UserView,
        view::SessionView,
        view::ReaderView,
        view::CardView,
        chunks::Piece,
        chunks::Chunk,
        chunks::Credit,
        command::CommandName,
        command::authenticate::Args,
        command::authenticate::Token,
        command::authorize::Args,
        command::authorize::Authorized,
        command::cards::Args,
        command::cards::Cards,
        command::delegate::Args,
        command::delegate::Delegated,
        command::select_role::Args,
        command::select_role::RoleSelected,
        command::sign::Algorithm,
        command::sign::Format,
        command::sign::Commitment,
        command::sign::Packaging,
        command::sign::Serialization,
        command::sign::Document,
        command::sign::Args,
        command::sign::Join,
        command::sign::Joined,
        command::sign::DocumentResult,
        command::sign::Signed,
        command::sign::Progress,
        command::sign_in::Args,
        command::sign_in::SignedIn,
        command::sign_out::Args,
        command::sign_out::SignedOut,
        command::signing_certificate::Args,
        command::signing_certificate::SigningCertificate,
        command::status::Args,
        command::status::Limits,
        command::status::Status,
        command::subscribe::Args,
        command::subscribe::Snapshot,
        command::ticket::Args,
        command::ticket::Ticket,
        command::user::Args,
        command::user::User,
        event::EventName,
        event::EventData,
        event::Event,
        envelope::Request,
        envelope::Cancel,
        envelope::Answer,
        envelope::Failure,
        envelope::Progress,
        envelope::CloseCause,
        envelope::Closed,
        envelope::PageHello,
        envelope::PageGreeting,
        envelope::ExtensionHello,
        envelope::ExtensionGreeting,
        envelope::ToPage,
        own::OwnCommand,
        own::OwnRequest,
        own::PasscodeArgs,
        own::PasscodeSet,
        own::FindingState,
        own::FindingSubject,
        own::Finding,
        own::Report,
        own::OwnReply,
        own::Changed,
        own::overview::SessionOverview,
        own::overview::AppOverview,
        own::overview::Overview,
        own::grants::GrantedBy,
        own::grants::Granted,
        own::grants::SiteGrants,
        own::grants::Grants,
        own::revoke::Args,
        own::revoke::Revoked,
        own::select_role::Args,
        own::shims::Args,
        own::shims::Shims,
        own::sign_out::Args,
        hop::PageContext,
        hop::Hello,
        hop::Welcome,
        hop::Open,
        hop::FromPort,
        hop::ToPort,
        hop::Close,
        hop::FromExtension,
        hop::ToExtension,
        session_api::Verb,
        session_api::Refusal,
        session_api::Claims,
        session_api::LeaseRenewed,
        session_api::TicketIssued,
        session_api::StateChanged,
        session_api::Refused,
        authorize_api::AuthorizeRequestClaims,
        authorize_api::AuthorizeClaims,
        authorize_api::ServerKey,
        authorize_api::ServerKeys,
    }
    let Bindings { types, schemas, .. } = bindings;
    let schemas = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": schemas.definitions(),
    });
    vec![
        ("errors.json", pretty(errors())),
        ("protocol.d.ts", types),
        ("protocol.schema.json", pretty(schemas)),
    ]
}

struct Bindings {
    config: Config,
    names: BTreeSet<String>,
    types: String,
    schemas: SchemaGenerator,
}

impl Bindings {
    fn new() -> Self {
        Self {
            config: Config::new(),
            names: BTreeSet::new(),
            types: String::from(HEADER),
            schemas: SchemaSettings::draft2020_12().into_generator(),
        }
    }

    /// Adds a type under its own name, which no other type may have.
    fn add<T: TS + JsonSchema>(&mut self) {
        let name = T::name(&self.config);
        assert_eq!(name, T::schema_name(), "one name in both worlds");
        assert!(self.names.insert(name.clone()), "{name} is there twice");
        let docs = T::docs().unwrap_or_default();
        let declaration = T::decl(&self.config);
        self.types.push_str(&laid_out(&format!("\n{docs}export {declaration}\n")));
        self.schemas.subschema_for::<T>();
    }
}

/// Fields indented, and comments of one line on one line.
fn laid_out(declaration: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut inside = false;
    for line in declaration.replace(", };", ",\n};").lines().map(str::trim_end) {
        inside &= line != "};";
        let indent = if inside { "  " } else { "" };
        inside |= line.ends_with(" = {");
        match (line, lines.as_slice()) {
            (" */", [.., open, only]) if open.trim_start() == "/**" => {
                let text = only.trim_start().trim_start_matches("* ");
                let comment = format!("{indent}/** {text} */");
                lines.truncate(lines.len() - 2);
                lines.push(comment);
            }
            _ => lines.push(format!("{indent}{line}").trim_end().to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

/// `[{code, party, message, remedy}]`, in the order of the table.
fn errors() -> Value {
    let entry = |code: &ErrorCode| {
        json!({
            "code": code,
            "party": code.party(),
            "message": code.message(),
            "remedy": code.remedy(),
        })
    };
    ErrorCode::ALL.iter().map(entry).collect()
}

/// Sorted, whether or not another package of the build has serde_json keep the order of keys.
fn pretty(mut value: Value) -> String {
    value.sort_all_objects();
    format!("{value:#}\n")
}

/// Makes a newtype over a string a string in both worlds.
macro_rules! string_type {
    ($type:ident, $key:literal, $value:literal, $docs:literal) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "description": $docs, $key: $value})
            }
        }

        impl ts_rs::TS for $type {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;

            fn docs() -> Option<String> {
                Some(concat!("/**\n * ", $docs, "\n */\n").to_owned())
            }

            fn decl(_: &ts_rs::Config) -> String {
                concat!("type ", stringify!($type), " = string;").to_owned()
            }

            fn name(_: &ts_rs::Config) -> String {
                stringify!($type).to_owned()
            }

            fn inline(_: &ts_rs::Config) -> String {
                "string".to_owned()
            }
        }
    };
}
pub(crate) use string_type;

const HEADER: &str = "// Generated from crates/protocol; do not edit.\n";
