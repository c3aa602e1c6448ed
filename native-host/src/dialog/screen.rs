//! What a dialog shows and what comes back, on the pipe between agent and dialog.

mod passcodes;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wardkey_protocol::{Base64, Capability, view::RoleView};
use zeroize::Zeroizing;

use super::{
    visible::visible,
    words::{Language, Said, Word},
};

pub use passcodes::{Lengths, NewPasscodeBody, Rules, SetBy, ToldBody};

/// From the agent.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToDialog {
    /// Show this instead of what is shown.
    Show(Box<Screen>),
}

/// From the dialog.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FromDialog {
    /// The user does what they are offered.
    Accepted,
    /// The user rather takes another card.
    AnotherCard,
    /// The user cancelled or closed the window.
    Cancelled,
    /// The user chose a card.
    Card(ChosenCard),
    /// The user agreed; the passcode is typed elsewhere.
    Consented {
        /// Documents that the user left out, by their place in the list.
        left_out: Vec<usize>,
    },
    /// The user lets the site do what it wants.
    LetDo,
    /// The user typed another passcode.
    NewPasscode {
        /// What sets it.
        proof: Typed,
        /// The new passcode.
        new: Typed,
    },
    /// The user typed the passcode.
    Passcode {
        /// What was typed.
        typed: Typed,
        /// Documents that the user left out, by their place in the list.
        left_out: Vec<usize>,
    },
    /// The user chose a role.
    Role {
        /// The role profile id.
        id: String,
    },
    /// The first frame was painted, this long after the process started.
    Shown {
        /// Milliseconds.
        milliseconds: u64,
    },
}

/// Which card the user chose.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChosenCard {
    /// One that is here.
    Here {
        /// Its place in the list.
        place: usize,
    },
    /// One whose key a service keeps.
    Kept {
        /// The service's place in the list.
        service: usize,
        /// The user's name there.
        user: String,
    },
}

/// A passcode on its way from the window to the agent. Wiped when dropped; this pipe is the only
/// thing that it is ever serialised for.
pub struct Typed(Zeroizing<String>);

impl Typed {
    /// Takes it over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Whether the same was typed.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }

    /// The text, to be wiped by whoever takes it.
    #[must_use]
    pub fn into_inner(mut self) -> String {
        std::mem::take(&mut *self.0)
    }
}

impl Serialize for Typed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// One screen.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Screen {
    /// What the user is asked to do, such as to sign in.
    pub title: Said,
    /// Who asks.
    pub who_asks: WhoAsks,
    /// The rest.
    pub body: Body,
}

/// Who asks the user, and for whom.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WhoAsks {
    /// The page's origin, ASCII; empty where no page asked.
    pub origin: String,
    /// The origin of the page that shows it in a frame.
    pub within: Option<String>,
    /// The local program that asked; without it and an origin, a card was put in.
    pub program: Option<ProgramLine>,
    /// The user asked, in the extension's own pages or at the command line.
    pub user: bool,
    /// The identity server's name in policy.
    pub server: Option<String>,
    /// The relying party that the identity server signs the user in to, as the server named it.
    pub relying_party: Option<String>,
    /// The page's or program's own words; shown as such.
    pub claims: Option<String>,
}

/// A local program, as policy has it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProgramLine {
    /// Its name.
    pub name: String,
    /// The file that it runs.
    pub executable: String,
}

/// The part of a screen that differs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// The choice of a card.
    Cards(Box<CardsBody>),
    /// Whether a site may do something.
    Consent {
        /// What.
        capabilities: Vec<Capability>,
    },
    /// Another passcode.
    NewPasscode(Box<NewPasscodeBody>),
    /// Consent and passcode.
    Passcode(Box<PasscodeBody>),
    /// The choice of a role.
    Roles {
        /// The user's name.
        user: String,
        /// Every role.
        roles: Vec<RoleView>,
        /// The role to begin with.
        preselected: Option<String>,
    },
    /// The card signs one document after the other; the user can stop it.
    Signing {
        /// Documents signed.
        done: usize,
        /// Documents in all.
        total: usize,
    },
    /// Something that the user has to know.
    Told(Box<ToldBody>),
    /// Something is going on.
    Waiting {
        /// What.
        text: Said,
        /// Whether the user is offered to stop it.
        stop: bool,
    },
}

/// The choice of a card.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CardsBody {
    /// The cards that are here.
    pub cards: Vec<CardLine>,
    /// The services that keep keys.
    pub services: Vec<String>,
    /// The user name to begin with.
    pub user: String,
    /// What there is to know before one is chosen.
    pub note: Option<Said>,
}

/// Consent and passcode.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PasscodeBody {
    /// The card.
    pub card: CardLine,
    /// What is known of its tries.
    pub tries: Tries,
    /// The shortest passcode.
    pub min_length: u8,
    /// The longest passcode.
    pub max_length: u8,
    /// Where the passcode is typed.
    pub typed: TypedWhere,
    /// What is typed here instead of a passcode, where a service keeps the key.
    pub asks: Vec<AskLine>,
    /// Whether the user may take another card.
    pub another: bool,
    /// What is signed; empty for a sign-in.
    pub content: Vec<ContentItem>,
    /// What of it the user has left out so far, by place.
    pub left_out: Vec<usize>,
    /// What else there is to know before the passcode is typed.
    pub note: Option<Said>,
}

/// Where the passcode is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TypedWhere {
    /// Nowhere: the user confirms on the phone, after consent here.
    Elsewhere,
    /// In this window.
    Here,
    /// In the pinentry program of policy, after what is said here.
    Pinentry,
    /// At the reader's PIN pad, after what is said here.
    Reader,
}

/// Which card.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CardLine {
    /// The holder, as the certificate names them.
    pub holder: String,
    /// The reader, or the service that keeps the key.
    pub reader: String,
    /// Whether it is a service.
    pub kept: bool,
}

/// One thing that a service has the user type.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AskLine {
    /// A code that serves once, rather than a passcode.
    pub one_time: bool,
    /// What the service calls it.
    pub label: Option<String>,
    /// What the service wants an answer to.
    pub challenge: Option<String>,
}

/// What is known of a passcode's tries.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Tries {
    /// Tries left, where the card says.
    pub left: Option<u8>,
    /// The passcode that was just typed is wrong.
    pub wrong: bool,
    /// One more wrong passcode blocks the card.
    pub last: bool,
}

/// One document.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ContentItem {
    /// Its name.
    pub title: Phrase,
    /// The content is not shown; `lines` is empty.
    pub not_shown: bool,
    /// Why it is not shown, where there is more to say than its media type does.
    pub reason: Option<Said>,
    /// Whether it may be signed where the window fails to show it after all.
    pub may_be_unseen: bool,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes; `None` where its digest alone is known.
    pub size: Option<usize>,
    /// The digest of its octets, hexadecimal: SHA-256, or the one that is known.
    pub digest: String,
    /// What it says.
    pub lines: Vec<ContentLine>,
}

/// A line of a document.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentLine {
    /// A name and a value.
    Field {
        /// The name.
        name: Phrase,
        /// The value.
        value: Phrase,
    },
    /// A heading.
    Heading(Said),
    /// One of several things, such as a medicine: what, and how.
    Item {
        /// What.
        what: String,
        /// How much, how often: a line each.
        how: Vec<Phrase>,
    },
    /// A picture.
    Picture(Picture),
    /// A text as it stands.
    Text(String),
    /// What to beware of in what follows.
    Warning(Said),
}

/// A picture, as the octets that are signed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Picture {
    /// How it is written.
    pub format: PictureFormat,
    /// The file.
    pub octets: Base64,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// How a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureFormat {
    /// ITU-T T.81.
    Jpeg,
    /// Portable Network Graphics.
    Png,
}

/// Words of ours, or of the document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phrase {
    /// Ours, in the user's language.
    Ours(Said),
    /// The document's, as they stand.
    Theirs(String),
}

impl Phrase {
    /// The phrase, made visible.
    #[must_use]
    pub fn in_language(&self, language: &Language) -> String {
        match self {
            Self::Ours(said) => language.say(said.clone()),
            Self::Theirs(text) => visible(text),
        }
    }
}

impl From<Said> for Phrase {
    fn from(said: Said) -> Self {
        Self::Ours(said)
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self::Theirs(text)
    }
}

impl From<Word> for Phrase {
    fn from(word: Word) -> Self {
        Self::Ours(word.into())
    }
}
