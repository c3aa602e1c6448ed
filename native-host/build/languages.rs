//! The languages that there is a file for.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Each language of a folder: its tag and its file. English is the first, the others by their tags.
///
/// # Errors
///
/// Where the folder can't be read, or a file is named otherwise.
pub fn languages(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let named = file.file_name().and_then(|name| name.to_str());
        if let Some(tag) = named.and_then(|name| name.strip_suffix(".json")) {
            let is_tag =
                (2..=3).contains(&tag.len()) && tag.bytes().all(|it| it.is_ascii_lowercase());
            if !is_tag {
                let wrong =
                    format!("{}: a language's tag is two or three small letters", file.display());
                return Err(io::Error::other(wrong));
            }
            found.push((tag.to_owned(), file));
        }
    }
    found.sort_by(|(one, _), (other, _)| (one != "en", one).cmp(&(other != "en", other)));
    Ok(found)
}

/// The same as Rust has it, each file with what is in it.
///
/// # Errors
///
/// As for [`languages`].
pub fn included(folder: &Path) -> io::Result<String> {
    let line = |(tag, file): (String, PathBuf)| format!("    ({tag:?}, include_str!({file:?})),\n");
    let lines: String = languages(folder)?.into_iter().map(line).collect();
    Ok(format!("&[\n{lines}]\n"))
}
