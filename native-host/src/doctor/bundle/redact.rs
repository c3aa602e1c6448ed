//! What no file of the bundle may hold, whatever it is made of.

/// Replaces what names the user, and what could be a number of a person or a card, a key or a
/// ticket.
pub struct Redactor {
    /// What is replaced, and by what; the longest first.
    names: Vec<(String, &'static str)>,
}

impl Redactor {
    /// For the user of an environment.
    pub fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        let home = variable("HOME").filter(|home| home.len() > 1 && home.starts_with('/'));
        let folder_name =
            home.as_deref().and_then(|home| home.rsplit('/').next()).map(str::to_owned);
        let accounts = [variable("USER"), variable("LOGNAME"), folder_name];
        let mut names: Vec<(String, &'static str)> =
            home.into_iter().map(|home| (home.trim_end_matches('/').to_owned(), "~")).collect();
        // The administrator's account is nobody's name, and part of many words.
        let accounts = accounts.into_iter().flatten().filter(|it| !it.is_empty() && it != "root");
        names.extend(accounts.map(|account| (account, "<user>")));
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self { names }
    }

    /// The text without them.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, stand_in) in &self.names {
            text = replace_words(&text, name, stand_in);
        }
        mask(&text)
    }
}

/// Replaces a name where no letter or digit stands beside it.
fn replace_words(text: &str, name: &str, stand_in: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let last = before.chars().next_back().or_else(|| replaced.chars().next_back());
        replaced.push_str(before);
        let is_word = !in_word(last) && !in_word(after.chars().next());
        replaced.push_str(if is_word { stand_in } else { name });
        rest = after;
    }
    replaced + rest
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

const TOKEN: usize = 24;
const NUMBER: usize = 8;
const LAST: usize = 3;
const EXTENSION: usize = 32;
const PART: usize = 16;
