//! What pages see of cards, people and sessions.

wire_names! {
    /// The states of a session (DESIGN: the server alone decides them).
    #[non_exhaustive]
    pub enum SessionState {
        /// Signed in; tickets work.
        Active,
        /// The card is out; the card and its passcode resume the session.
        Locked,
        /// Another user's card is in, or the agent's lease lapsed.
        Suspended,
        /// Over.
        Ended,
    }

    /// Why a session ended or changed.
    #[non_exhaustive]
    pub enum SessionCause {
        /// The card was taken out.
        CardRemoved,
        /// The session's own time was up.
        Expired,
        /// Nobody used it for as long as policy lets a session of a remote card wait.
        Idle,
        /// The desktop's screen was locked.
        ScreenLocked,
        /// The user chose it.
        SignedOut,
        /// The server ended it.
        Server,
        /// The computer slept.
        Slept,
        /// Another user's card was put in.
        UserChanged,
    }
}

wire_struct! {
    /// A session, to a page that has signed in to it.
    pub struct SessionView {
        /// Names this session towards pages; not a credential.
        pub id: String,
        /// Where it stands.
        pub state: SessionState,
        /// The Identity Server's base address.
        pub server: String,
        /// Seconds until the server ends it at the latest.
        pub expires_in_seconds: u32,
        /// The user; absent where the origin has no `user_details`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub user: Option<UserView>,
    }

    /// Who is signed in.
    pub struct UserView {
        /// The directory's user id (12 digits at the Spine).
        pub uid: String,
        /// The display name, as the directory has it.
        pub name: String,
        /// The role chosen for this session; absent until one is chosen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub role: Option<RoleView>,
        /// Every role the user may choose.
        pub roles: Vec<RoleView>,
    }

    /// One role profile.
    pub struct RoleView {
        /// The role profile id (the Spine's `uniqueIdentifier`).
        pub id: String,
        /// The job role's name, the last part of `"Group":"Sub group":"Role"`.
        pub name: String,
        /// The organisation's ODS code.
        pub organisation_code: String,
        /// The organisation's name.
        pub organisation: String,
    }

    /// A card reader.
    pub struct ReaderView {
        /// The reader's name, as PC/SC gives it.
        pub name: String,
        /// Whether a card is in it.
        pub card_present: bool,
    }

    /// A card that can be read.
    pub struct CardView {
        /// The reader's name, or the token's where it has no reader.
        pub reader: String,
        /// The card's own label.
        pub label: String,
        /// Whether it holds a login certificate.
        pub can_sign_in: bool,
        /// Whether it holds a content-commitment certificate.
        pub can_sign: bool,
    }
}
