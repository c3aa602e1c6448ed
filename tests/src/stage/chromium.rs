use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use http::Method;
use serde_json::{Value, json};
use thirtyfour::{
    By, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver, WebElement, WindowHandle,
    common::command::{Command, ExtensionCommand},
    error::WebDriverErrorInner::StaleElementReference,
};

use super::{
    Desktop,
    browser::{Profile, authenticator},
    identity::ServerTls,
    process::{Process, free_port},
};

/// A real Chromium with the packed extension, driven by chromedriver.
pub struct Chromium {
    driver: WebDriver,
    // Ends the browser too.
    _chromedriver: Process,
}

impl Chromium {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// What chromedriver or the browser says.
    pub async fn start(
        profile: &Profile,
        environment: &[(&str, PathBuf)],
        desktop: &Desktop,
    ) -> Result<Self> {
        fs::create_dir_all(&profile.folder)?;
        let port = free_port()?;
        let mut command = desktop.command("chromedriver");
        command.arg(format!("--port={port}")).envs(environment.iter().cloned());
        let mut chromedriver = Process::start("chromedriver", &mut command)?;
        chromedriver.wait_for_line("started successfully", Duration::from_secs(10))?;

        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(CHROMIUM)?;
        for argument in ARGUMENTS {
            capabilities.add_arg(argument)?;
        }
        capabilities.add_arg(&format!("--user-data-dir={}", profile.folder.display()))?;
        if let Some(ServerTls { pin, .. }) = &profile.server {
            capabilities.add_arg(&format!("--ignore-certificate-errors-spki-list={pin}"))?;
        }
        if profile.developer {
            let mode = json!({ "extensions.ui.developer_mode": true });
            capabilities.add_experimental_option("prefs", mode)?;
        }
        if !profile.visible {
            capabilities.add_arg("--headless=new")?;
        }
        if rustix::process::getuid().is_root() {
            // Chromium's sandbox refuses to run as root.
            capabilities.add_arg("--no-sandbox")?;
        }
        let extensions: Vec<_> = profile.extension.iter().chain(&profile.beside).collect();
        if !extensions.is_empty() {
            let folders: Vec<_> =
                extensions.iter().map(|path| path.display().to_string()).collect();
            capabilities.add_arg(&format!("--load-extension={}", folders.join(",")))?;
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await?;
        driver.set_script_timeout(Duration::from_secs(60)).await?;
        Ok(Self { driver, _chromedriver: chromedriver })
    }

    /// Opens an address.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn open(&self, url: &str) -> Result<()> {
        Ok(self.driver.goto(url).await?)
    }

    /// Opens an address in a new tab, which is looked at from now on; the tab before.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn open_beside(&self, url: &str) -> Result<String> {
        let before = self.driver.window().await?;
        let tab = self.driver.new_tab().await?;
        self.look_at(&tab.to_string()).await?;
        self.open(url).await?;
        Ok(before.to_string())
    }

    /// Looks at a tab.
    ///
    /// # Errors
    ///
    /// When it is gone.
    pub async fn look_at(&self, tab: &str) -> Result<()> {
        Ok(self.driver.switch_to_window(WindowHandle::from(tab.to_owned())).await?)
    }

    /// Closes the tab that is looked at, and looks at another.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn close_tab(&self, then: &str) -> Result<()> {
        self.driver.close_window().await?;
        self.look_at(then).await
    }

    /// Clicks an element, as a user would: on what stands there now, where a page that changes by
    /// itself has made it anew since it was found.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub async fn click(&self, selector: &str) -> Result<()> {
        match self.find(selector).await?.click().await {
            Err(e) if matches!(*e, StaleElementReference(..)) => {
                Ok(self.find(selector).await?.click().await?)
            }
            clicked => Ok(clicked?),
        }
    }

    /// Clicks what stands in an element's shadow, as a user would.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub async fn click_in(&self, host: &str, selector: &str) -> Result<()> {
        let find =
            "return document.querySelector(arguments[0])?.shadowRoot?.querySelector(arguments[1]);";
        let found = self.driver.execute(find, vec![json!(host), json!(selector)]).await?;
        let element = found.element().with_context(|| format!("{host} {selector}"))?;
        Ok(element.click().await?)
    }

    /// Types into an element; a file's path into a field of files.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub async fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        Ok(self.find(selector).await?.send_keys(text).await?)
    }

    /// Presses a key, as a user would, wherever the focus is.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn press(&self, key: char) -> Result<()> {
        Ok(self.driver.action_chain().key_down(key).key_up(key).perform().await?)
    }

    /// Gives the browser an authenticator for passkeys, which says yes to everything (Web
    /// Authentication, section 11).
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn add_authenticator(&self) -> Result<()> {
        Ok(self
            .driver
            .cmd(Command::ExtensionCommand(Box::new(AddAuthenticator)))
            .await
            .map(drop)?)
    }

    /// The text of an element.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub async fn text(&self, selector: &str) -> Result<String> {
        Ok(self.find(selector).await?.text().await?)
    }

    /// Runs the body of an async function in the page; its result must be JSON.
    ///
    /// # Errors
    ///
    /// What the script throws.
    pub async fn script(&self, body: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             (async () => {{ {body} }})().then(\
               (value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let mut answer = self.driver.execute_async(&script, Vec::new()).await?.json().clone();
        if let Some(error) = answer.get("error") {
            anyhow::bail!("script: {error}");
        }
        Ok(answer.get_mut("value").map(Value::take).unwrap_or_default())
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Errors
    ///
    /// When it is not after the time, with the expression.
    pub async fn wait_for(&self, expression: &str, within: Duration) -> Result<()> {
        let end = tokio::time::Instant::now() + within;
        while tokio::time::Instant::now() < end {
            // At once: a callback would be lost when the page changes meanwhile.
            let asked = format!("return Boolean({expression});");
            if self.driver.execute(&asked, Vec::new()).await?.json() == &Value::Bool(true) {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN).await;
        }
        anyhow::bail!("not true within {within:?}: {expression}")
    }

    /// Makes the page look as a window of this size has it, by day or at night.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn looks(&self, night: bool, width: u32, height: u32) -> Result<()> {
        let scheme = if night { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.develop("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.develop("Emulation.setDeviceMetricsOverride", size).await.map(drop)
    }

    /// Ends the service worker of an extension, as the browser does when it likes.
    ///
    /// # Errors
    ///
    /// When none runs.
    pub async fn end_worker(&self, extension: &str) -> Result<()> {
        let targets = self.develop("Target.getTargets", json!({})).await?;
        let address = format!("chrome-extension://{extension}/");
        let of_extension = |target: &&Value| {
            target["type"] == "service_worker"
                && target["url"].as_str().is_some_and(|url| url.starts_with(&address))
        };
        let targets = targets["targetInfos"].as_array().cloned().unwrap_or_default();
        let worker = targets.iter().find(of_extension).context("no service worker")?;
        let worker = json!({ "targetId": worker["targetId"] });
        self.develop("Target.closeTarget", worker).await.map(drop)
    }

    /// A command of the Chrome DevTools Protocol; its result.
    async fn develop(&self, command: &'static str, parameters: Value) -> Result<Value> {
        let develop = Develop { command, parameters };
        let answer = self.driver.cmd(Command::ExtensionCommand(Box::new(develop))).await?;
        Ok(answer.value_json()?)
    }

    /// A picture of the page.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        Ok(self.driver.screenshot(file).await?)
    }

    async fn find(&self, selector: &str) -> Result<WebElement> {
        self.driver.find(By::Css(selector)).await.with_context(|| selector.to_owned())
    }
}

#[derive(Debug)]
struct AddAuthenticator;

impl ExtensionCommand for AddAuthenticator {
    fn parameters_json(&self) -> Option<Value> {
        Some(authenticator())
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/webauthn/authenticator".into()
    }
}

#[derive(Debug)]
struct Develop {
    command: &'static str,
    parameters: Value,
}

impl ExtensionCommand for Develop {
    fn parameters_json(&self) -> Option<Value> {
        Some(json!({ "cmd": self.command, "params": self.parameters }))
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/goog/cdp/execute".into()
    }
}

/// Debian's own binary: its wrapper adds flags of its own.
const CHROMIUM: &str = "/usr/lib/chromium/chromium";

const ARGUMENTS: [&str; 8] = [
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--window-size=1280,900",
    "--host-resolver-rules=MAP ward.test 127.0.0.1, MAP other.test 127.0.0.1",
];

const BETWEEN: Duration = Duration::from_millis(20);
