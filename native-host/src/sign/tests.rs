use super::*;

fn outputs(files: &[&Path], out: &Path) -> anyhow::Result<Vec<Output>> {
    let files: Vec<PathBuf> = files.iter().map(|file| file.to_path_buf()).collect();
    output::prepare(&files, out, "p7s")
}

#[test]
fn a_signature_is_there_whole_or_not_at_all_and_takes_nothings_place() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.txt"), folder.path().join("a.xml"));
    for file in [&a, &b] {
        fs::write(file, "document").unwrap();
    }
    let names = || {
        let files = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort_unstable();
        names
    };
    let before = names();
    let out = folder.path().join("a.p7s");
    drop(outputs(&[&a], &out).unwrap());
    assert_eq!(names(), before, "nothing was signed");
    let output = outputs(&[&a], &out).unwrap().remove(0);
    assert!(!out.exists());
    assert_eq!(output.write(b"signature").unwrap(), out);
    assert_eq!(fs::read(&out).unwrap(), b"signature");
    // Again, over the one before.
    outputs(&[&a], &out).unwrap().remove(0).write(b"other").unwrap();
    assert_eq!(fs::read(&out).unwrap(), b"other");
    assert_eq!(names().len(), before.len() + 1);

    let written = outputs(&[&a], folder.path()).unwrap().remove(0).write(b"s").unwrap();
    assert_eq!(written, folder.path().join("a-signed.p7s"));
    for (files, out) in [
        (&[a.as_path()][..], a.as_path()),
        (&[&a, &b], folder.path()),
        (&[&a, &b], out.as_path()),
        (&[&a], &folder.path().join("none/a.p7s")),
        (&[&folder.path().join("none")], out.as_path()),
    ] {
        assert!(outputs(files, out).is_err(), "{files:?}: {out:?}");
    }
    assert_eq!(names().len(), before.len() + 2, "something was left");
}

#[test]
fn values_are_those_of_the_protocol() {
    assert_eq!(named("eps_digest"), Ok(Format::EpsDigest));
    assert_eq!(named("PS256"), Ok(Algorithm::Ps256));
    let error = named::<Format>("pkcs7").unwrap_err();
    assert!(error.contains("`cades`"), "{error}");
}
