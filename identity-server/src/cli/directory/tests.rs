use clap::Parser as _;

use crate::{Ambient, cli::Cli, demo::testing};

fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let program = ["wardkey-identity", "directory"].into_iter();
    Cli::try_parse_from(program.chain(arguments.iter().copied()))?.run(&Ambient)
}

#[test]
fn what_is_exported_is_imported_elsewhere() {
    let (folder, other) = (testing::copy(), testing::copy());
    let (dir, to) = (folder.path().to_str().unwrap(), other.path().to_str().unwrap());
    let users = |folder: &tempfile::TempDir| {
        std::fs::read_to_string(folder.path().join("users.toml")).unwrap()
    };
    let ldif = folder.path().join("people.ldif");
    let ldif = ldif.to_str().unwrap();
    run(&["export", "--dir", dir, "--format", "ldif", "--out", ldif]).unwrap();
    let tables = folder.path().join("tables");
    run(&["export", "--dir", dir, "--format", "csv", "--out", tables.to_str().unwrap()]).unwrap();

    std::fs::write(other.path().join("users.toml"), "").unwrap();
    run(&["import", "--dir", to, "--format", "ldif", ldif, "--dry-run"]).unwrap();
    assert_eq!(users(&other), "");
    run(&["import", "--dir", to, "--format", "ldif", ldif]).unwrap();
    assert_eq!(users(&other), users(&folder));

    std::fs::write(other.path().join("users.toml"), "").unwrap();
    let table = |name: &str| tables.join(name).to_str().unwrap().to_owned();
    let [roles, people, memberships, organisations] =
        ["roles", "people", "memberships", "organisations"]
            .map(|name| table(&format!("{name}.csv")));
    let import = ["import", "--dir", to, "--format", "csv", "--replace"];
    let files: [&str; 4] = [&roles, &people, &memberships, &organisations];
    run(&[&import[..], &files[..]].concat()).unwrap();
    assert_eq!(users(&other), users(&folder));
    // With a table forgotten nobody would have a role.
    assert!(run(&[&import[..], &files[1..]].concat()).is_err());
    assert_eq!(users(&other), users(&folder));
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
    let titles = || {
        let users = crate::Directory::read(&folder.path().join("users.toml")).unwrap();
        ["555000000102", "555000000103"].map(|uid| users.user(uid).unwrap().title.clone())
    };
    let refused = run(&import).unwrap_err().to_string();
    assert_eq!(refused, "nothing was imported; refused: 1");
    assert_eq!(titles(), ["Mr", "Ms"]);
    run(&[&import[..], &["--skip-refused"]].concat()).unwrap();
    assert_eq!(titles(), ["Sr", "Ms"]);
    assert!(run(&[&import[..], &["--skip-refused", "--replace"]].concat()).is_err());
}
