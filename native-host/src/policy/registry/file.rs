//! Registry files, as the registry's editor and `reg export` write them: "Windows Registry Editor
//! Version 5.00", in UTF-16 or UTF-8.

use super::{KEY, RegistryKey, RegistryValue};
use crate::policy::{PolicyError, error::Problem, key_path::KeyPath};

/// The policy's key in a file.
pub fn read(octets: &[u8], place: &str) -> Result<RegistryKey, PolicyError> {
    let wrong = |line: usize, reason: String| {
        let place = format!("{place}:{line}");
        PolicyError::Invalid(vec![Problem { place, key: KeyPath::default(), reason }])
    };
    let text = text(octets).ok_or_else(|| wrong(1, "it is neither UTF-16 nor UTF-8".to_owned()))?;
    let mut lines = text.lines().map(str::trim).enumerate().map(|(index, line)| (index + 1, line));
    if lines.next().is_none_or(|(_, line)| line != HEADER) {
        return Err(wrong(1, format!("it does not begin with `{HEADER}`")));
    }
    let mut top = RegistryKey::default();
    let mut current: Option<Vec<String>> = None;
    while let Some((number, line)) = lines.next() {
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']').unwrap_or(name);
            let below =
                below(name).ok_or_else(|| wrong(number, format!("`{name}` is not below {KEY}")))?;
            key_at(&mut top, &below);
            current = Some(below);
            continue;
        }
        let mut whole = line.to_owned();
        while whole.ends_with('\\') {
            whole.pop();
            whole.push_str(lines.next().map(|(_, line)| line).unwrap_or_default());
        }
        let below =
            current.as_ref().ok_or_else(|| wrong(number, "it stands in no key".to_owned()))?;
        let (name, value) = entry(&whole)
            .ok_or_else(|| wrong(number, format!("`{whole}` is no value that a policy has")))?;
        key_at(&mut top, below).values.insert(name, value);
    }
    Ok(top)
}

fn text(octets: &[u8]) -> Option<String> {
    match octets {
        [0xff, 0xfe, rest @ ..] => {
            let units = rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => Some(str::from_utf8(rest).ok()?.to_owned()),
    }
}

/// The names below the policy's key.
fn below(name: &str) -> Option<Vec<String>> {
    let (start, rest) = name.split_at_checked(KEY.len())?;
    if !start.eq_ignore_ascii_case(KEY) || !(rest.is_empty() || rest.starts_with('\\')) {
        return None;
    }
    Some(rest.split('\\').skip(1).map(str::to_owned).collect())
}

fn key_at<'a>(top: &'a mut RegistryKey, names: &[String]) -> &'a mut RegistryKey {
    names.iter().fold(top, |key, name| key.keys.entry(name.clone()).or_default())
}

/// `"name"=value`.
fn entry(line: &str) -> Option<(String, RegistryValue)> {
    let (name, rest) = quoted(line)?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    if let Some(digits) = value.strip_prefix("dword:") {
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 8)?;
        return Some((name, RegistryValue::Number(number)));
    }
    if let Some(octets) = value.strip_prefix("hex(7):") {
        return Some((name, RegistryValue::Texts(multi(octets)?)));
    }
    let (text, rest) = quoted(value)?;
    rest.is_empty().then_some((name, RegistryValue::Text(text)))
}

/// A text in quotes, where `\\` and `\"` stand for themselves, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut read = String::new();
    let mut rest = text.strip_prefix('"')?.chars();
    loop {
        match rest.next()? {
            '"' => return Some((read, rest.as_str())),
            '\\' => read.push(rest.next()?),
            other => read.push(other),
        }
    }
}

/// `REG_MULTI_SZ`: UTF-16 in octets, each text and the whole ended by a zero.
fn multi(octets: &str) -> Option<Vec<String>> {
    let octets = octets.split(',').map(|octet| u8::from_str_radix(octet.trim(), 16).ok());
    let octets: Vec<u8> = octets.collect::<Option<_>>()?;
    let units = octets.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    let texts = text.trim_end_matches('\0').split('\0').filter(|text| !text.is_empty());
    Some(texts.map(str::to_owned).collect())
}

/// The first line.
pub const HEADER: &str = "Windows Registry Editor Version 5.00";
