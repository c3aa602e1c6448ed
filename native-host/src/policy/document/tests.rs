use std::path::Path;

use super::*;
use crate::policy::toml_file;

fn document(name: &str, text: &str) -> Document {
    toml_file::read(text, Path::new(name)).unwrap()
}

#[test]
fn tables_join_key_by_key_and_lists_of_tables_entry_after_entry() {
    let mut one = document("a.toml", "[dialog]\nzoom = 2\n[[server]]\nurl = \"https://a\"");
    let two = "[batch]\nseconds = 5\n[dialog]\nlanguage = \"cy\"\n\n[[server]]\nurl = \"https://b\"\n\
               [[server]]\nurl = \"https://c\"\nmodes = [\"norml\"]";
    one.join(document("b.toml", two)).unwrap();
    let together = document(
        "both",
        "[batch]\nseconds = 5\n[dialog]\nzoom = 2\nlanguage = \"cy\"\n\
         [[server]]\nurl = \"https://a\"\n[[server]]\nurl = \"https://b\"\n\
         [[server]]\nurl = \"https://c\"\nmodes = [\"norml\"]",
    );
    assert_eq!(one.values, together.values);
    for (key, place) in [
        (KeyPath::of("server").entry(0).key("url"), "a.toml:4"),
        (KeyPath::of("server").entry(2).key("modes").entry(0), "b.toml:10"),
        (KeyPath::of("server").entry(1), "b.toml:6"),
        (KeyPath::of("dialog").key("language"), "b.toml:4"),
        (KeyPath::of("dialog").key("zoom"), "a.toml:2"),
    ] {
        assert_eq!(one.place(&key), place, "{key}");
    }
}

#[test]
fn what_two_files_say_is_an_error_that_names_both() {
    for (one, two, said) in [
        (
            "[dialog]\nzoom = 2",
            "[dialog]\nzoom = 2",
            "b.toml:2: dialog.zoom: it stands in a.toml:2 too",
        ),
        (
            "extensions = [\"a\"]",
            "\nextensions = []",
            "b.toml:2: extensions: it stands in a.toml:1 too",
        ),
        ("dialog = 1", "[dialog]\nzoom = 2", "b.toml:1: dialog: it stands in a.toml:1 too"),
    ] {
        let mut joined = document("a.toml", one);
        let error = joined.join(document("b.toml", two)).unwrap_err().to_string();
        assert_eq!(error, said);
    }
}
