use clap::Parser as _;

use crate::{Ambient, cli::Cli, demo::testing};

fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let program = ["wardkey-identity", "directory"].into_iter();
    Cli::try_parse_from(program.chain(arguments.iter().copied()))?.run(&Ambient)
}

/// A demo folder whose database begins with nobody.
fn empty() -> tempfile::TempDir {
    let folder = testing::copy();
    std::fs::write(folder.path().join("users.toml"), "").unwrap();
    folder
}

/// What the server of this folder knows, as LDIF.
fn known(folder: &tempfile::TempDir) -> String {
    let dir = folder.path().to_str().unwrap();
    let out = folder.path().join("known.ldif");
    run(&["export", "--dir", dir, "--format", "ldif", "--out", out.to_str().unwrap()]).unwrap();
    std::fs::read_to_string(out).unwrap()
}

#[test]
fn what_is_exported_is_imported_elsewhere() {
    let folder = testing::copy();
    let people = known(&folder);
    assert!(people.contains("uid: 555000000103"));
    let dir = folder.path().to_str().unwrap();
    let ldif = folder.path().join("people.ldif");
    let ldif = ldif.to_str().unwrap();
    run(&["export", "--dir", dir, "--format", "ldif", "--out", ldif]).unwrap();
    let tables = folder.path().join("tables");
    run(&["export", "--dir", dir, "--format", "csv", "--out", tables.to_str().unwrap()]).unwrap();

    let other = empty();
    let to = other.path().to_str().unwrap();
    let nobody = known(&other);
    run(&["import", "--dir", to, "--format", "ldif", ldif, "--dry-run"]).unwrap();
    assert_eq!(known(&other), nobody);
    run(&["import", "--dir", to, "--format", "ldif", ldif]).unwrap();
    assert_eq!(known(&other), people);

    let other = empty();
    let to = other.path().to_str().unwrap();
    let table = |name: &str| tables.join(name).to_str().unwrap().to_owned();
    let [roles, people_table, memberships, organisations] =
        ["roles", "people", "memberships", "organisations"]
            .map(|name| table(&format!("{name}.csv")));
    let import = ["import", "--dir", to, "--format", "csv", "--replace"];
    let files: [&str; 4] = [&roles, &people_table, &memberships, &organisations];
    run(&[&import[..], &files[..]].concat()).unwrap();
    assert_eq!(known(&other), people);
    // With a table forgotten nobody would have a role.
    assert!(run(&[&import[..], &files[1..]].concat()).is_err());
    assert_eq!(known(&other), people);
}

#[test]
fn what_is_refused_is_left_out_only_when_that_is_asked_for() {
    let folder = testing::copy();
    let dir = folder.path().to_str().unwrap();
    let file = folder.path().join("people.csv");
    std::fs::write(&file, "uid,personalTitle,mail\n555000000103,Sr,rosa\n555000000102,Sr,\n")
        .unwrap();
    let file = file.to_str().unwrap();
    let import = ["import", "--dir", dir, "--format", "csv", file];
    let titled = |title: &str| known(&folder).matches(&format!("personalTitle: {title}")).count();
    let refused = run(&import).unwrap_err().to_string();
    assert_eq!(refused, "nothing was imported; refused: 1");
    assert_eq!((titled("Mr"), titled("Ms"), titled("Sr")), (1, 1, 0));
    run(&[&import[..], &["--skip-refused"]].concat()).unwrap();
    assert_eq!((titled("Mr"), titled("Ms"), titled("Sr")), (0, 1, 1));
    assert!(run(&[&import[..], &["--skip-refused", "--replace"]].concat()).is_err());
}
