use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::*;

/// A table as it is written.
fn table(text: &str) -> BTreeMap<String, toml::Value> {
    toml::from_str(text).unwrap()
}

fn key(word: Word) -> String {
    serde_json::to_value(word).unwrap().as_str().unwrap().to_owned()
}

/// Every form of a text.
fn forms(value: &toml::Value) -> Vec<&str> {
    match value {
        toml::Value::String(text) => vec![text],
        toml::Value::Table(forms) => forms.values().map(|form| form.as_str().unwrap()).collect(),
        _ => panic!("{value}"),
    }
}

fn places(form: &str) -> BTreeSet<&str> {
    form.split('{').skip(1).map(|after| after.split_once('}').unwrap().0).collect()
}

#[test]
fn every_language_has_every_text_and_no_other() {
    let expected: BTreeSet<String> = Word::ALL.iter().copied().map(key).collect();
    assert_eq!(expected.len(), Word::ALL.len());
    for (tag, text) in TABLES {
        let keys: BTreeSet<String> = table(text).into_keys().collect();
        assert_eq!(keys, expected, "{tag}");
        // And the program reads what the test read.
        assert_eq!(Language::named(tag).unwrap().table.len(), expected.len(), "{tag}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dialog/words");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let tags: BTreeSet<String> = files
        .filter(|file| file.extension().is_some_and(|ending| ending == "toml"))
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(tags, TABLES.iter().map(|(tag, _)| (*tag).to_owned()).collect());
}

#[test]
fn every_form_is_whole_and_has_the_places_that_the_english_has() {
    let english = table(TABLES[0].1);
    for (tag, text) in TABLES {
        for (name, value) in table(text) {
            let expected: BTreeSet<&str> =
                forms(&english[&name]).into_iter().flat_map(places).collect();
            if let toml::Value::Table(forms) = &value {
                assert!(forms.contains_key(OTHER), "{tag}: {name} has no other");
            }
            for form in forms(&value) {
                assert!(!form.trim().is_empty() && form.trim() == form, "{tag}: {name}");
                assert_eq!(visible_line(form), form, "{tag}: {name}");
                let mut missing = expected.clone();
                missing.retain(|place| !places(form).contains(place));
                // A form for one number need not repeat it.
                missing.remove("count");
                assert!(missing.is_empty(), "{tag}: {name} lacks {missing:?}");
                assert!(places(form).is_subset(&expected), "{tag}: {name} has more places");
            }
        }
    }
}

#[test]
fn every_text_is_used() {
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let code: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    for word in Word::ALL {
        let name = format!("Word::{word:?}");
        let is_used = |text: &String| {
            text.match_indices(&name).any(|(at, _)| {
                !text[at + name.len()..].starts_with(|next: char| next.is_alphanumeric())
            })
        };
        assert!(code.iter().any(is_used), "{name} is never said");
    }
}

#[test]
fn numbers_and_what_is_put_in_stand_in_their_places() {
    let (english, welsh) = (Language::english(), Language::named("cy").unwrap());
    assert_eq!(english.say(Said::counted(Word::SignDocuments, 1)), "Sign 1 document");
    assert_eq!(english.say(Said::counted(Word::SignDocuments, 250)), "Sign 250 documents");
    assert_eq!(welsh.say(Said::counted(Word::TriesLeft, 2)), "Mae 2 gynnig ar ôl.");
    assert_eq!(welsh.say(Said::counted(Word::TriesLeft, 4)), "Mae 4 cynnig ar ôl.");
    let named = Said::from(Word::PrescriptionFor).with("Ann\u{202e}{1}\n");
    assert_eq!(english.say(named), "Prescription for Ann[U+202E]{1}[U+000A]");
}

#[test]
fn the_desktop_has_a_language() {
    let of = |set: &[(&str, &str)]| {
        let set: HashMap<String, String> =
            set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Language::of_desktop(move |name| set.get(name).cloned()).tag()
    };
    assert_eq!(of(&[]), "en");
    assert_eq!(of(&[("LANG", "cy_GB.UTF-8")]), "cy");
    assert_eq!(of(&[("LANG", "cy_GB.UTF-8"), ("LC_ALL", "en_GB.UTF-8")]), "en");
    assert_eq!(of(&[("LANG", "de_DE.UTF-8")]), "en");
    assert_eq!(of(&[("LANG", "en_GB.UTF-8"), ("LANGUAGE", "gd:cy:en")]), "cy");
    assert_eq!(of(&[("LANG", "C"), ("LANGUAGE", "cy")]), "en");
    assert_eq!(of(&[("LC_ALL", ""), ("LANG", "cy")]), "cy");
}
