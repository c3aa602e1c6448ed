//! The character classes of XML 1.0, fifth edition, sections 2.2 and 2.3.

/// Whether XML 1.0 admits the character in a document (`Char`).
pub(crate) fn is_char(c: char) -> bool {
    matches!(c,
        '\t' | '\n' | '\r'
        | '\u{20}'..='\u{D7FF}'
        | '\u{E000}'..='\u{FFFD}'
        | '\u{10000}'..='\u{10FFFF}')
}

/// Whether the character is white space (`S`).
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether the text is a name without a colon (`NCName`).
pub(crate) fn is_nc_name(text: &str) -> bool {
    // Nearly every name is of these alone.
    if let [first, rest @ ..] = text.as_bytes()
        && (first.is_ascii_alphabetic() || *first == b'_')
        && rest.iter().all(|octet| octet.is_ascii_alphanumeric() || b"-._".contains(octet))
    {
        return true;
    }
    let mut characters = text.chars();
    characters.next().is_some_and(is_name_start) && characters.all(is_name)
}

/// Splits a qualified name into prefix (empty: none) and local name. `None`: not a `QName`.
pub(crate) fn split_qualified(name: &str) -> Option<(&str, &str)> {
    let (prefix, local) = split_at_colon(name).unwrap_or(("", name));
    let is_prefix = local.len() == name.len() || is_nc_name(prefix);
    (is_prefix && is_nc_name(local)).then_some((prefix, local))
}

/// Whether two texts are equal, quickly where they are empty or the very same, as prefixes and namespaces
/// mostly are.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one.is_empty() || one.as_ptr() == other.as_ptr() || one == other)
}

/// What stands before and after the first colon; names are short, and searched by the octet.
pub(crate) fn split_at_colon(name: &str) -> Option<(&str, &str)> {
    let colon = name.bytes().position(|octet| octet == b':')?;
    Some((&name[..colon], &name[colon + 1..]))
}

fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Whether a name may hold the character after its first.
pub(crate) fn is_name(c: char) -> bool {
    is_name_start(c)
        || matches!(c,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
