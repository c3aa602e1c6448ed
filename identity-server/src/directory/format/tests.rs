use proptest::prelude::*;

use super::{
    super::{Import, Mode, testing},
    *,
};

/// The directory that these files make on their own.
fn imported(format: Format, files: &[(&str, &str)]) -> Directory {
    let files: Vec<SourceFile<'_>> =
        files.iter().map(|(name, text)| SourceFile { name, content: text.as_bytes() }).collect();
    let changes = format.read(&files).unwrap();
    let import = Import::plan(&Directory::default(), &changes, Mode::Merge).unwrap();
    assert_eq!(import.report.refused, []);
    assert_eq!(import.report.accepted, import.report.changed);
    import.directory
}

fn through_csv(directory: &Directory) -> Directory {
    imported(Format::Csv, &directory.to_csv().unwrap().files())
}

fn through_ldif(directory: &Directory) -> Directory {
    imported(Format::Ldif, &[("a.ldif", &directory.to_ldif())])
}

/// Nothing is known of what comes out, but it comes out.
fn survives(content: &[u8]) {
    for format in [Format::Csv, Format::Ldif] {
        let Ok(changes) = format.read(&[SourceFile { name: "a", content }]) else { continue };
        for mode in [Mode::Merge, Mode::MergeSkippingRefused, Mode::Replace] {
            let Ok(import) = Import::plan(&testing::demo(), &changes, mode) else { continue };
            let users = import.directory.users().cloned().collect();
            Directory::new(users).expect("what is planned is valid");
        }
    }
}

#[test]
fn the_demo_is_read_back() {
    let demo = testing::demo();
    assert_eq!(through_csv(&demo), demo);
    assert_eq!(through_ldif(&demo), demo);
}

#[test]
fn a_file_is_not_too_large() {
    let content = vec![b'\n'; MAX_FILE + 1];
    for format in [Format::Csv, Format::Ldif] {
        let file = SourceFile { name: "large", content: &content };
        assert_eq!(format.read(&[file]).unwrap_err(), FormatError::TooLarge("large".into()));
    }
    let file = SourceFile { name: "large", content: &content[..MAX_FILE] };
    assert!(Format::Ldif.read(&[file]).unwrap().is_empty());
}

#[test]
fn a_table_of_nothing_known_is_refused() {
    let file = SourceFile { name: "a.csv", content: b"surname\n" };
    let refused = Format::Csv.read(&[file]).unwrap_err();
    assert_eq!(refused.to_string(), "a.csv: the first row names neither uid nor nhsIDCode");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_directory_is_read_back(directory in testing::directories()) {
        prop_assert_eq!(&through_csv(&directory), &directory);
        prop_assert_eq!(&through_ldif(&directory), &directory);
        let toml: String = directory.to_toml().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.toml");
        std::fs::write(&path, toml).unwrap();
        prop_assert_eq!(Directory::read(&path).unwrap(), directory);
    }

    #[test]
    fn any_octets_are_read_or_refused(content in proptest::collection::vec(any::<u8>(), 0..600)) {
        survives(&content);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(
        table in 0..5_usize,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let tables = testing::demo().to_csv().unwrap();
        let texts = tables.files().map(|(_, text)| text.to_owned());
        let ldif = testing::demo().to_ldif();
        let mut content = texts.get(table).unwrap_or(&ldif).clone().into_bytes();
        for (at, octet) in damage {
            let at = at.index(content.len());
            content[at] = octet;
        }
        survives(&content);
    }
}
