//! What no file of the bundle may hold, whatever it is made of.

/// Replaces what names the user, and what could be a number of a person or a card, a key or a
/// ticket.
pub struct Redactor {
    /// What is replaced; the longest first.
    names: Vec<Name>,
}

struct Name {
    text: String,
    stand_in: &'static str,
    /// As Windows takes names.
    in_any_case: bool,
}

impl Redactor {
    /// For the user of an environment.
    pub fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut names = of_unix(&variable);
        names.extend(of_windows(&variable));
        // The administrator's account is nobody's name, and part of many words.
        names
            .retain(|name| !name.text.is_empty() && !NOBODYS.contains(&&*name.text.to_lowercase()));
        names.sort_by_key(|name| std::cmp::Reverse(name.text.len()));
        Self { names }
    }

    /// The text without them.
    pub fn redact(&self, text: &str) -> String {
        let without = |text: String, name: &Name| replace_words(&text, name);
        mask(&self.names.iter().fold(text.to_owned(), without))
    }
}

fn of_unix(variable: impl Fn(&str) -> Option<String>) -> Vec<Name> {
    let home = variable("HOME").filter(|home| home.len() > 1 && home.starts_with('/'));
    let home = home.map(|home| home.trim_end_matches('/').to_owned());
    let folder = home.as_deref().and_then(|home| home.rsplit('/').next()).map(str::to_owned);
    let named = |stand_in| move |text| Name { text, stand_in, in_any_case: false };
    let accounts = [variable("USER"), variable("LOGNAME"), folder].into_iter().flatten();
    home.into_iter().map(named(HOME)).chain(accounts.map(named(ACCOUNT))).collect()
}

fn of_windows(variable: impl Fn(&str) -> Option<String>) -> Vec<Name> {
    let home = variable("USERPROFILE").filter(|home| home.contains('\\'));
    let home = home.map(|home| home.trim_end_matches('\\').to_owned());
    let folder = home.as_deref().and_then(|home| home.rsplit('\\').next()).map(str::to_owned);
    // As JSON has it, too.
    let escaped = home.as_deref().map(|home| home.replace('\\', r"\\"));
    let named = |stand_in| move |text| Name { text, stand_in, in_any_case: true };
    let accounts = [variable("USERNAME"), folder].into_iter().flatten();
    let homes = [home, escaped].into_iter().flatten();
    homes.map(named(HOME)).chain(accounts.map(named(ACCOUNT))).collect()
}

/// Replaces a name where no letter or digit stands beside it.
fn replace_words(text: &str, name: &Name) -> String {
    let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = name.at_the_start_of(rest).filter(|after| {
            !in_word(replaced.chars().next_back()) && !in_word(after.chars().next())
        });
        match after {
            Some(after) => {
                replaced.push_str(name.stand_in);
                rest = after;
            }
            None => {
                replaced.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    replaced
}

impl Name {
    /// What comes after it in a text that begins with it.
    fn at_the_start_of<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut rest = text.chars();
        for wanted in self.text.chars() {
            let found = rest.next()?;
            let is_it = found == wanted
                || (self.in_any_case && found.to_lowercase().eq(wanted.to_lowercase()));
            if !is_it {
                return None;
            }
        }
        Some(rest.as_str())
    }
}

/// Cuts long numbers down to their last three digits, and takes away what is as long as a key or a
/// ticket; the ids of extensions, which are letters alone, stay.
fn mask(text: &str) -> String {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '=');
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if is_of_token(first) {
            rest.find(|c| !is_of_token(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        match word {
            word if word.len() >= TOKEN && !is_extension(word) && !is_phrase(word) => {
                masked.push('…')
            }
            word => mask_numbers(word, &mut masked),
        }
        rest = after;
    }
    masked
}

fn mask_numbers(word: &str, masked: &mut String) {
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_digit).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if is_digit && run.len() >= NUMBER {
            masked.push('…');
            masked.push_str(&run[run.len() - LAST..]);
        } else {
            masked.push_str(run);
        }
        rest = after;
    }
}

/// Chromium's ids: 32 letters from `a` to `p`.
fn is_extension(word: &str) -> bool {
    word.len() == EXTENSION && word.bytes().all(|letter| (b'a'..=b'p').contains(&letter))
}

/// Small words joined, such as `xdg-desktop-portal-gnome` or `certificate_not_yet_valid`.
fn is_phrase(word: &str) -> bool {
    word.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'-' || octet == b'_')
        && word.split(['-', '_']).all(|part| part.len() < PART)
}

const HOME: &str = "~";
const ACCOUNT: &str = "<user>";
const NOBODYS: [&str; 3] = ["administrator", "root", "system"];
const TOKEN: usize = 24;
const NUMBER: usize = 8;
const LAST: usize = 3;
const EXTENSION: usize = 32;
const PART: usize = 16;
