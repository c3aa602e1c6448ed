//! What a developer of web apps has without a card, a reader, a smartcard service, a display and a
//! network: the simulator, with the real server and the real agent.

#[path = "simulator/beginning.rs"]
mod beginning;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wardkey_tests::stage::{
    AMIRA, Browser, DemoApp, Desktop, Dialog, Engine, Installed, PASSCODE, Process, Programs,
    Relay, TOM, built, free_port,
};

use crate::ward::{ORIGIN, PORT, base64, code, expect};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("simulator::signs_in_and_signs_with_nobody_there", nobody_there),
    ("simulator::a_whole_app_in_a_browser_with_nobody_there", in_a_browser),
    ("simulator::each_fault_is_its_error", faults),
    ("simulator::another_users_card_and_a_role_by_its_name", another_user),
    ("simulator::a_user_answers_where_nothing_else_does", user_answers),
    ("simulator::is_nothing_to_an_agent_without_a_development_policy", not_admitted),
    ("simulator::several_begin_at_once_and_each_has_its_server", beginning::several_at_once),
    ("simulator::people_of_ones_own_in_the_users_own_instance", beginning::own_people),
];

/// Takes away what the tests have shared.
pub fn tidy() {
    drop(SHARED.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// A simulation that runs.
struct Simulated {
    process: Process,
    folder: PathBuf,
    environment: Vec<(&'static str, PathBuf)>,
    programs: Programs,
}

impl Simulated {
    /// In a folder that the tests share, so that the server and cards are made once.
    fn shared(arguments: &[&str]) -> Result<Self> {
        let folder = {
            let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            let folder = match shared.take() {
                Some(folder) => folder,
                None => tempfile::Builder::new().prefix("wardkey-simulated-").tempdir()?,
            };
            shared.insert(folder).path().to_owned()
        };
        Self::run(&folder, arguments, &[])
    }

    fn run(folder: &Path, arguments: &[&str], more: &[(&'static str, PathBuf)]) -> Result<Self> {
        let mut environment = vec![
            ("WARDKEY_INSTANCE", folder.join("agent")),
            // Neither a smartcard service nor a display.
            ("PCSCLITE_CSOCK_NAME", folder.join("no-pcscd")),
            ("DISPLAY", PathBuf::new()),
            ("WAYLAND_DISPLAY", PathBuf::new()),
        ];
        if !more.is_empty() {
            environment.remove(0);
        }
        environment.extend(more.iter().cloned());
        let mut run = Command::new(built("wardkey-simulator")?);
        run.args(["run", "--origin", ORIGIN, "--folder"]).arg(folder).args(arguments);
        run.envs(environment.iter().cloned());
        let mut process = Process::start("simulator", &mut run)?;
        process.wait_for_line("ready", Duration::from_secs(60))?;
        let programs = Programs::find()?;
        Ok(Self { process, folder: folder.to_owned(), environment, programs })
    }

    /// A page at the agent, which the relay starts.
    fn page(&self) -> Result<Page> {
        let mut relay = Relay::start(&self.programs, &self.environment)?;
        relay.open(PORT, ORIGIN)?;
        relay.call(PORT, "subscribe", json!({}))?;
        Ok(Page(relay))
    }

    /// Says something from another terminal; what the simulation answers.
    fn tell(&self, words: &str) -> Result<String> {
        let Output { status, stdout, stderr } = self.told(words)?;
        ensure!(status.success(), "{words}: {}", String::from_utf8_lossy(&stderr));
        Ok(String::from_utf8(stdout)?)
    }

    fn told(&self, words: &str) -> Result<Output> {
        let mut command = Command::new(built("wardkey-simulator")?);
        command.arg("--folder").arg(&self.folder).args(words.split(' '));
        Ok(command.output()?)
    }

    /// What it says that other programs are started with.
    fn variable(&self, name: &str) -> Result<String> {
        let said = self.tell("env")?;
        let value = said
            .lines()
            .find_map(|line| line.strip_prefix("export ")?.strip_prefix(name)?.strip_prefix("='"));
        Ok(value.with_context(|| name.to_owned())?.trim_end_matches('\'').to_owned())
    }

    /// Whether a ticket opens a role assertion.
    fn opens(&self, ticket: &str) -> Result<bool> {
        let authority = self.variable("NODE_EXTRA_CA_CERTS")?;
        let server = self.variable("WARDKEY_SIMULATED_SERVER")?;
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--get", "--cacert", &authority]);
        curl.arg("--data-urlencode").arg(format!("token={ticket}"));
        curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
        let output = curl.arg(format!("{server}/saml/RoleAssertion")).output()?;
        Ok(output.status.success() && output.stdout == b"200")
    }

    fn quit(mut self) -> Result<()> {
        self.tell("quit")?;
        ensure!(self.process.wait_for_line("never said", Duration::from_secs(10)).is_err());
        ensure!(!self.told("list")?.status.success(), "it still runs");
        Ok(())
    }
}

/// A page, as the agent has it.
struct Page(Relay);

impl Page {
    fn call(&mut self, command: &str, args: Value) -> Result<Value> {
        self.0.call(PORT, command, args)
    }

    fn sign_in(&mut self) -> Result<Value> {
        let answer = self.call("sign_in", json!({}))?;
        ensure!(answer["ok"]["ticket"].is_string(), "{answer}");
        Ok(answer["ok"].clone())
    }

    fn sign_in_fails(&mut self, code: &str) -> Result<()> {
        expect(&self.call("sign_in", json!({}))?, code).with_context(|| code.to_owned())
    }

    /// Waits until its session ends for this cause; earlier ones may have ended otherwise.
    fn session_ends(&mut self, cause: &str) -> Result<()> {
        while self.0.event(PORT, "session_ended")?["data"]["cause"] != cause {}
        Ok(())
    }

    /// Signs out, so that the next sign-in asks the card.
    fn sign_in_and_out(&mut self) -> Result<()> {
        self.sign_in()?;
        self.call("sign_out", json!({})).map(drop)
    }
}

fn nobody_there() -> Result<()> {
    let simulated = Simulated::shared(&["--answer"])?;
    simulated.tell("wait --seconds 5")?;
    let mut page = simulated.page()?;
    let session = page.sign_in()?;
    ensure!(session["session"]["user"]["uid"] == AMIRA.uid, "{session}");
    let ticket = session["ticket"].as_str().context("no ticket")?.to_owned();
    ensure!(simulated.opens(&ticket)?, "the ticket opens nothing");
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates/signatures/fixtures/prescription-1.xml");
    for (format, media_type) in [("eps", "application/xml"), ("jades", "text/plain")] {
        let signed = page.call(
            "sign",
            json!({"key": format!("{format:0>16}"), "format": format, "documents": [{
                "id": "1", "name": "A document", "mediaType": media_type,
                "content": base64(&fs::read(&file)?),
            }]}),
        )?;
        ensure!(signed["ok"].is_object(), "{format}: {signed}");
    }
    // What is at the agent is seen as what it is.
    let mut doctor = Command::new(&simulated.programs.host);
    doctor.args(["doctor", "--json"]).envs(simulated.environment.iter().cloned());
    let report: Value = serde_json::from_slice(&doctor.output()?.stdout)?;
    let findings = report["findings"].as_array().context("no findings")?;
    let has = |code: &str| findings.iter().any(|finding| finding["code"] == code);
    ensure!(has("simulation_runs") && has("reader") && has("certificate"), "{report}");
    ensure!(!has("reader_service_missing") && !has("module_missing"), "{report}");
    let record = fs::read_to_string(simulated.folder.join("agent/audit.jsonl"))?;
    ensure!(record.contains("\"SIMULATED-555000000101\""), "{record}");

    // Nothing outlives it, however it ends.
    simulated.process.signal(Signal::KILL)?;
    page.session_ends("card_removed")?;
    page.sign_in_fails("reader_service_missing")?;
    let ports = fs::read_to_string(simulated.folder.join("server/identity.toml"))?;
    let listen = ports.lines().find_map(|line| line.strip_prefix("listen = ")).context("listen")?;
    let begun = Instant::now();
    while std::net::TcpStream::connect(listen.trim_matches('"')).is_ok() {
        ensure!(begun.elapsed() < Duration::from_secs(10), "the server runs on");
        thread::sleep(Duration::from_millis(20));
    }
    // It would stay for as long as a server has to be told of the session's end.
    end_agent(&simulated);
    Ok(())
}

fn in_a_browser() -> Result<()> {
    let port = free_port()?;
    let origin = format!("http://localhost:{port}");
    let simulated = Simulated::shared(&["--answer", "--origin", &origin, "--insert", "tom"])?;
    let (programs, desktop) = (&simulated.programs, Desktop::start(false)?);
    let server = simulated.variable("WARDKEY_SIMULATED_SERVER")?;
    let app = DemoApp::at(programs, (&server, &simulated.folder.join("server/pki")), port, &[])?;
    let profile = simulated.folder.join("profile");
    let environment = &simulated.environment;
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let everything = Installed::Everything;
        let engine = Engine::Chromium;
        let browser =
            Browser::with(engine, programs, &profile, environment, &desktop, everything, None)
                .await?;
        let state = |name: &str| format!("document.documentElement.dataset.state === '{name}'");
        browser.open(&app.url()).await?;
        browser.click("#sign-in").await?;
        browser.wait_for(&state("signed-in"), PATIENCE).await?;
        ensure!(browser.text("#user-name").await?.contains("Lindqvist"));
        browser.click("[data-prescription] input[type=checkbox]").await?;
        browser.click("#sign-selected").await?;
        let verified = "document.querySelector('[data-prescription][data-status=verified]')";
        browser.wait_for(verified, PATIENCE).await?;
        simulated.tell("remove")?;
        browser.wait_for(&state("signed-out"), PATIENCE).await?;
        browser.click("#sign-in").await?;
        let told = "document.querySelector('#error')?.dataset.code === 'card_missing'";
        browser.wait_for(told, PATIENCE).await
    })?;
    simulated.quit()
}

fn faults() -> Result<()> {
    let simulated = Simulated::shared(&["--answer"])?;
    let mut page = simulated.page()?;
    let tell = |words: &str| simulated.tell(words).map(drop);

    // Twice it says that the passcode is wrong, and then that it is right.
    tell("fault wrong_pin 2")?;
    page.sign_in_and_out()?;
    tell("fault wrong_pin 3")?;
    page.sign_in_fails("passcode_blocked")?;
    tell("fault none")?;
    page.sign_in_fails("passcode_blocked")?;
    tell("unblock")?;

    // A sign-in reads the card and has it sign.
    for operation in ["1", "2"] {
        tell(&format!("fault remove_at {operation}"))?;
        let answer = page.call("sign_in", json!({}))?;
        let code = answer["error"]["code"].as_str().unwrap_or("no error");
        ensure!(matches!(code, "card_removed" | "card_missing"), "{operation}: {answer}");
        page.0.event(PORT, "card_removed")?;
        page.sign_in_fails("card_missing")?;
        tell("insert amira")?;
        page.0.event(PORT, "card_inserted")?;
    }

    tell("fault slow 800")?;
    let begun = Instant::now();
    page.sign_in_and_out()?;
    ensure!(begun.elapsed() >= Duration::from_millis(1600), "{:?}", begun.elapsed());
    tell("fault none")?;

    // A reading of the card, and a signature each.
    tell("fault wrong_signature 3")?;
    let letters = ["1", "2", "3"].map(|id| {
        json!({
            "id": id, "name": "A letter", "mediaType": "text/plain",
            "content": base64(format!("Letter {id}.\n").as_bytes()),
        })
    });
    let args = json!({"key": "a-card-that-lies", "format": "cades", "documents": letters});
    let signed = page.call("sign", args)?;
    let results = signed["ok"]["results"].as_array().with_context(|| signed.to_string())?;
    let end = |result: &Value| match result["signature"].is_string() {
        true => "ok".to_owned(),
        false => code(result).to_owned(),
    };
    let ends: Vec<_> = results.iter().map(end).collect();
    ensure!(ends == ["ok", "signature_invalid", "ok"], "{signed}");
    let record = fs::read_to_string(simulated.folder.join("agent/audit.jsonl"))?;
    let entries = record.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let of_end = |end: &str| {
        let entry = entries.iter().rfind(|it| it["action"] == "sign" && it["outcome"] == end);
        entry.and_then(|entry| entry["digests"].as_array()).map_or(0, Vec::len)
    };
    ensure!((of_end("ok"), of_end("signature_invalid")) == (2, 1), "{record}");

    tell("fault expired")?;
    page.sign_in_fails("certificate_expired")?;
    tell("fault busy")?;
    page.sign_in_fails("card_busy")?;
    tell("fault none")?;
    tell("answer no")?;
    page.sign_in_fails("user_cancelled")?;
    tell("answer yes")?;

    tell("server stop")?;
    page.sign_in_fails("server_unreachable")?;
    tell("server start")?;
    let session = page.sign_in()?;
    ensure!(simulated.opens(session["ticket"].as_str().unwrap_or_default())?);
    tell("remove")?;
    page.session_ends("card_removed")?;
    page.sign_in_fails("card_missing")?;

    for words in ["remove", "fault slow 1", "insert nobody", "insert amira --reader 2", "eject"] {
        ensure!(!simulated.told(words)?.status.success(), "{words}");
    }
    simulated.quit()
}

fn another_user() -> Result<()> {
    let simulated = Simulated::shared(&["--answer", "--removal", "lock"])?;
    let mut page = simulated.page()?;
    let hers = page.sign_in()?;
    simulated.tell("role harbour lane")?;
    ensure!(simulated.tell("insert tom")?.contains(PASSCODE));
    let locked = page.0.event(PORT, "session_locked")?;
    ensure!(locked["data"]["cause"] == "card_removed", "{locked}");
    page.0.event(PORT, "session_changed")?;
    // The card itself has opened a dialog, which is answered meanwhile.
    let begun = Instant::now();
    let his = loop {
        let answer = page.call("sign_in", json!({}))?;
        if answer["error"]["code"] != "busy" || begun.elapsed() > Duration::from_secs(20) {
            break answer["ok"].clone();
        }
        thread::sleep(Duration::from_millis(20));
    };
    ensure!(his["session"]["user"]["uid"] == TOM.uid, "{his}");
    let role = &his["session"]["user"]["role"];
    ensure!(role["organisation"] == "HARBOUR LANE HOSPITAL", "{role}");
    ensure!(!simulated.opens(hers["ticket"].as_str().unwrap_or_default())?, "hers opens");
    let listed = simulated.tell("list")?;
    ensure!(listed.lines().any(|line| line == "reader 1: Tom Lindqvist"), "{listed}");
    // Who has no such role is given none.
    page.call("sign_out", json!({}))?;
    simulated.tell("role surgeon")?;
    page.sign_in_fails("user_cancelled")?;
    simulated.quit()
}

fn user_answers() -> Result<()> {
    let desktop = Desktop::start(false)?;
    let mut simulated = Simulated::shared(&[])?;
    simulated.environment.retain(|(name, _)| *name != "DISPLAY");
    simulated.environment.push(("DISPLAY", desktop.display().into()));
    let mut page = simulated.page()?;
    let id = page.0.begin(PORT, "sign_in", json!({}))?;
    let dialog = Dialog::wait(&desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let answer = page.0.answer(PORT, id)?;
    ensure!(answer["ok"]["session"]["user"]["uid"] == AMIRA.uid, "{answer}");
    ensure!(!simulated.told("answer yes")?.status.success(), "nobody asked for answers");
    simulated.quit()
}

fn not_admitted() -> Result<()> {
    let simulated = Simulated::shared(&["--answer"])?;
    let file = simulated.folder.join("agent/policy.toml");
    let policy = fs::read_to_string(&file)?;
    for (change, to) in [
        ("development = true", "development = false"),
        ("url = \"https://localhost:", "url = \"https://id.example:"),
        ("[[server]]", "[cards]\nmodules = [\"/usr/lib/opensc-pkcs11.so\"]\n\n[[server]]"),
    ] {
        ensure!(policy.contains(change), "{change}");
        fs::write(&file, policy.replacen(change, to, 1))?;
        let mut check = Command::new(&simulated.programs.host);
        check.args(["policy", "check"]).arg(&file);
        ensure!(!check.output()?.status.success(), "{to} is admitted");
        with_new_agent(&simulated, |page| page.sign_in_fails("policy_invalid"))?;
    }
    // An agent that is told of no simulation has nothing of this one's.
    let simulation = policy.find("[simulation]").context("no simulation")?;
    let server = policy.find("[[server]]").context("no server")?;
    fs::write(&file, format!("{}{}", &policy[..simulation], &policy[server..]))?;
    with_new_agent(&simulated, |page| {
        page.sign_in_fails("reader_service_missing")?;
        let status = page.call("status", json!({}))?;
        ensure!(status["ok"]["cardPresent"] == false, "{status}");
        Ok(())
    })?;
    // Nor does a simulator touch a policy that is not its own.
    simulated.quit()?;
    let text = "# Somebody's.\ndevelopment = true\n";
    fs::write(&file, text)?;
    let refused = Simulated::shared(&["--answer"]);
    ensure!(refused.is_err() && fs::read_to_string(&file)? == text, "it was written over");
    Ok(fs::remove_file(&file)?)
}

/// Has another agent asked something.
fn with_new_agent(simulated: &Simulated, ask: impl FnOnce(&mut Page) -> Result<()>) -> Result<()> {
    end_agent(simulated);
    let outcome = ask(&mut simulated.page()?);
    end_agent(simulated);
    outcome
}

fn end_agent(simulated: &Simulated) {
    let lock = simulated.folder.join("agent/agent.lock");
    let pid = fs::read_to_string(lock).ok().and_then(|pid| pid.trim().parse().ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        // It may not run.
        let _ = kill_process(pid, Signal::KILL);
    }
}

static SHARED: Mutex<Option<TempDir>> = Mutex::new(None);
const PATIENCE: Duration = Duration::from_secs(20);
