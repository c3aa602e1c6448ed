use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    Desktop, Host, Identity, Options, Programs, Reader, chromium::Chromium, firefox::Firefox,
    identity::ServerTls, process::run,
};

/// A real browser with the packed extension, driven from outside.
pub enum Browser {
    /// By chromedriver.
    Chromium(Chromium),
    /// By Marionette.
    Firefox(Firefox),
}

/// Which browser it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Chromium.
    Chromium,
    /// Firefox ESR.
    Firefox,
}

/// What the browser is started with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// Extension and host.
    Everything,
    /// The extension, but no host.
    ExtensionOnly,
    /// Neither.
    Nothing,
}

pub struct Profile {
    pub folder: PathBuf,
    pub extension: Option<PathBuf>,
    /// Another extension.
    pub beside: Option<PathBuf>,
    pub visible: bool,
    /// Whether an extension may be loaded anew, as its developers do.
    pub developer: bool,
    /// The Identity Server, which it trusts.
    pub server: Option<ServerTls>,
}

impl Engine {
    /// The address of one of the extension's own pages.
    #[must_use]
    pub fn own_page(self, page: &str) -> String {
        match self {
            Self::Chromium => {
                let id = include_str!("../../../extension/ID").trim();
                format!("chrome-extension://{id}/src/{page}")
            }
            Self::Firefox => Firefox::own_page(page),
        }
    }

    /// What installs the host for a browser with this profile.
    #[must_use]
    pub fn install(self, programs: &Programs, profile: &Path) -> Command {
        let (name, manifests) = match self {
            Self::Chromium => ("chromium", "NativeMessagingHosts"),
            Self::Firefox => ("firefox", ".mozilla/native-messaging-hosts"),
        };
        let mut install = Command::new(&programs.host);
        install.args(["install", "--browser", name, "--manifest-dir"]).arg(profile.join(manifests));
        install
    }

    fn extension(self, programs: &Programs) -> &Path {
        match self {
            Self::Chromium => &programs.extension,
            Self::Firefox => &programs.extension_firefox,
        }
    }
}

impl Browser {
    /// Starts a browser with extension and host.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn start(
        programs: &Programs,
        folder: &Path,
        identity: &Identity,
        host: &Host,
        reader: &Reader,
        desktop: &Desktop,
        options: &Options,
    ) -> Result<Self> {
        let environment = [
            ("WARDKEY_INSTANCE", host.folder().to_owned()),
            ("PCSCLITE_CSOCK_NAME", reader.socket().to_owned()),
        ];
        let engine = options.engine;
        let ours = options.extension.as_deref().unwrap_or_else(|| engine.extension(programs));
        let profile = Profile {
            folder: folder.join("browser"),
            extension: Some(ours.to_owned()),
            beside: options.beside.clone(),
            visible: options.visible,
            developer: options.extension.is_some(),
            server: Some(identity.tls()?),
        };
        run(&mut engine.install(programs, &profile.folder)).context("install")?;
        Self::open_profile(engine, &profile, &environment, desktop).await
    }

    /// Starts a headless browser with a fresh profile.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn with(
        engine: Engine,
        programs: &Programs,
        profile: &Path,
        environment: &[(&str, PathBuf)],
        desktop: &Desktop,
        installed: Installed,
        identity: Option<&Identity>,
    ) -> Result<Self> {
        if installed == Installed::Everything {
            run(&mut engine.install(programs, profile)).context("install")?;
        }
        let profile = Profile {
            folder: profile.to_owned(),
            extension: (installed != Installed::Nothing)
                .then(|| engine.extension(programs).to_owned()),
            beside: None,
            visible: false,
            developer: false,
            server: identity.map(Identity::tls).transpose()?,
        };
        Self::open_profile(engine, &profile, environment, desktop).await
    }

    async fn open_profile(
        engine: Engine,
        profile: &Profile,
        environment: &[(&str, PathBuf)],
        desktop: &Desktop,
    ) -> Result<Self> {
        Ok(match engine {
            Engine::Chromium => {
                Self::Chromium(Chromium::start(profile, environment, desktop).await?)
            }
            Engine::Firefox => Self::Firefox(Firefox::start(profile, environment, desktop)?),
        })
    }

    /// The address of one of the extension's own pages.
    #[must_use]
    pub fn own_page(&self, page: &str) -> String {
        match self {
            Self::Chromium(_) => Engine::Chromium.own_page(page),
            Self::Firefox(_) => Engine::Firefox.own_page(page),
        }
    }

    /// Opens an address.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn open(&self, url: &str) -> Result<()> {
        match self {
            Self::Chromium(it) => it.open(url).await,
            Self::Firefox(it) => it.open(url),
        }
    }

    /// Opens an address in a new tab, which is looked at from now on; the tab before.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn open_beside(&self, url: &str) -> Result<String> {
        match self {
            Self::Chromium(it) => it.open_beside(url).await,
            Self::Firefox(it) => it.open_beside(url),
        }
    }

    /// Looks at a tab.
    ///
    /// # Errors
    ///
    /// When it is gone.
    pub async fn look_at(&self, tab: &str) -> Result<()> {
        match self {
            Self::Chromium(it) => it.look_at(tab).await,
            Self::Firefox(it) => it.look_at(tab),
        }
    }

    /// Closes the tab that is looked at, and looks at another.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn close_tab(&self, then: &str) -> Result<()> {
        match self {
            Self::Chromium(it) => it.close_tab(then).await,
            Self::Firefox(it) => it.close_tab(then),
        }
    }

    /// Clicks an element, as a user would.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub async fn click(&self, selector: &str) -> Result<()> {
        match self {
            Self::Chromium(it) => it.click(selector).await,
            Self::Firefox(it) => it.click(selector),
        }
    }

    /// Clicks what stands in an element's shadow, as a user would.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub async fn click_in(&self, host: &str, selector: &str) -> Result<()> {
        match self {
            Self::Chromium(it) => it.click_in(host, selector).await,
            Self::Firefox(it) => it.click_in(host, selector),
        }
    }

    /// Types into an element; a file's path into a field of files.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub async fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        match self {
            Self::Chromium(it) => it.type_into(selector, text).await,
            Self::Firefox(it) => it.type_into(selector, text),
        }
    }

    /// Presses a key, as a user would, wherever the focus is; named as `WebDriver` does (section 17.4.2).
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn press(&self, key: char) -> Result<()> {
        match self {
            Self::Chromium(it) => it.press(key).await,
            Self::Firefox(it) => it.press(key),
        }
    }

    /// Has the next Tab lead to the page's first control, whatever had the focus.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn to_the_top(&self) -> Result<()> {
        if let Self::Firefox(it) = self {
            it.enter_page()?;
        }
        self.script(
            "document.body.tabIndex = -1;\
             document.body.focus();\
             document.body.removeAttribute('tabindex');",
        )
        .await
        .map(drop)
    }

    /// Gives it an authenticator for passkeys, which says yes to everything (Web Authentication,
    /// section 11).
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn add_authenticator(&self) -> Result<()> {
        match self {
            Self::Chromium(it) => it.add_authenticator().await,
            Self::Firefox(it) => it.add_authenticator(),
        }
    }

    /// The text of an element.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub async fn text(&self, selector: &str) -> Result<String> {
        match self {
            Self::Chromium(it) => it.text(selector).await,
            Self::Firefox(it) => it.text(selector),
        }
    }

    /// Runs the body of an async function in the page; its result must be JSON.
    ///
    /// # Errors
    ///
    /// What the script throws.
    pub async fn script(&self, body: &str) -> Result<Value> {
        match self {
            Self::Chromium(it) => it.script(body).await,
            Self::Firefox(it) => it.script(body),
        }
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Errors
    ///
    /// When it is not after the time, with the expression.
    pub async fn wait_for(&self, expression: &str, within: Duration) -> Result<()> {
        match self {
            Self::Chromium(it) => it.wait_for(expression, within).await,
            Self::Firefox(it) => it.wait_for(expression, within),
        }
    }

    /// Makes the page look as a window of this size has it, by day or at night.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn looks(&self, night: bool, width: u32, height: u32) -> Result<()> {
        match self {
            Self::Chromium(it) => it.looks(night, width, height).await,
            Self::Firefox(it) => it.looks(night, width, height),
        }
    }

    /// Ends our extension's service worker or background page, as the browser does when it likes.
    ///
    /// # Errors
    ///
    /// When none runs.
    pub async fn end_worker(&self) -> Result<()> {
        match self {
            Self::Chromium(it) => it.end_worker(include_str!("../../../extension/ID").trim()).await,
            Self::Firefox(it) => it.end_worker(),
        }
    }

    /// A picture of the page.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        match self {
            Self::Chromium(it) => it.screenshot(file).await,
            Self::Firefox(it) => it.screenshot(file),
        }
    }
}

/// An authenticator that has the user with it, and keeps passkeys (Web Authentication, section 11.3).
pub fn authenticator() -> Value {
    json!({
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": true,
        "hasUserVerification": true,
        "isUserConsenting": true,
        "isUserVerified": true,
    })
}
