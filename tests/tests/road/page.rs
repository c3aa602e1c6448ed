use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wardkey_tests::stage::{
    Browser, Desk, Desktop, Dialog, Engine, Installed, Options, PASSCODE, Programs, Stage, TOM,
};

use crate::InBoth;

/// In Chromium and in Firefox.
pub const IN_BOTH: &[(&str, InBoth)] = &[
    ("page::sign_in_sign_and_pull_the_card", whole_road),
    ("page::no_extension", no_extension),
    ("page::no_host", no_host),
    ("page::the_popup_says_whom_to_ask", whom_to_ask),
    ("page::plain_http", plain_http),
    ("page::an_origin_that_is_not_admitted", not_admitted),
    ("page::a_script_without_a_click_opens_nothing", no_click),
    ("page::forged_replies_have_no_effect", forged),
    ("page::the_next_call_works_after_the_agent_was_killed", killed_agent),
    ("page::the_role_is_chosen_in_the_dialog", choose_role),
    ("page::a_note_is_signed_raw", raw_note),
];

/// A stage in a folder that goes with it.
pub struct Played {
    pub stage: Stage,
    runtime: Runtime,
    _folder: TempDir,
}

impl Played {
    pub fn with(options: &Options) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-page-").tempdir()?;
        let runtime = Runtime::new()?;
        let stage = runtime.block_on(Stage::set_up(folder.path(), options))?;
        let played = Self { stage, runtime, _folder: folder };
        played.open(&played.stage.app.url())?;
        Ok(played)
    }

    fn open(&self, url: &str) -> Result<()> {
        self.runtime.block_on(self.stage.browser.open(url))
    }

    pub fn click(&self, selector: &str) -> Result<()> {
        self.runtime.block_on(self.stage.browser.click(selector))
    }

    fn text(&self, selector: &str) -> Result<String> {
        self.runtime.block_on(self.stage.browser.text(selector))
    }

    pub fn script(&self, body: &str) -> Result<serde_json::Value> {
        self.runtime.block_on(self.stage.browser.script(body))
    }

    fn wait_for(&self, expression: &str) -> Result<()> {
        self.wait_within(expression, PATIENCE)
    }

    pub fn wait_within(&self, expression: &str, within: Duration) -> Result<()> {
        self.runtime.block_on(self.stage.browser.wait_for(expression, within))
    }

    pub fn passcode(&self) -> Result<()> {
        let dialog = Dialog::wait(&self.stage.desktop).or_else(|error| {
            let shown = self.script("return document.querySelector('#error')?.outerHTML;")?;
            Err(error.context(format!("the page says: {shown}")))
        })?;
        dialog.wait_for_passcode_field()?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")
    }

    fn sign_in(&self) -> Result<()> {
        self.click("#sign-in")?;
        self.passcode()?;
        self.wait_for(SIGNED_IN)
    }
}

fn whole_road(engine: Engine) -> Result<()> {
    let mut ward = Played::with(&Options::of(engine))?;
    ward.open(&format!("{}/?test", ward.stage.app.url()))?;
    ward.sign_in()?;
    ensure!(ward.text("#user-name")?.contains("Okafor"));
    ensure!(!ward.text("#user-role")?.is_empty());
    ensure!(!ward.text("#user-organisation")?.is_empty());

    ward.click("[data-prescription] input[type=checkbox]")?;
    ward.click("#sign-selected")?;
    ward.passcode()?;
    ward.wait_for("document.querySelector('[data-prescription][data-status=verified]')")?;

    let ticket = ward.script("return window.wardkeyDemo.ticket;")?;
    let ticket = ticket.as_str().unwrap_or_default().to_owned();
    ensure!(ward.stage.identity.opens(&ticket)?);
    ward.stage.reader.pull()?;
    let pulled = std::time::Instant::now();
    ward.wait_for(SIGNED_OUT)?;
    ensure!(!ward.text("#signed-out-reason")?.is_empty());
    while ward.stage.identity.opens(&ticket)? {
        ensure!(pulled.elapsed() < Duration::from_secs(10), "the ticket still opens");
    }
    Ok(())
}

fn choose_role(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options { engine, user: TOM, ..Options::default() })?;
    ward.click("#sign-in")?;
    ward.passcode()?;
    let roles = Dialog::wait(&ward.stage.desktop)?;
    roles.wait_for_roles()?;
    roles.press("Down")?;
    roles.press("Return")?;
    ward.wait_for(SIGNED_IN)?;
    ensure!(ward.text("#user-name")?.contains("Lindqvist"));
    Ok(())
}

fn raw_note(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    ward.sign_in()?;
    ward.click("#sign-note")?;
    ward.passcode()?;
    ward.wait_for("document.querySelector('#note-status[data-status=verified]')")
}

fn no_extension(engine: Engine) -> Result<()> {
    error_with(engine, Installed::Nothing, "extension_missing")
}

fn no_host(engine: Engine) -> Result<()> {
    error_with(engine, Installed::ExtensionOnly, "host_missing")
}

/// The demo app in a browser that lacks a part: the page says which.
fn error_with(engine: Engine, installed: Installed, code: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desk = Desk::set_up(folder.path(), &Options::default())?;
    let environment: [(&str, PathBuf); 0] = [];
    let (programs, desktop) = (&desk.programs, &desk.desktop);
    Runtime::new()?.block_on(async {
        let profile = folder.path().join("browser");
        let browser =
            Browser::with(engine, programs, &profile, &environment, desktop, installed, None)
                .await?;
        browser.open(&desk.app.url()).await?;
        browser.click("#sign-in").await?;
        browser.wait_for(&shows(code), PATIENCE).await
    })
}

/// What an administrator has the browser say of the service desk, by the browser's own policy.
fn whom_to_ask(engine: Engine) -> Result<()> {
    let desk = json!({"text": "Ask IT: 1234", "url": "https://it.example/wardkey"});
    let told = json!({"service_desk": desk, "servicedesk": desk});
    let policy = match BrowserPolicy::write(engine, &told) {
        Ok(policy) => policy,
        Err(why) => {
            println!("SKIPPED page::the_popup_says_whom_to_ask in {engine:?}: {why}");
            return Ok(());
        }
    };
    let programs = Programs::find()?;
    let folder = tempfile::tempdir()?;
    let desktop = Desktop::start(false)?;
    let environment: [(&str, PathBuf); 0] = [];
    Runtime::new()?.block_on(async {
        let profile = folder.path().join("profile");
        let installed = Installed::ExtensionOnly;
        let browser =
            Browser::with(engine, &programs, &profile, &environment, &desktop, installed, None)
                .await?;
        browser.open(&browser.own_page("popup/popup.html")).await?;
        let shown = "!document.querySelector('#desk').hidden";
        browser.wait_for(shown, PATIENCE).await?;
        ensure!(names_the_desk(&browser).await?);
        browser.open(&browser.own_page("welcome/welcome.html")).await?;
        browser.wait_for(shown, PATIENCE).await?;
        ensure!(names_the_desk(&browser).await?);
        // Chromium keeps such keys to itself, and names them in `chrome://policy`.
        if engine == Engine::Chromium {
            return Ok(());
        }
        browser.open(&browser.own_page("diagnostics/diagnostics.html")).await?;
        let unknown = "document.querySelector('[data-code=managed_unknown] pre')";
        browser.wait_for(unknown, PATIENCE).await?;
        let details = browser.script(&format!("return {unknown}.textContent;")).await?;
        let names_it = |details: &str| details.contains("\"servicedesk\"");
        ensure!(details.as_str().is_some_and(names_it), "{details}");
        Ok(())
    })?;
    drop(policy);
    Ok(())
}

/// Whether the page says whom to ask, with the way there.
async fn names_the_desk(browser: &Browser) -> Result<bool> {
    let page = browser.script("return document.querySelector('#desk-page').href;").await?;
    let text = browser.text("#desk").await?;
    Ok(text.starts_with("Ask IT: 1234") && page == "https://it.example/wardkey")
}

/// A file that manages all browsers of a kind on this computer, as long as this lives.
struct BrowserPolicy {
    file: &'static Path,
}

impl BrowserPolicy {
    /// Tells our extension something; why not, where that may not be.
    fn write(engine: Engine, told: &Value) -> Result<Self, String> {
        let id = include_str!("../../../extension/ID").trim();
        let (file, policy) = match engine {
            Engine::Chromium => (
                "/etc/chromium/policies/managed/wardkey-tests.json",
                json!({"3rdparty": {"extensions": {id: told}}}),
            ),
            Engine::Firefox => (
                "/etc/firefox/policies/policies.json",
                json!({"policies": {"3rdparty": {"Extensions": {"wardkey@wardkey.org": told}}}}),
            ),
        };
        let (file, policy) = (Path::new(file), policy.to_string());
        // Firefox has one such file: an administrator's stays, ours may have been left behind.
        if fs::read_to_string(file).is_ok_and(|there| there != policy) {
            return Err(format!("{} is there", file.display()));
        }
        let written = file.parent().map_or(Ok(()), fs::create_dir_all);
        written.and_then(|()| fs::write(file, policy)).map_err(|error| error.to_string())?;
        Ok(Self { file })
    }
}

impl Drop for BrowserPolicy {
    fn drop(&mut self) {
        // The next run writes it anew.
        let _ = fs::remove_file(self.file);
    }
}

fn plain_http(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    ward.open(&format!("http://ward.test:{}/", ward.stage.app.port()))?;
    ward.click("#sign-in")?;
    ward.wait_for(&shows("context_insecure"))
}

fn not_admitted(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    ward.open(&format!("http://127.0.0.1:{}/", ward.stage.app.port()))?;
    ward.click("#sign-in")?;
    ward.wait_for(&shows("origin_not_admitted"))?;
    ensure!(!Dialog::is_open(&ward.stage.desktop));
    Ok(())
}

/// Whoever has not been clicked has no dialog, whatever a script does.
fn no_click(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    let code = ward.script(
        "const { connect } = await import('/sdk/dist/index.js');
         const wardkey = await connect();
         // A driver's script counts as a click for a while.
         while (navigator.userActivation.isActive) await new Promise((done) => setTimeout(done, 100));
         document.querySelector('#sign-in').dispatchEvent(new MouseEvent('click', { bubbles: true }));
         return wardkey.signIn().then(() => 'signed in', (error) => error.code);",
    )?;
    ensure!(code == "gesture_required", "{code}");
    ward.wait_for(&shows("gesture_required"))?;
    ensure!(!Dialog::is_open(&ward.stage.desktop), "a dialog without a click");
    // A click is one: nobody has to load the page anew.
    ward.sign_in()
}

fn forged(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    // Another script of the page answers every message it can see with a ticket of its own.
    ward.script(
        "addEventListener('message', (event) => {
           const forged = {id: 1, ok: {session: {id: 'x', state: 'active', server: 'https://x',
             expiresInSeconds: 9}, ticket: 'forged'}};
           event.ports?.[0]?.postMessage(forged);
           if (event.data?.forged !== true) postMessage({forged: true, wardkey: forged}, '*');
         }, true);
         postMessage({wardkey: {id: 1, ok: {ticket: 'forged'}}}, '*');
         for (let id = 0; id < 50; id += 1) postMessage({id, ok: {ticket: 'forged'}}, '*');",
    )?;
    ward.click("#sign-in")?;
    let dialog = Dialog::wait(&ward.stage.desktop)?;
    dialog.wait_for_passcode_field()?;
    ensure!(ward.script("return document.documentElement.dataset.state;")? != "signed-in");
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    ward.wait_for(SIGNED_IN)
}

fn killed_agent(engine: Engine) -> Result<()> {
    let ward = Played::with(&Options::of(engine))?;
    ward.sign_in()?;
    ward.stage.host.kill_agent();
    ward.wait_for(SIGNED_OUT)?;
    ward.sign_in()
}

fn shows(code: &str) -> String {
    format!("document.querySelector('#error')?.dataset.code === '{code}'")
}

const SIGNED_IN: &str = "document.documentElement.dataset.state === 'signed-in'";
const SIGNED_OUT: &str = "document.documentElement.dataset.state === 'signed-out'";
const PATIENCE: Duration = Duration::from_secs(15);
