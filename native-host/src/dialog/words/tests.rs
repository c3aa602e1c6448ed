use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::*;

#[path = "../../../build/languages.rs"]
mod found;

type Table = BTreeMap<String, Value>;

/// What the dialog says, as it is written.
fn table(file: &str) -> Table {
    let file: Value = serde_json::from_str(file).unwrap();
    serde_json::from_value(file["dialog"].clone()).unwrap()
}

fn key(word: Word) -> String {
    serde_json::to_value(word).unwrap().as_str().unwrap().to_owned()
}

/// Every form of a text.
fn forms(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Object(forms) => forms.values().map(|form| form.as_str().unwrap()).collect(),
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
    for (tag, file) in FILES {
        let keys: BTreeSet<String> = table(file).into_keys().collect();
        assert_eq!(keys, expected, "{tag}");
        // And the program reads what the test read.
        let language = Language::named(tag).unwrap();
        assert_eq!(language.texts.dialog.len(), expected.len(), "{tag}");
    }
}

#[test]
fn a_language_is_a_file() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../languages");
    let tags = |folder: &Path| -> Vec<String> {
        found::languages(folder).unwrap().into_iter().map(|(tag, _)| tag).collect()
    };
    assert_eq!(tags(&ours), Language::tags());
    let folder = tempfile::tempdir().unwrap();
    for (tag, file) in FILES {
        fs::write(folder.path().join(format!("{tag}.json")), file).unwrap();
    }
    // Nothing else is said of the new one anywhere.
    let made_up = FILES[0].1.replace("\"Sign in\"", "\"Sign in, in a made-up language\"");
    fs::write(folder.path().join("aa.json"), &made_up).unwrap();
    fs::write(folder.path().join("write.mjs"), "").unwrap();
    assert_eq!(tags(folder.path())[..2], ["en", "aa"]);
    let included = found::included(folder.path()).unwrap();
    assert!(included.contains(&format!("{:?}", folder.path().join("aa.json"))), "{included}");
    let language = Language { tag: "aa", texts: serde_json::from_str(&made_up).unwrap() };
    assert_eq!(language.say(Word::SignIn), "Sign in, in a made-up language");
}

#[test]
fn findings_are_explained_by_codes_that_there_are() {
    let codes = crate::doctor::codes();
    for (tag, _) in FILES {
        let language = Language::named(tag).unwrap();
        for (code, (found, remedy)) in &language.texts.findings {
            // Its own test has those of the extension's page.
            if DOCUMENTED.split_once(OF_THE_PAGE).unwrap().1.contains(&format!("| `{code}` |")) {
                continue;
            }
            let english = codes.iter().find(|(known, ..)| known == code);
            let (_, _, english) = english.unwrap_or_else(|| panic!("{tag}: no finding `{code}`"));
            assert!(found.ends_with('.'), "{tag}: {code}");
            assert_eq!(remedy.is_empty(), english.is_empty(), "{tag}: {code}");
            // What is to be typed, or stands in a file, is the same in every language.
            let typed = |text: &str| -> BTreeSet<String> {
                text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
            };
            assert_eq!(typed(remedy), typed(english), "{tag}: {code}");
        }
    }
}

#[test]
fn every_form_is_whole_and_has_the_places_that_the_english_has() {
    let english = table(FILES[0].1);
    for (tag, text) in FILES {
        for (name, value) in table(text) {
            let expected: BTreeSet<&str> =
                forms(&english[&name]).into_iter().flat_map(places).collect();
            if let Value::Object(forms) = &value {
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

const DOCUMENTED: &str = include_str!("../../../../docs/doctor.md");
const OF_THE_PAGE: &str = "\n## Said by the extension's page itself\n";
