mod preferences;

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{
    Desktop,
    browser::{Profile, authenticator},
    identity::ServerTls,
    marionette::Marionette,
    process::{Process, free_port},
};

/// A real Firefox with the packed extension.
#[derive(Debug)]
pub struct Firefox {
    marionette: RefCell<Marionette>,
    _process: Process,
}

impl Firefox {
    /// Starts it; the extension opens its first page, which is closed again.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn start(
        profile: &Profile,
        environment: &[(&str, PathBuf)],
        desktop: &Desktop,
    ) -> Result<Self> {
        // Firefox looks for hosts in the user's home folder.
        let home = &profile.folder;
        let own = home.join("profile");
        let again = own.exists();
        fs::create_dir_all(&own)?;
        let port = free_port()?;
        fs::write(own.join("user.js"), preferences::of(port, ID, UUID))?;

        let mut command = desktop.command(FIREFOX);
        command.args(["-marionette", "-remote-allow-system-access", "-no-remote", "-profile"]);
        command.arg(&own);
        if !profile.visible {
            command.arg("-headless");
        }
        command.env("HOME", home).envs(environment.iter().cloned());
        // Of the session that runs the tests, which is not this home's.
        for variable in ["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env_remove(variable);
        }
        command.stderr(std::process::Stdio::null());
        let process = Process::start("Firefox", &mut command)?;
        let mut marionette = Marionette::connect(port, STARTS)?;
        marionette.call("WebDriver:SetTimeouts", json!({"script": 60_000}))?;
        let firefox = Self { marionette: RefCell::new(marionette), _process: process };
        if let Some(ServerTls { authority, .. }) = &profile.server {
            firefox.trust(authority)?;
        }
        if let Some(folder) = &profile.beside {
            firefox.load_beside(folder)?;
        }
        if let Some(extension) = profile.extension.as_ref().filter(|_| !again) {
            firefox.install(extension)?;
            let before = firefox.look_at_address(&Self::own_page(WELCOME), STARTS)?;
            firefox.close_tab(&before)?;
        }
        Ok(firefox)
    }

    /// Trusts an authority for servers, as an administrator has it do.
    fn trust(&self, authority: &Path) -> Result<()> {
        let pem = fs::read_to_string(authority)?;
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        self.privileged(
            "Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB)\
               .addCertFromBase64(arguments[0], 'C,,');",
            json!([base64]),
        )
        .map(drop)
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
    fn load_beside(&self, folder: &Path) -> Result<()> {
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
    pub fn look_at_address(&self, url: &str, within: Duration) -> Result<String> {
        let before = self.tab()?;
        let end = Instant::now() + within;
        while Instant::now() < end {
            let handles = self.call("WebDriver:GetWindowHandles", json!({}))?;
            for handle in handles.as_array().into_iter().flatten().filter_map(Value::as_str) {
                self.look_at(handle)?;
                if self.value("WebDriver:GetCurrentURL", json!({}))? == url {
                    return Ok(before);
                }
            }
            thread::sleep(BETWEEN);
        }
        bail!("no tab has {url}")
    }

    fn tab(&self) -> Result<String> {
        let tab = self.value("WebDriver:GetWindowHandle", json!({}))?;
        Ok(tab.as_str().context("no tab")?.to_owned())
    }

    /// Opens an address in a new tab, which is looked at from now on; the tab before.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn open_beside(&self, url: &str) -> Result<String> {
        let before = self.tab()?;
        let tab = self.call("WebDriver:NewWindow", json!({"type": "tab", "focus": true}))?;
        self.look_at(tab["handle"].as_str().context("no tab")?)?;
        self.open(url)?;
        Ok(before)
    }

    /// Closes the tab that is looked at, and looks at another.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn close_tab(&self, then: &str) -> Result<()> {
        self.call("WebDriver:CloseWindow", json!({}))?;
        self.look_at(then)
    }

    /// Looks at a tab.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn look_at(&self, tab: &str) -> Result<()> {
        self.call("WebDriver:SwitchToWindow", json!({"handle": tab, "focus": true})).map(drop)
    }

    /// Opens an address.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn open(&self, url: &str) -> Result<()> {
        if !url.starts_with("moz-extension:") {
            return self.call("WebDriver:Navigate", json!({"url": url})).map(drop);
        }
        // No page may lead there, and so no driver: the browser itself does.
        self.privileged(
            "const [url] = arguments;\
             gBrowser.selectedBrowser.loadURI(Services.io.newURI(url), {\
               triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal() });",
            json!([url]),
        )?;
        let there =
            format!("location.href === {} && document.readyState === 'complete'", json!(url));
        self.wait_for(&there, STARTS)
    }

    /// Ends the extension's background page, as the browser does when it likes.
    ///
    /// # Errors
    ///
    /// When none runs.
    pub fn end_worker(&self) -> Result<()> {
        let ended = self.privileged(
            "const { extension } = WebExtensionPolicy.getByID(arguments[0]);\
             if (extension.backgroundState !== 'running') return extension.backgroundState;\
             return extension.terminateBackground({ disableResetIdleForTest: true })\
               .then(() => 'ended');",
            json!([ID]),
        )?;
        ensure!(ended == "ended", "the background page is {ended}");
        Ok(())
    }

    /// Removes the extension, as its user does.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn remove_extension(&self) -> Result<()> {
        self.privileged(
            "const { AddonManager } =\
               ChromeUtils.importESModule('resource://gre/modules/AddonManager.sys.mjs');\
             return AddonManager.getAddonByID(arguments[0]).then((addon) => addon.uninstall());",
            json!([ID]),
        )
        .map(drop)
    }

    /// Makes the page look as in a window of this size, by day or at night.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn looks(&self, night: bool, width: u32, height: u32) -> Result<()> {
        self.privileged(
            "Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', arguments[0]);",
            json!([i32::from(!night)]),
        )?;
        self.call("WebDriver:SetWindowRect", json!({"width": width, "height": height})).map(drop)
    }

    /// Runs the body of a function in the browser's own window.
    fn privileged(&self, body: &str, arguments: Value) -> Result<Value> {
        self.call("Marionette:SetContext", json!({"value": "chrome"}))?;
        let done =
            self.value("WebDriver:ExecuteScript", json!({"script": body, "args": arguments}));
        self.call("Marionette:SetContext", json!({"value": "content"}))?;
        done
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

    /// Types into an element.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        let id = self.find(selector)?;
        self.call("WebDriver:ElementSendKeys", json!({"id": id, "text": text})).map(drop)
    }

    /// Presses a key, as a user would, wherever the focus is.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn press(&self, key: char) -> Result<()> {
        let key = ["keyDown", "keyUp"].map(|act| json!({"type": act, "value": key}));
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": key});
        self.call("WebDriver:PerformActions", json!({"actions": [keyboard]})).map(drop)
    }

    /// Has keys go to the page, and not to the tool bar that the last Tab led to.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub fn enter_page(&self) -> Result<()> {
        self.privileged("gBrowser.selectedBrowser.focus();", json!([])).map(drop)
    }

    /// Gives it an authenticator for passkeys, which says yes to everything.
    ///
    /// # Errors
    ///
    /// What Firefox says.
    pub fn add_authenticator(&self) -> Result<()> {
        self.call("WebAuthn:AddVirtualAuthenticator", authenticator()).map(drop)
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

const FIREFOX: &str = "firefox-esr";
const ID: &str = "wardkey@wardkey.org";
const UUID: &str = "5b7b6c0e-2f0d-4a8e-9a55-6a1f0d6c7e11";
/// The page that the extension opens when it has been installed.
const WELCOME: &str = "welcome/welcome.html";
const STARTS: Duration = Duration::from_secs(60);
const BETWEEN: Duration = Duration::from_millis(20);
