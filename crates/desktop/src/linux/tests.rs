use std::{
    io::Cursor,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::{appearance::appearance_as, bus::open, *};
use crate::Appearance;

#[test]
fn what_is_cut_short_or_bent_is_no_message() {
    let call = Call::new("a.b", "/a", "a.b", "M").string("text").number(7).write(3);
    // A call is what nobody makes to us, and a message all the same.
    assert_eq!(wire::read(&mut Cursor::new(&call)).unwrap().member, "M");
    for end in 0..call.len() {
        assert!(wire::read(&mut Cursor::new(&call[..end])).is_err(), "{end}");
    }
    for place in 0..call.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bent = call.clone();
            bent[place] = value;
            // It may be read or refused; it neither panics nor asks for memory without bound.
            let message = wire::read(&mut Cursor::new(&bent));
            if let Ok(message) = message {
                let _ = (message.string(), message.boolean(), message.boolean_in_variant());
                let _ = message.number_in_variant();
            }
        }
    }
}

#[test]
fn addresses_are_those_of_local_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bus");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert!(open(&format!("tcp:host=x;unix:guid=1,path={}", path.display())).is_ok());
    assert!(open("tcp:host=127.0.0.1,port=1").is_err());
    assert!(open("unix:path=/nowhere/at/all").is_err());
}

/// A real bus, and on it python-dbusmock's: a logind that answers as the real one does, or what a test has
/// answered.
struct RealBus {
    folder: tempfile::TempDir,
    programs: Vec<Child>,
}

impl RealBus {
    /// With a logind. `None` where this machine lacks the programs.
    fn with_logind() -> Option<Self> {
        let mut bus = Self::with(&["--system", "--template", "logind"])?;
        let session = [MOCK, "AddSession", "c1", "seat0", "1000", "amira", "true"];
        bus.until(|bus| bus.call("", &session).then_some(()).is_some())?;
        Some(bus)
    }

    /// With the settings of a desktop portal, each of them a number in so many variants.
    fn with_portal(level: u32, settings: &[(&str, u32)]) -> Option<Self> {
        let mut bus = Self::with(&["--system", PORTAL, PORTAL_PATH, SETTINGS])?;
        let known: Vec<_> =
            settings.iter().map(|(key, value)| format!("'{key}': {value}")).collect();
        let answers =
            format!("ret = dbus.UInt32({{{}}}[args[1]], variant_level={level})", known.join(", "));
        let method = ["AddMethod", SETTINGS, "Read", "ss", "v", &answers];
        bus.until(|bus| bus.calls(PORTAL, PORTAL_PATH, MOCK, &method))?;
        Some(bus)
    }

    fn with(mock_words: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("bus.conf");
        let text =
            CONFIGURATION.replace("SOCKET", &folder.path().join("bus").display().to_string());
        std::fs::write(&configuration, text).unwrap();
        let mut bus = Self { folder, programs: Vec::new() };
        let mut daemon = Command::new("dbus-daemon");
        daemon.arg("--nofork").arg("--nopidfile").arg("--config-file").arg(configuration);
        bus.programs.push(daemon.stderr(Stdio::null()).spawn().ok()?);
        bus.until(|bus| bus.folder.path().join("bus").exists())?;
        // Debian's own Python, which its packages belong to.
        let mut mock = Command::new("/usr/bin/python3");
        mock.args(["-m", "dbusmock"]).args(mock_words);
        mock.env("DBUS_SYSTEM_BUS_ADDRESS", bus.address()).stdout(Stdio::null());
        bus.programs.push(mock.stderr(Stdio::null()).spawn().ok()?);
        Some(bus)
    }

    fn address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("bus").display())
    }

    /// Calls a method of logind's, as an outsider does.
    fn call(&self, below: &str, words: &[&str]) -> bool {
        let path = format!("/org/freedesktop/login1{below}");
        self.calls(LOGIN1, &path, words[0], &words[1..])
    }

    fn calls(&self, name: &str, path: &str, interface: &str, words: &[&str]) -> bool {
        let mut gdbus = Command::new("gdbus");
        gdbus.args(["call", "--address", &self.address(), "--dest", name, "--object-path", path]);
        gdbus.args(["--method", &format!("{interface}.{}", words[0])]).args(&words[1..]);
        let said = gdbus.stdout(Stdio::null()).stderr(Stdio::null()).status();
        said.is_ok_and(|status| status.success())
    }

    fn until(&mut self, holds: impl Fn(&Self) -> bool) -> Option<()> {
        for _ in 0..200 {
            if holds(self) {
                return Some(());
            }
            if self.programs.iter_mut().any(|program| !matches!(program.try_wait(), Ok(None))) {
                return None;
            }
            thread::sleep(Duration::from_millis(50));
        }
        None
    }
}

impl Drop for RealBus {
    fn drop(&mut self) {
        for program in &mut self.programs {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

#[test]
fn a_real_bus_tells_of_locked_screens_and_sleep() {
    let Some(bus) = RealBus::with_logind() else {
        println!("SKIPPED logind: needs dbus-daemon, gdbus and python3-dbusmock");
        return;
    };
    let address = bus.address();
    let variable = move |name: &str| match name {
        ADDRESS_VARIABLE => Some(OsString::from(&address)),
        "XDG_SESSION_ID" => Some("c1".into()),
        _ => None,
    };
    let desktop = Desktop::connect_as(variable).unwrap();
    let (sender, events) = mpsc::channel();
    thread::spawn(move || desktop.listen(move |event| sender.send(event).unwrap()));
    let next = || events.recv_timeout(Duration::from_secs(10)).ok();
    let nothing = || events.recv_timeout(Duration::from_millis(300)).is_err();

    assert!(bus.call("/session/c1", &[SESSION, "Lock"]));
    assert_eq!(next(), Some(DesktopEvent::ScreenLocked));
    // The desktop locks, as it was told, and says so; that is the same lock.
    assert!(bus.call("/session/c1", &[SESSION, "SetLockedHint", "true"]));
    assert!(nothing());
    assert!(bus.call("/session/c1", &[SESSION, "SetLockedHint", "false"]));
    assert!(nothing());
    // It locks by itself.
    assert!(bus.call("/session/c1", &[SESSION, "SetLockedHint", "true"]));
    assert_eq!(next(), Some(DesktopEvent::ScreenLocked));

    assert!(bus.call("/session/c1", &[SESSION, "SetLockedHint", "false"]));
    assert!(nothing());

    // Another session is in front, as when users switch or a remote desktop is disconnected.
    let active = |is: &str| {
        let value = format!("{{'Active': <{is}>}}");
        bus.call("/session/c1", &[MOCK, "UpdateProperties", SESSION, &value])
    };
    assert!(active("false"));
    assert_eq!(next(), Some(DesktopEvent::ScreenLocked));
    assert!(active("true"));
    assert!(nothing(), "coming back is no event");

    let sleep = |begins: &str| {
        let value = format!("[<{begins}>]");
        bus.call("", &[MOCK, "EmitSignal", MANAGER, "PrepareForSleep", "b", &value])
    };
    assert!(sleep("true"));
    assert_eq!(next(), Some(DesktopEvent::Sleeps));
    assert!(sleep("false"));
    assert!(nothing(), "waking is no event");

    // Another session of this computer, and a program that is not logind.
    assert!(bus.call("", &[MOCK, "AddSession", "c2", "seat0", "1001", "tom", "false"]));
    assert!(bus.call("/session/c2", &[SESSION, "Lock"]));
    assert!(nothing(), "another's screen");
    let mut forger = Command::new("gdbus");
    forger.args(["emit", "--address", &bus.address(), "--object-path"]);
    forger.args(["/org/freedesktop/login1", "--signal"]);
    forger.arg(format!("{MANAGER}.PrepareForSleep")).arg("true");
    assert!(forger.status().unwrap().success());
    assert!(nothing(), "not logind");

    drop(bus);
    assert_eq!(next(), None, "the bus has gone");
}

#[test]
fn a_desktop_portal_says_how_windows_shall_look() {
    let of = |level: u32, settings: &[(&str, u32)]| {
        let bus = RealBus::with_portal(level, settings)?;
        let address = OsString::from(bus.address());
        let variable = |name: &str| (name == "DBUS_SESSION_BUS_ADDRESS").then(|| address.clone());
        Some(appearance_as(variable))
    };
    // As portals answer, a variant in a variant.
    let Some(told) = of(2, &[("contrast", 1), ("color-scheme", 1), ("reduced-motion", 1)]) else {
        println!("SKIPPED portal: needs dbus-daemon, gdbus and python3-dbusmock");
        return;
    };
    assert_eq!(told, Appearance { high_contrast: true, dark: Some(true), reduced_motion: true });
    // An older one, which does not know the last key.
    let told = of(1, &[("contrast", 0), ("color-scheme", 2)]).unwrap();
    assert_eq!(told, Appearance { dark: Some(false), ..Appearance::default() });
}

#[test]
fn without_a_portal_that_answers_windows_look_as_usual() {
    let at = |address: Option<OsString>| {
        let begun = std::time::Instant::now();
        let variable = |name: &str| address.clone().filter(|_| name == "DBUS_SESSION_BUS_ADDRESS");
        assert_eq!(appearance_as(variable), Appearance::default());
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    };
    at(None);
    at(Some("unix:path=/nowhere/at/all".into()));
    // It takes whoever comes, and says nothing; in the end it takes nobody.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bus");
    let silent = std::os::unix::net::UnixListener::bind(&path).unwrap();
    rustix::net::listen(&silent, 3).unwrap();
    for _ in 0..6 {
        at(Some(format!("unix:path={}", path.display()).into()));
    }
}

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PORTAL_PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const MOCK: &str = "org.freedesktop.DBus.Mock";
const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=SOCKET</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;
