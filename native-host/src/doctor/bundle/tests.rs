use super::{log, redact::Redactor, zip::Zip};

fn redacted(text: &str) -> String {
    let amira = |name: &str| match name {
        "HOME" => Some("/home/amira".to_owned()),
        "USER" => Some("amira".to_owned()),
        _ => None,
    };
    Redactor::new(amira).redact(text)
}

#[test]
fn names_numbers_and_tickets_are_taken_away() {
    for (text, wanted) in [
        ("/home/amira/.local/share/wardkey", "~/.local/share/wardkey"),
        ("account amira, not amiral", "account <user>, not amiral"),
        ("uid 555000000101", "uid …101"),
        ("a reader [CCID] (53691804200633) 00 00", "a reader [CCID] (…633) 00 00"),
        ("?token=7gYd-3kLm_9QpRs2TuVw4XyZa6BcDe8FgHi", "?…"),
        ("2026-11-26T00:45:25.123456Z  INFO", "2026-11-26T00:45:25.123456Z  INFO"),
        ("Chromium 141.0.7390.65", "Chromium 141.0.7390.65"),
        ("fonjncadcdibngmambpnefimbabhmepi", "fonjncadcdibngmambpnefimbabhmepi"),
        ("manifest_program_missing", "manifest_program_missing"),
        ("3B 8F 80 01", "3B 8F 80 01"),
        ("…555000000101", "……101"),
    ] {
        assert_eq!(redacted(text), wanted);
    }
    // Who works as root has no name.
    let root = Redactor::new(|name| (name != "LOGNAME").then(|| "/root".to_owned()));
    assert_eq!(root.redact("/root/x and /rootless"), "~/x and /rootless");
}

#[test]
fn windows_names_are_taken_away_in_any_case() {
    let redactor = |account: &'static str| {
        Redactor::new(move |name| match name {
            "USERPROFILE" => Some(format!(r"C:\Users\{account}")),
            "USERNAME" => Some(account.to_owned()),
            _ => None,
        })
    };
    let amira = redactor("Amira");
    for (text, wanted) in [
        (r"C:\Users\Amira\AppData\Local", r"~\AppData\Local"),
        (r#""c:\\users\\amira\\AppData""#, r#""~\\AppData""#),
        (r"D:\homes\AMIRA, not AMIRAL", r"D:\homes\<user>, not AMIRAL"),
    ] {
        assert_eq!(amira.redact(text), wanted);
    }
    assert_eq!(redactor("Zoë").redact(r"C:\USERS\ZOË\x of ZOË, Zoën"), r"~\x of <user>, Zoën");
    let administrator = redactor("Administrator");
    assert_eq!(administrator.redact("Ask the administrator."), "Ask the administrator.");
    assert_eq!(administrator.redact(r"C:\Users\Administrator\x"), r"~\x");
}

#[test]
fn of_the_log_only_our_own_words_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agent.log");
    let lines = [
        "2026-11-26T00:45:25.123456Z  INFO wardkey_host::agent: listening",
        "2026-11-26T00:45:25.123456Z DEBUG wardkey_host::agent: more",
        "2026-11-26T00:45:25.123456Z  INFO ureq::run: GET https://id.example/?token=secret",
        "a line that goes on",
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let tail = log::tail(&file).unwrap();
    assert_eq!((tail.lines, tail.left_out), (format!("{}\n", lines[0]), 3));
    std::fs::write(&file, format!("{}\n", lines[0]).repeat(10_000)).unwrap();
    let tail = log::tail(&file).unwrap();
    assert!(tail.lines.len() <= 256 * 1024 && tail.lines.lines().all(|line| line == lines[0]));
    assert!(log::tail(&folder.path().join("none")).is_none());
}

#[test]
fn a_zip_has_the_checksum_that_others_compute() {
    let mut zip = Zip::default();
    zip.add("a", b"123456789");
    let octets = zip.finish();
    // The check value of this checksum.
    assert_eq!(octets[14..18], 0xcbf4_3926u32.to_le_bytes());
}
