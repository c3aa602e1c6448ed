use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::{
    Desktop, Programs,
    marionette::Marionette,
    process::{Process, free_port, run},
};

/// A real Firefox with the packed extension.
#[derive(Debug)]
pub struct Firefox {
    marionette: RefCell<Marionette>,
    _process: Process,
}

impl Firefox {
    /// Starts a headless Firefox with a fresh profile, the extension, and the host for its user.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn start(
        programs: &Programs,
        folder: &Path,
        environment: &[(&str, PathBuf)],
        desktop: &Desktop,
    ) -> Result<Self> {
        // Firefox looks for hosts in the user's home folder.
        let home = folder.join("firefox-home");
        let profile = folder.join("firefox-profile");
        fs::create_dir_all(&profile)?;
        let manifests = home.join(".mozilla/native-messaging-hosts");
        let mut install = Command::new(&programs.host);
        install.args(["install", "--browser", "firefox", "--manifest-dir"]).arg(&manifests);
        run(&mut install).context("install")?;
        let port = free_port()?;
        fs::write(profile.join("user.js"), preferences(port))?;

        let mut command = desktop.command(FIREFOX);
        command.args(["-headless", "-marionette", "-no-remote", "-profile"]).arg(&profile);
        command.env("HOME", &home).envs(environment.iter().cloned());
        // Of the session that runs the tests, which is not this home's.
        for variable in ["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env_remove(variable);
        }
        command.stderr(std::process::Stdio::null());
        let process = Process::start("Firefox", &mut command)?;
        let mut marionette = Marionette::connect(port, STARTS)?;
        marionette.call("WebDriver:SetTimeouts", json!({"script": 60_000}))?;
        Ok(Self { marionette: RefCell::new(marionette), _process: process })
    }

    /// Installs the extension for good, as a user does.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn install(&self, archive: &Path) -> Result<()> {
        let path = archive.display().to_string();
        self.call("Addon:Install", json!({"path": path, "temporary": false})).map(drop)
    }

    /// Loads another extension beside ours from its folder, as its developers do.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn load_beside(&self, folder: &Path) -> Result<()> {
        let path = folder.display().to_string();
        self.call("Addon:Install", json!({"path": path, "temporary": true})).map(drop)
    }

    /// The address of one of the extension's own pages.
    #[must_use]
    pub fn own_page(page: &str) -> String {
        format!("moz-extension://{UUID}/src/{page}")
    }

    /// Looks at the tab that has this address, once there is one; the tab before.
    ///
    /// # Errors
    ///
    /// When there is none after the time.
    pub fn look_at_address(&self, url: &str, within: Duration) -> Result<Value> {
        let before = self.value("WebDriver:GetWindowHandle", json!({}))?;
        let end = Instant::now() + within;
        while Instant::now() < end {
            let handles = self.call("WebDriver:GetWindowHandles", json!({}))?;
            for handle in handles.as_array().into_iter().flatten() {
                self.look_at(handle)?;
                if self.value("WebDriver:GetCurrentURL", json!({}))? == url {
                    return Ok(before);
                }
            }
            thread::sleep(BETWEEN);
        }
        bail!("no tab has {url}")
    }

    /// Goes from one of the extension's own pages to another: no driver may open these.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn go_on_to(&self, page: &str) -> Result<()> {
        let url = json!(Self::own_page(page));
        self.script(&format!("location.href = {url};"))?;
        self.wait_for(
            &format!("location.href === {url} && document.readyState === 'complete'"),
            STARTS,
        )
    }

    /// Looks at a tab.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn look_at(&self, tab: &Value) -> Result<()> {
        self.call("WebDriver:SwitchToWindow", json!({"handle": tab, "focus": true})).map(drop)
    }

    /// Opens an address.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn open(&self, url: &str) -> Result<()> {
        self.call("WebDriver:Navigate", json!({"url": url})).map(drop)
    }

    /// Clicks an element, as a user would.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn click(&self, selector: &str) -> Result<()> {
        let id = self.find(selector)?;
        self.call("WebDriver:ElementClick", json!({"id": id})).map(drop)
    }

    /// Clicks what stands in an element's shadow, as a user would.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn click_in(&self, host: &str, selector: &str) -> Result<()> {
        let id = self.find(host)?;
        let root = self.value("WebDriver:GetShadowRoot", json!({"id": id}))?;
        let root = root.as_object().and_then(|root| root.values().next()).context("no shadow")?;
        let by = json!({"shadowRoot": root, "using": "css selector", "value": selector});
        let found = self.value("WebDriver:FindElementFromShadowRoot", by)?;
        let id = found.as_object().and_then(|it| it.values().next()).context("no element")?;
        self.call("WebDriver:ElementClick", json!({"id": id})).map(drop)
    }

    /// The text of an element.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn text(&self, selector: &str) -> Result<String> {
        let id = self.find(selector)?;
        let text = self.value("WebDriver:GetElementText", json!({"id": id}))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Runs the body of an async function in the page; its result must be JSON.
    ///
    /// # Errors
    ///
    /// What the script throws.
    pub fn script(&self, body: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             (async () => {{ {body} }})().then(\
               (value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let parameters = json!({"script": script, "args": []});
        let mut answer = self.value("WebDriver:ExecuteAsyncScript", parameters)?;
        if let Some(error) = answer.get("error") {
            bail!("script: {error}");
        }
        Ok(answer.get_mut("value").map(Value::take).unwrap_or_default())
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Errors
    ///
    /// When it is not after the time, with the expression.
    pub fn wait_for(&self, expression: &str, within: Duration) -> Result<()> {
        let end = Instant::now() + within;
        while Instant::now() < end {
            let asked = json!({"script": format!("return Boolean({expression});"), "args": []});
            if self.value("WebDriver:ExecuteScript", asked)? == Value::Bool(true) {
                return Ok(());
            }
            thread::sleep(BETWEEN);
        }
        bail!("not true within {within:?}: {expression}")
    }

    /// A picture of the page.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        let picture = self.value("WebDriver:TakeScreenshot", json!({"full": false}))?;
        let octets: wardkey_protocol::Base64 = serde_json::from_value(picture)?;
        Ok(fs::write(file, octets.0)?)
    }

    fn find(&self, selector: &str) -> Result<String> {
        let by = json!({"using": "css selector", "value": selector});
        let found = self.value("WebDriver:FindElement", by).with_context(|| selector.to_owned())?;
        let id = found.as_object().and_then(|element| element.values().next()?.as_str());
        Ok(id.context("no element")?.to_owned())
    }

    fn value(&self, command: &str, parameters: Value) -> Result<Value> {
        Ok(self.call(command, parameters)?["value"].take())
    }

    fn call(&self, command: &str, parameters: Value) -> Result<Value> {
        self.marionette.borrow_mut().call(command, parameters)
    }
}

fn preferences(port: u16) -> String {
    let ids = json!({"wardkey@wardkey.org": UUID}).to_string();
    let preferences = [
        ("marionette.port", json!(port)),
        // Our own pages have a known address.
        ("extensions.webextensions.uuids", json!(ids)),
        // Nobody has signed what was just packed.
        ("xpinstall.signatures.required", json!(false)),
        ("extensions.autoDisableScopes", json!(0)),
        ("browser.shell.checkDefaultBrowser", json!(false)),
        ("browser.aboutwelcome.enabled", json!(false)),
        ("browser.startup.homepage_override.mstone", json!("ignore")),
        ("browser.startup.page", json!(0)),
        ("datareporting.policy.dataSubmissionEnabled", json!(false)),
        ("toolkit.telemetry.server", json!("")),
        ("app.normandy.enabled", json!(false)),
        ("app.update.disabledForTesting", json!(true)),
        ("extensions.update.enabled", json!(false)),
        ("services.settings.server", json!("data:,#remote-settings-dummy/v1")),
        ("browser.safebrowsing.downloads.remote.enabled", json!(false)),
        ("network.captive-portal-service.enabled", json!(false)),
        ("network.connectivity-service.enabled", json!(false)),
    ];
    let line = |(name, value): (&str, Value)| format!("user_pref({}, {value});\n", json!(name));
    preferences.map(line).concat()
}

const FIREFOX: &str = "firefox-esr";
const UUID: &str = "5b7b6c0e-2f0d-4a8e-9a55-6a1f0d6c7e11";
const STARTS: Duration = Duration::from_secs(60);
const BETWEEN: Duration = Duration::from_millis(20);
