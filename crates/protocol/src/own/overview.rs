//! `overview`: cards, sessions and connected apps as they are now.

use crate::view::{ReaderView, SessionState, UserView};

wire_struct! {
    /// What the popup shows.
    pub struct Overview {
        /// Every reader that the smartcard service knows.
        pub readers: Vec<ReaderView>,
        /// Every session, the newest first.
        pub sessions: Vec<SessionOverview>,
        /// Every site and program that is connected, in the order of their names.
        pub apps: Vec<AppOverview>,
    }

    /// A session, to whoever is at the computer.
    pub struct SessionOverview {
        /// Its name, for `select_role` and `sign_out`; not a credential.
        pub id: String,
        /// Where it stands.
        pub state: SessionState,
        /// What policy calls its Identity Server.
        pub server: String,
        /// The user; absent while it waits for its card.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub user: Option<UserView>,
        /// Seconds until the server ends it at the latest.
        pub expires_in_seconds: u32,
        /// How many seconds there were when it began.
        pub lifetime_seconds: u32,
        /// Seconds until it locks if nobody uses it; absent where it does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub locks_in_seconds: Option<u32>,
    }

    /// A site or a program that is connected, with all its documents in all browsers.
    #[derive(Eq)]
    pub struct AppOverview {
        /// The site's origin, or what policy calls the program.
        pub name: String,
        /// How many documents of it are open.
        pub documents: u32,
        /// Whether it may do anything.
        pub admitted: bool,
        /// Whether any of them is in a session.
        pub signed_in: bool,
    }
}
