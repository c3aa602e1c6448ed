use std::{
    collections::BTreeMap,
    fs,
    os::unix::{fs::PermissionsExt as _, net::UnixListener},
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use wardkey_agent_link::{Connection, Hello, Instance, LinkError, Listener};
use wardkey_tests::stage::{
    AMIRA, CardStore, Certificate, PASSCODE, Process, Programs, Purpose, Reader, SigningService,
    built, free_port, policy,
};

use crate::ward::{ORIGIN, PORT, Plan, Ward, expect};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("doctor::it_finds_what_is_missing", missing),
    ("doctor::cards_and_their_certificates", cards),
    ("doctor::modules_that_hang_or_are_none", modules),
    ("doctor::servers_that_are_not_the_one", servers),
    ("doctor::browsers_and_their_manifests", browsers),
    ("doctor::programs_that_policy_admits", programs),
    ("doctor::services_that_keep_keys", services),
    ("doctor::an_agent_that_is_another", agents),
    ("doctor::the_extensions_page_gets_the_report_and_no_page_does", own_pages),
    ("doctor::the_bundle_tells_nothing_of_who_is_signed_in", bundle),
];

fn missing() -> Result<()> {
    let mut ward = Ward::usual()?;
    let found = examine(&ward, &[])?;
    let well = [
        "agent",
        "card",
        "certificate",
        "clock",
        "host",
        "module",
        "policy",
        "reader",
        "reader_service",
        "server",
        "tls",
    ];
    for code in well {
        ensure!(found.state(code) == Some("ok"), "{code}: {found:?}");
    }

    ward.reader.remove()?;
    ensure!(examine(&ward, &[])?.state("card_missing") == Some("warning"));
    let none = Reader::none(&ward.programs, &ward.folder.path().join("none"))?;
    let found = examine(&ward, &[socket(none.socket())])?;
    ensure!(found.has(&["reader_missing", "reader_service"]), "{found:?}");
    let found = examine(&ward, &[socket(&ward.folder.path().join("nothing.comm"))])?;
    ensure!(found.has(&["reader_service_missing"]), "{found:?}");
    // A service that hangs up on who is not admitted.
    let refusing = ward.folder.path().join("refusing.comm");
    let listener = UnixListener::bind(&refusing)?;
    thread::spawn(move || listener.incoming().for_each(drop));
    let found = examine(&ward, &[socket(&refusing)])?;
    ensure!(found.has(&["reader_service_refused"]), "{found:?}");
    // A service that says nothing.
    let silent = ward.folder.path().join("silent.comm");
    let _listener = UnixListener::bind(&silent)?;
    let found = examine_for(&ward, 3, &[socket(&silent)])?;
    ensure!(found.has(&["reader_service_silent"]), "{found:?}");

    let policy_file = ward.host.folder().join("policy.toml");
    let text = fs::read_to_string(&policy_file)?;
    ward.host.write_policy(&format!("{text}\n"))?;
    let found = examine(&ward, &[])?;
    ensure!(found.has(&["policy", "policy_newer"]), "{found:?}");
    ward.host.write_policy("developement = true\n")?;
    let found = examine(&ward, &[])?;
    let sentence = found.sentence("policy_invalid");
    ensure!(sentence.contains("developement"), "{found:?}");
    ward.host.write_policy("")?;
    ensure!(examine(&ward, &[])?.has(&["policy_empty"]));
    fs::remove_file(&policy_file)?;
    ensure!(examine(&ward, &[])?.has(&["policy_missing"]));
    Ok(())
}

fn cards() -> Result<()> {
    let ordinary = (Purpose::Content, Certificate::Ordinary);
    let certificates = vec![(Purpose::Login, Certificate::Expired), ordinary];
    let mut ward = Ward::planned(&Plan { certificates, ..Plan::default() })?;
    let found = examine(&ward, &[])?;
    ensure!(found.has(&["card", "certificate", "certificate_expired"]), "{found:?}");
    ensure!(found.sentence("certificate_expired").contains("to sign in with"), "{found:?}");
    ensure!(found.sentence("certificate").contains("days"), "{found:?}");

    let folder = ward.folder.path().join("login-only");
    let login = [(Purpose::Login, Certificate::Ordinary)];
    let store = CardStore::with(&ward.programs, &ward.identity, &folder, AMIRA, &login)?;
    ward.reader.swap(&store)?;
    let found = examine(&ward, &[])?;
    ensure!(found.has(&["card", "certificate", "certificate_missing"]), "{found:?}");

    let mut holder = Command::new(built("card-holder")?);
    holder.env("PCSCLITE_CSOCK_NAME", ward.reader.socket());
    let mut holder = Process::start("card holder", &mut holder)?;
    holder.wait_for_line("holding", PATIENCE)?;
    let found = examine(&ward, &[])?;
    ensure!(found.has(&["card_busy", "module"]), "{found:?}");
    drop(holder);

    // A card that nobody reads: without PIV, by a module that knows no reader.
    let found = with_policy(&ward, SOFT_MODULE)?;
    ensure!(found.has(&["card_unreadable", "module"]), "{found:?}");
    Ok(())
}

fn modules() -> Result<()> {
    let computer = Computer::new()?;
    let pipe = computer.folder.path().join("hangs.so");
    // Opening it waits for somebody who writes.
    ensure!(Command::new("mkfifo").arg(&pipe).status()?.success(), "mkfifo");
    let text = computer.folder.path().join("text.so");
    fs::write(&text, "no module")?;
    let modules = [pipe.as_path(), &text, Path::new("/nowhere/module.so")];
    computer.write_policy(&format!("[cards]\nmodules = {modules:?}\n"))?;
    let begun = Instant::now();
    let found = computer.examine(&["--timeout", "2"])?;
    ensure!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    for code in ["module_hangs", "module_not_loaded", "module_file_missing"] {
        ensure!(found.state(code) == Some("problem"), "{code}: {found:?}");
    }
    // A module process that hangs does not outlive the examination.
    let name = pipe.display().to_string();
    let left = fs::read_dir("/proc")?.filter_map(|entry| {
        let line = fs::read(entry.ok()?.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        line.contains(&name).then_some(line)
    });
    ensure!(left.count() == 0, "the module process is still there");
    Ok(())
}

fn servers() -> Result<()> {
    let mut ward = Ward::usual()?;
    let usual = policy(&ward.identity, ORIGIN);
    let url = ward.identity.url();
    let at = |address: &str| usual.replace(&url, address);

    let pinned = ward.identity.pki("tls-ca.crt.pem").display().to_string();
    let other = ward.identity.pki("root.crt.pem").display().to_string();
    let found = with_policy(&ward, &usual.replace(&pinned, &other))?;
    ensure!(found.has(&["clock_unknown", "tls_untrusted"]), "{found:?}");
    ensure!(found.details("tls_untrusted")["issuer"].is_string(), "{found:?}");
    let found = with_policy(&ward, &usual.replace(&pinned, "/nowhere.pem"))?;
    ensure!(found.has(&["policy_file_missing", "tls_untrusted"]), "{found:?}");
    let found = with_policy(&ward, &at("https://no-such-host.invalid"))?;
    ensure!(found.has(&["server_name_unknown"]), "{found:?}");

    let (certificate, key) = (ward.identity.pki("tls.crt.pem"), ward.identity.pki("tls.key.pem"));
    let folder = ward.folder.path();
    let ahead = StrangeServer::start(folder, "127.0.0.1", &certificate, &key)?;
    let found = with_policy(&ward, &at(&ahead.url("localhost")))?;
    ensure!(found.has(&["clock_wrong", "tls"]), "{found:?}");
    ensure!(found.sentence("clock_wrong").contains("behind"), "{found:?}");
    let elsewhere = StrangeServer::start(folder, "127.0.0.2", &certificate, &key)?;
    let found = with_policy(&ward, &at(&elsewhere.url("127.0.0.2")))?;
    ensure!(found.has(&["tls_wrong_name"]), "{found:?}");
    let expired = Expired::make(folder)?;
    let late = StrangeServer::start(folder, "127.0.0.1", &expired.certificate, &expired.key)?;
    let of_expired = at(&late.url("127.0.0.1")).replace(&pinned, &expired.authority);
    let found = with_policy(&ward, &of_expired)?;
    ensure!(found.has(&["tls_expired"]), "{found:?}");

    ward.identity.hang()?;
    ward.host.write_policy(&usual)?;
    let found = examine_for(&ward, 3, &[])?;
    ward.identity.go_on()?;
    ensure!(found.has(&["server_silent"]), "{found:?}");
    ward.identity.stop();
    let found = with_policy(&ward, &usual)?;
    ensure!(found.has(&["clock_unknown", "server_refused"]), "{found:?}");
    Ok(())
}

fn browsers() -> Result<()> {
    let computer = Computer::new()?;
    let found = computer.examine(&[])?;
    ensure!(found.has(&["manifest_missing", "reader_service_missing"]), "{found:?}");
    let install = computer.command("install").output()?;
    ensure!(install.status.success(), "{install:?}");
    ensure!(computer.examine(&[])?.has(&["manifest"]));

    // Another installation of the host has registered itself.
    let manifest =
        computer.home().join(".config/chromium/NativeMessagingHosts/org.wardkey.host.json");
    let text = fs::read_to_string(&manifest)?;
    let host = computer.programs.host.display().to_string();
    fs::write(&manifest, text.replace(&host, "/usr/bin/env"))?;
    let found = computer.examine(&[])?;
    ensure!(found.has(&["manifest", "manifest_other_program"]), "{found:?}");
    fs::write(&manifest, text.replace(&host, "/nowhere/wardkey-host"))?;
    ensure!(computer.examine(&[])?.has(&["manifest_program_missing"]));
    fs::write(&manifest, &text[1..])?;
    ensure!(computer.examine(&[])?.has(&["manifest_malformed"]));

    let flatpak = computer.home().join(".local/share/flatpak/app/org.mozilla.firefox");
    fs::create_dir_all(flatpak)?;
    let found = computer.examine(&[])?;
    ensure!(found.sentence("browser_flatpak").starts_with("Firefox"), "{found:?}");
    Ok(())
}

fn programs() -> Result<()> {
    let computer = Computer::new()?;
    let script = computer.folder.path().join("desktop.py");
    fs::write(&script, "#!/usr/bin/python3\n")?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let admitted = |executable: &Path| {
        let executable = executable.display();
        format!(
            "[[program]]\nexecutable = \"{executable}\"\nname = \"Ward Desktop\"\n\
             capabilities = [\"sign_in\"]\n"
        )
    };
    let executables = [Path::new("/bin/sh"), &script, Path::new("/nowhere/desktop")];
    computer.write_policy(&executables.map(admitted).concat())?;
    let found = computer.examine(&[])?;
    ensure!(found.state("program") == Some("ok"), "{found:?}");
    ensure!(found.details("program")["program"] == "/bin/sh", "{found:?}");
    ensure!(found.state("program_missing") == Some("warning"), "{found:?}");
    ensure!(found.sentence("program_script").contains("desktop.py"), "{found:?}");
    Ok(())
}

fn services() -> Result<()> {
    let computer = Computer::new()?;
    let folder = computer.folder.path().join("service");
    let service = SigningService::start(&folder)?;
    let usual = service.policy("");
    let with = |policy: &str| -> Result<Found> {
        computer.write_policy(policy)?;
        computer.examine(&["--timeout", "5"])
    };
    let found = with(&usual)?;
    // Its certificate is for two days.
    ensure!(found.has(&["remote", "tls_expires_soon"]), "{found:?}");
    ensure!(found.details("remote")["service"] == SigningService::NAME, "{found:?}");
    // It was asked for nobody's keys.
    let asked: Vec<_> =
        std::mem::take(&mut service.state().asked).into_iter().map(|asked| asked.method).collect();
    ensure!(asked.iter().all(|method| !method.starts_with("credentials")), "{asked:?}");

    service.state().busy = true;
    ensure!(with(&usual)?.state("remote_unreachable") == Some("problem"));
    service.state().busy = false;
    let found = with(&service.untrusting_policy())?;
    ensure!(found.has(&["tls_untrusted"]) && !found.has(&["remote"]), "{found:?}");
    let found = with(&usual.replace("localhost", "no-such-host.invalid"))?;
    ensure!(found.sentence("remote_unreachable").contains("no address"), "{found:?}");
    let found = with(&usual.replace("/csc/v2", "/elsewhere"))?;
    ensure!(found.has(&["remote_other"]), "{found:?}");
    let secret = folder.join("client.secret");
    fs::write(&secret, "another secret\n")?;
    let found = with(&usual)?;
    ensure!(found.has(&["remote_client_refused"]), "{found:?}");
    ensure!(!format!("{found:?}").contains("another secret"), "{found:?}");
    fs::remove_file(&secret)?;
    ensure!(with(&usual)?.has(&["policy_file_missing", "remote_other"]));
    Ok(())
}

fn agents() -> Result<()> {
    let computer = Computer::new()?;
    let mut agent = computer.command("agent");
    let agent = Process::start("agent", &mut agent)?;
    let (instance, hello) = (Instance::at(computer.instance()), Hello::Console);
    let begun = Instant::now();
    while matches!(Connection::open(&instance, &hello), Err(LinkError::NoAgent(_))) {
        ensure!(begun.elapsed() < PATIENCE, "no agent");
        thread::sleep(Duration::from_millis(20));
    }
    ensure!(computer.examine(&[])?.details("agent")["process"] == agent.id());
    // The same program in another place is another program.
    let copy = computer.folder.path().join("wardkey-host");
    fs::hard_link(&computer.programs.host, &copy)
        .or_else(|_| fs::copy(&computer.programs.host, &copy).map(drop))?;
    let mut doctor = Command::new(&copy);
    doctor.args(["doctor", "--json"]).env("WARDKEY_INSTANCE", computer.instance());
    let found = Found::of(&doctor.output()?)?;
    ensure!(found.details("agent_other_program")["process"] == agent.id(), "{found:?}");
    drop(agent);

    ensure!(computer.examine(&[])?.sentence("agent").contains("does not run"));
    // One of before an update, as far as it tells.
    let listener = Listener::bind(&Instance::at(computer.instance()))?.context("an agent")?;
    thread::spawn(move || {
        let Ok((mut connection, ..)) = listener.accept() else { return };
        let welcome = json!({"welcome": {"version": 1, "agent": "0.0.9", "boot": "b"}});
        let said = connection.admit().and_then(|()| connection.receive());
        if said.is_ok_and(|hello| hello.is_some()) {
            let _ = connection.send(welcome.to_string().as_bytes());
        }
        // It admits one more, and says nothing.
        let Ok((mut connection, ..)) = listener.accept() else { return };
        let _ = connection.admit();
        thread::sleep(PATIENCE);
    });
    let found = computer.examine(&[])?;
    ensure!(found.sentence("agent_other_version").contains("0.0.9"), "{found:?}");
    let found = computer.examine(&["--timeout", "1"])?;
    ensure!(found.has(&["agent_unreachable"]), "{found:?}");
    fs::set_permissions(computer.instance(), fs::Permissions::from_mode(0o777))?;
    ensure!(computer.examine(&[])?.has(&["instance_exposed"]));
    Ok(())
}

fn own_pages() -> Result<()> {
    let mut ward = Ward::usual()?;
    ward.sign_in()?;
    ward.relay.send(&json!({"own": {"id": 5, "command": "diagnostics"}}))?;
    ward.relay.send(&json!({"own": {"id": 6, "command": "diagnostics"}}))?;
    ward.relay.send(&json!({"own": {"id": 7, "command": "sign"}}))?;
    // It holds up no page.
    ensure!(ward.call("status", json!({}))?["ok"].is_object());
    for id in [5, 6] {
        let reply = ward.relay.wait_for(|frame| frame["own"]["id"] == id)?;
        let found = Found::read(&reply["own"]["ok"])?;
        let well = ["agent", "card", "extension", "manifest", "policy", "reader", "server", "tls"];
        ensure!(found.has(&well), "{found:?}");
        ensure!(found.sentence("extension").contains("itself"), "{found:?}");
        tells_nothing_of_amira(&reply.to_string(), &[])?;
    }
    let refused = ward.relay.wait_for(|frame| frame["own"]["id"] == 7)?;
    ensure!(refused["own"]["error"]["code"] == "command_unknown", "{refused}");

    // What a page sends stays a page's message.
    expect(&ward.call("diagnostics", json!({}))?, "command_unknown")?;
    for (id, frame) in (900..).zip([
        json!({"own": {"id": 900, "command": "diagnostics"}, "id": 900}),
        json!({"v": 1, "id": 901, "command": "diagnostics", "args": {}, "own": true}),
    ]) {
        ward.relay.message(PORT, frame)?;
        expect(&ward.answer(id)?, "message_malformed")?;
    }
    Ok(())
}

fn bundle() -> Result<()> {
    let mut ward = Ward::usual()?;
    // An agent whose log tells everything.
    ward.host.kill_agent();
    let mut environment = ward.environment();
    environment.push(("WARDKEY_LOG", "trace".into()));
    ward.relay = wardkey_tests::stage::Relay::start(&ward.programs, &environment)?;
    ward.relay.open(PORT, ORIGIN)?;
    ward.wait_for_card()?;
    let ticket = ward.sign_in()?["ticket"].as_str().context("no ticket")?.to_owned();
    let short =
        "\n[[server.short_keys]]\npurpose = \"login\"\ncards = [\"0005550000\"]\n\n[[origin]]";
    let text = format!("{}{}", policy(&ward.identity, ORIGIN), crate::CARDS);
    ward.host.write_policy(&text.replacen("\n[[origin]]", short, 1))?;

    let file = ward.folder.path().join("bundle.zip");
    let write = || -> Result<Output> {
        let mut doctor = Command::new(&ward.programs.host);
        doctor.args(["doctor", "--bundle"]).arg(&file).envs(ward.environment());
        Ok(doctor.env("HOME", ward.folder.path()).output()?)
    };
    let said = write()?;
    ensure!(String::from_utf8_lossy(&said.stdout).contains("bundle.zip"), "{said:?}");
    ensure!(fs::metadata(&file)?.permissions().mode() & 0o777 == 0o600, "others may read it");
    ensure!(!write()?.status.success(), "it was written over");

    let files = unzipped(&file)?;
    let names: Vec<_> = files.keys().map(|name| name.rsplit('/').next().unwrap_or(name)).collect();
    let wanted =
        ["README.txt", "agent.log", "policy.json", "report.json", "report.txt", "system.json"];
    ensure!(names == wanted, "{names:?}");
    for (name, text) in &files {
        ensure!(!text.is_empty(), "{name} is empty");
        tells_nothing_of_amira(text, &[&ticket, "0005550000"]).context(name.clone())?;
        ensure!(!text.contains(&ward.folder.path().display().to_string()), "{name}: the home");
    }
    let of = |name: &str| files.get(&format!("wardkey-support/{name}")).context(name.to_owned());
    ensure!(of("README.txt")?.contains("server.short_keys.cards"));
    let report: Value = serde_json::from_str(of("report.json")?)?;
    ensure!(Found::read(&report)?.has(&["card", "server"]));
    let policy: Value = serde_json::from_str(of("policy.json")?)?;
    ensure!(policy["server"][0]["url"] == ward.identity.url(), "{policy}");
    ensure!(of("agent.log")?.contains(" INFO wardkey_host"), "{}", of("agent.log")?);
    let system: Value = serde_json::from_str(of("system.json")?)?;
    ensure!(system["kernel"]["name"] == "Linux", "{system}");
    Ok(())
}

fn tells_nothing_of_amira(text: &str, more: &[&str]) -> Result<()> {
    let names = AMIRA.name.split(' ');
    for secret in names.chain([AMIRA.uid, PASSCODE]).chain(more.iter().copied()) {
        ensure!(!text.contains(secret), "it tells {secret}: {text}");
    }
    Ok(())
}

/// A zip's files by name, as Python reads them.
fn unzipped(file: &Path) -> Result<BTreeMap<String, String>> {
    let script = "import json, sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        assert z.testzip() is None\n\
        print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))";
    let output = Command::new("python3").args(["-c", script]).arg(file).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What a doctor found, by code; of several with one code the first.
#[derive(Debug)]
pub struct Found(BTreeMap<String, Value>);

impl Found {
    fn of(output: &Output) -> Result<Self> {
        let report: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        let found = Self::read(&report)?;
        let problem = found.0.values().any(|finding| finding["state"] == "problem");
        ensure!(output.status.success() != problem, "the exit status does not tell: {found:?}");
        Ok(found)
    }

    fn read(report: &Value) -> Result<Self> {
        let mut codes = BTreeMap::new();
        for finding in report["findings"].as_array().context("no findings")? {
            let text = |field: &str| finding[field].as_str().unwrap_or_default().to_owned();
            let well = finding["state"] == "ok";
            ensure!(!text("found").is_empty() && well == text("remedy").is_empty(), "{finding}");
            codes.entry(text("code")).or_insert_with(|| finding.clone());
        }
        Ok(Self(codes))
    }

    pub fn has(&self, codes: &[&str]) -> bool {
        codes.iter().all(|code| self.0.contains_key(*code))
    }

    fn state(&self, code: &str) -> Option<&str> {
        self.0.get(code)?["state"].as_str()
    }

    fn sentence(&self, code: &str) -> &str {
        self.0.get(code).and_then(|finding| finding["found"].as_str()).unwrap_or_default()
    }

    fn details(&self, code: &str) -> &Value {
        self.0.get(code).map_or(&Value::Null, |finding| &finding["details"])
    }
}

/// With time enough for a machine that does other things, too.
pub fn examine(ward: &Ward, more: &[(&str, PathBuf)]) -> Result<Found> {
    examine_for(ward, 20, more)
}

/// What silence costs this many seconds.
fn examine_for(ward: &Ward, seconds: u32, more: &[(&str, PathBuf)]) -> Result<Found> {
    let mut doctor = Command::new(&ward.programs.host);
    doctor.args(["doctor", "--json", "--timeout", &seconds.to_string()]);
    doctor.envs(ward.environment()).envs(more.iter().cloned());
    Found::of(&doctor.output()?)
}

/// The same with another policy; the agent keeps its own.
fn with_policy(ward: &Ward, policy: &str) -> Result<Found> {
    ward.host.write_policy(policy)?;
    examine(ward, &[])
}

fn socket(path: &Path) -> (&'static str, PathBuf) {
    ("PCSCLITE_CSOCK_NAME", path.to_owned())
}

/// A computer with a browser and the host, and nothing else.
struct Computer {
    folder: TempDir,
    programs: Programs,
}

impl Computer {
    fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-doctor-").tempdir()?;
        let computer = Self { folder, programs: Programs::find()? };
        fs::create_dir(computer.home())?;
        Instance::at(computer.instance()).prepare()?;
        Ok(computer)
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn instance(&self) -> PathBuf {
        self.folder.path().join("instance")
    }

    fn write_policy(&self, policy: &str) -> Result<()> {
        Ok(fs::write(self.instance().join("policy.toml"), policy)?)
    }

    fn examine(&self, more: &[&str]) -> Result<Found> {
        Found::of(&self.command("doctor").arg("--json").args(more).output()?)
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.programs.host);
        command.arg(verb).env("HOME", self.home()).env("WARDKEY_INSTANCE", self.instance());
        command.env("PCSCLITE_CSOCK_NAME", self.folder.path().join("nothing.comm"));
        command
    }
}

/// OpenSSL's server. It answers with a date of an hour hence.
struct StrangeServer {
    port: u16,
    _process: Process,
}

impl StrangeServer {
    fn start(folder: &Path, address: &str, certificate: &Path, key: &Path) -> Result<Self> {
        let mut date = Command::new("date");
        date.args(["-u", "-d", "+1 hour", "+%a, %d %b %Y %H:%M:%S GMT"]).env("LC_ALL", "C");
        let date = String::from_utf8(date.output()?.stdout)?;
        let answer = format!("HTTP/1.1 200 OK\r\nDate: {}\r\n\r\nok", date.trim());
        fs::write(folder.join("health"), answer)?;
        let port = free_port()?;
        let mut server = Command::new("openssl");
        server.args(["s_server", "-HTTP", "-accept", &format!("{address}:{port}")]);
        server.arg("-cert").arg(certificate).arg("-key").arg(key).current_dir(folder);
        let mut process = Process::start("openssl s_server", &mut server)?;
        process.wait_for_line("ACCEPT", PATIENCE)?;
        Ok(Self { port, _process: process })
    }

    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.port)
    }
}

/// A TLS certificate whose time was over as soon as it was made, and its authority.
struct Expired {
    authority: String,
    certificate: PathBuf,
    key: PathBuf,
}

impl Expired {
    fn make(folder: &Path) -> Result<Self> {
        let script = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=Authority -days 2 \
              -keyout authority.key -out authority.pem &&\
            openssl req -newkey rsa:2048 -nodes -subj /CN=server \
              -addext subjectAltName=IP:127.0.0.1 -keyout late.key -out late.csr &&\
            openssl x509 -req -in late.csr -CA authority.pem -CAkey authority.key -days 0 \
              -copy_extensions copy -out late.pem && sleep 1.1";
        let output = Command::new("sh").args(["-c", script]).current_dir(folder).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(Self {
            authority: folder.join("authority.pem").display().to_string(),
            certificate: folder.join("late.pem"),
            key: folder.join("late.key"),
        })
    }
}

/// A module that has no token and knows no reader.
const SOFT_MODULE: &str = "[cards]\npiv = false\nmodules = [\"/usr/lib/softhsm/libsofthsm2.so\"]\n";
const PATIENCE: Duration = Duration::from_secs(20);
