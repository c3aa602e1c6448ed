use super::*;

fn codes(keys: &str, listen: impl FnOnce() -> io::Result<()> + Send + 'static) -> Vec<String> {
    codes_within(Duration::from_secs(20), keys, listen)
}

fn codes_within(
    patience: Duration,
    keys: &str,
    listen: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> Vec<String> {
    let policy = format!(
        "[[server]]\nurl = \"https://id.example\"\nname = \"Trust\"\nauthority = \"/a.pem\"\n{keys}\n"
    );
    let policy: Policy = toml::from_str(&policy).unwrap();
    let findings = findings(&policy, patience, listen);
    findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a_desktop_that_tells_nothing_is_found_where_sessions_follow_it() {
    let absent = || Err(io::Error::other("no bus"));
    let lock = "on_screen_lock = \"lock\"";
    assert_eq!(codes(lock, absent), ["policy_desktop_unheard"]);
    assert_eq!(codes("on_sleep = \"end\"", absent), ["policy_desktop_unheard"]);
    assert_eq!(codes(lock, || Ok(())), [""; 0]);
    assert_eq!(codes("", || panic!("nobody asked for it")), [""; 0]);
    let hangs = || {
        std::thread::sleep(Duration::from_secs(2));
        Ok(())
    };
    let hung = codes_within(Duration::from_millis(200), lock, hangs);
    assert_eq!(hung, ["policy_desktop_unheard"]);
}
