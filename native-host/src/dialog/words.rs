//! The words of the host, in the user's language: the files of `languages/`, which the build finds.

use std::{collections::HashMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

use super::visible::visible_line;

macro_rules! words {
    ($($word:ident,)*) => {
        /// A text of ours. What it says is in the table of each language, by its name in snake
        /// case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "the tables say what each is")]
        pub enum Word { $($word,)* }

        impl Word {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$word,)*];
        }
    };
}

words! {
    Address,
    Allow,
    AlsoInDocument,
    AnotherCard,
    AskingService,
    Born,
    Bytes,
    Cancel,
    CardIn,
    CardOf,
    CardPutIn,
    Change,
    ChangePasscode,
    CharactersMissing,
    CharactersTooMany,
    CheckingWithServer,
    ChooseCard,
    ChooseRole,
    Close,
    CodeWrong,
    Confirm,
    ConfirmElsewhere,
    ConfirmWhoYouAre,
    ContentNotShown,
    CurrentPasscode,
    Date,
    DigestAlone,
    DigitsOnly,
    FitsTheRules,
    GoOn,
    HaveUnblockingKey,
    InFrameOf,
    Issues,
    ItSays,
    KeptBy,
    KeyAt,
    KeyOf,
    LastTry,
    LeaveCard,
    LetAuthenticate,
    LetCertificate,
    LetElse,
    LetSign,
    LetSignIn,
    LetSignUnseen,
    LetSite,
    LetTicket,
    LetUntil,
    LetUser,
    LetWants,
    Medicines,
    NameTwice,
    NewCard,
    NewPasscode,
    NewPasscodeAgain,
    NewPasscodeAtReader,
    NewPasscodeInNextWindow,
    NewPasscodeRefused,
    NhsNumber,
    None,
    NotShownCaution,
    NotSigned,
    NotTheSame,
    NotUtf8,
    Nothing,
    OneTimeCode,
    Open,
    OrPutCardIn,
    Organisation,
    Passcode,
    PasscodeAtReader,
    PasscodeBlocked,
    PasscodeChanged,
    PasscodeExpired,
    PasscodeForEach,
    PasscodeInNextWindow,
    PasscodeWrong,
    PasscodeWrongTries,
    Patient,
    PdfNotRead,
    PdfPages,
    PictureEnlarge,
    PictureFails,
    PictureFit,
    PictureHolds,
    PictureIsRead,
    PictureSize,
    PleaseWait,
    Prescriber,
    Prescription,
    PrescriptionFor,
    PrescriptionUnclear,
    ProgramAsks,
    ReadingCard,
    Repeats,
    ResumeSession,
    Role,
    RoleQuestion,
    RuleAtLeast,
    RuleCharacters,
    RuleDigits,
    SameAsNow,
    ServiceCalls,
    ServiceSays,
    SetNewPasscode,
    Sign,
    SignDocuments,
    SignIn,
    SignTitle,
    SignedOf,
    Standing,
    Stop,
    ToSignInTo,
    ToSignYouInAt,
    TooLong,
    TriesLeft,
    TwiceTheSame,
    TypeNewPasscode,
    Unblock,
    UnblockAtReader,
    UnblockCard,
    UnblockHereOrThere,
    UnblockingKey,
    UnblockingKeyBlocked,
    UnblockingKeyIsWhere,
    UnblockingKeyLastTry,
    UnblockingKeyTriesUnknown,
    UnblockingKeyWrong,
    UnblockingKeyWrongTries,
    UseLastTry,
    UseNewPasscode,
    UserName,
    UserUnknown,
    WaitingForService,
    WebsiteAsks,
    WhatYouSign,
    WhatYouSignOf,
    WholeDocument,
    WholeMessage,
    WorkInRole,
    WorkingWithCard,
    YouAsked,
}

/// Something to be said: a text of ours, with what stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Said {
    word: Word,
    count: Option<usize>,
    with: Vec<String>,
}

impl Said {
    /// A text whose form depends on a number, which stands at `{count}`.
    #[must_use]
    pub fn counted(word: Word, count: usize) -> Self {
        Self { word, count: Some(count), with: Vec::new() }
    }

    /// The text.
    #[must_use]
    pub fn word(&self) -> Word {
        self.word
    }

    /// What stands at `{0}`; after it, at `{1}` and so on. It may be from outside.
    #[must_use]
    pub fn with(mut self, value: impl ToString) -> Self {
        self.with.push(value.to_string());
        self
    }
}

impl From<Word> for Said {
    fn from(word: Word) -> Self {
        Self { word, count: None, with: Vec::new() }
    }
}

/// The texts of one language.
pub struct Language {
    tag: &'static str,
    texts: Texts,
}

/// What the host takes of a language's file.
#[derive(Default, Deserialize)]
struct Texts {
    dialog: HashMap<Word, Forms>,
    /// For a finding's code what is, and what to do about it.
    findings: HashMap<String, (String, String)>,
}

/// A text, or its forms by number: those of single numbers, and that of all `other`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Forms {
    One(String),
    ByNumber(HashMap<String, String>),
}

impl Language {
    /// The language of a tag such as `cy` or of a locale such as `cy_GB.UTF-8`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        let tag = name.split(['-', '_', '.', '@']).next()?;
        LANGUAGES.iter().find(|language| language.tag.eq_ignore_ascii_case(tag))
    }

    /// The language of the desktop, by its environment (POSIX.1-2017, section 8.2, and GNU's
    /// `LANGUAGE`); English where there is no table for it.
    pub fn of_desktop(variable: impl Fn(&str) -> Option<String>) -> &'static Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        let wished = match &locale {
            // A list counts only where a locale is set at all.
            Some(locale) if locale != "C" => set("LANGUAGE").unwrap_or_default(),
            _ => String::new(),
        };
        wished
            .split(':')
            .chain(locale.as_deref())
            .find_map(Self::named)
            .unwrap_or_else(Self::english)
    }

    /// The language whose table has every text.
    #[must_use]
    pub fn english() -> &'static Self {
        &LANGUAGES[0]
    }

    /// The tags of all languages that there is a table for.
    #[must_use]
    pub fn tags() -> Vec<&'static str> {
        LANGUAGES.iter().map(Self::tag).collect()
    }

    /// Its tag.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        self.tag
    }

    /// What a finding means and what to do about it; `None` where the language does not say.
    #[must_use]
    pub fn finding(&self, code: &str) -> Option<(&str, &str)> {
        let (found, remedy) = self.texts.findings.get(code)?;
        Some((found, remedy))
    }

    /// Says it. What stands in it is made visible.
    #[must_use]
    pub fn say(&self, said: impl Into<Said>) -> String {
        let said = said.into();
        let form = self.form(&said).or_else(|| Self::english().form(&said)).unwrap_or_default();
        let mut text = String::with_capacity(form.len());
        let mut rest = form;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            text.push_str(before);
            match (name, name.parse::<usize>()) {
                ("count", _) => text.push_str(&said.count.unwrap_or_default().to_string()),
                (_, Ok(place)) => {
                    let value = said.with.get(place).map(String::as_str);
                    text.push_str(&visible_line(value.unwrap_or_default()));
                }
                _ => {}
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }

    fn form(&self, said: &Said) -> Option<&str> {
        match self.texts.dialog.get(&said.word)? {
            Forms::One(text) => Some(text),
            Forms::ByNumber(forms) => {
                let number = said.count.unwrap_or_default().to_string();
                forms.get(&number).or_else(|| forms.get(OTHER)).map(String::as_str)
            }
        }
    }
}

/// The tag and the file of each language; English, which has every text, is the first.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let language = |&(tag, file): &(&'static str, &str)| Language {
        tag,
        // The tests read each file whole.
        texts: serde_json::from_str(file).unwrap_or_default(),
    };
    FILES.iter().map(language).collect()
});

const OTHER: &str = "other";

#[cfg(test)]
mod tests;
