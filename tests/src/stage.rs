//! The parts of the stage, and all of them together.

mod browser;
mod card;
mod chromium;
mod demo_app;
mod desktop;
mod dialog;
mod disk;
mod driven;
mod firefox;
mod host;
mod identity;
mod marionette;
mod pages;
#[path = "../../identity-server/tests/support/ports.rs"]
mod ports;
#[allow(clippy::unwrap_used, dead_code, reason = "it is a test's own")]
#[path = "../../identity-server/tests/support/postgres.rs"]
mod postgres;
mod process;
mod programs;
mod relay;
mod relying_party;
mod screen;
mod signing_service;
mod site;
mod soft_agent;
mod soft_client;
mod softhsm;
mod wine;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

pub use browser::{Browser, Engine, Installed};
pub use card::{CardStore, Reader};
pub use demo_app::DemoApp;
pub use desktop::Desktop;
pub use dialog::Dialog;
pub use disk::Disk;
pub use driven::Driven;
pub use host::{Host, policy};
pub use identity::{Certificate, Identity, Purpose};
pub use pages::Pages;
pub use postgres::{Postgres, database};
pub use process::{Process, Slept, Stopped, children, cpu_time, free_port, peak, pss, slept};
pub use programs::{Programs, built};
pub use relay::{Answer, InChunks, Relay};
pub use relying_party::RelyingParty;
pub use screen::{NARROW_AND_WIDE, Size};
pub use signing_service::{Asked, Phone, ServiceState, SigningService, Tamper};
pub use site::{Node, Site};
pub use soft_agent::{Reply, SoftAgent, SoftCard, SoftSession};
pub use soft_client::ClientKey;
pub use softhsm::SoftToken;
pub use wine::Wine;

/// A user of the demo directory.
#[derive(Clone, Copy, Debug)]
pub struct User {
    /// The directory's user id.
    pub uid: &'static str,
    /// The name, as the directory has it.
    pub name: &'static str,
}

/// One role.
pub const AMIRA: User = User { uid: "555000000101", name: "Amira Okafor" };
/// Three roles at two organisations.
pub const TOM: User = User { uid: "555000000102", name: "Tom Lindqvist" };
/// No role.
pub const ROSA: User = User { uid: "555000000103", name: "Rosa Whitfield" };

/// The passcode of every emulated card.
pub const PASSCODE: &str = "123456";

/// Everything, as the demo needs it. Parts end in the order of the fields.
pub struct Stage {
    /// The browser.
    pub browser: Browser,
    /// The host's instance: policy, agent.
    pub host: Host,
    /// The demo app.
    pub app: DemoApp,
    /// The Identity Server.
    pub identity: Identity,
    /// The reader and the card in it.
    pub reader: Reader,
    /// The display.
    pub desktop: Desktop,
    folder: PathBuf,
}

/// Everything but a browser. Parts end in the order of the fields.
pub struct Desk {
    /// The host's instance: policy, agent.
    pub host: Host,
    /// The demo app.
    pub app: DemoApp,
    /// The Identity Server.
    pub identity: Identity,
    /// The reader and the card in it.
    pub reader: Reader,
    /// The display.
    pub desktop: Desktop,
    /// What was built.
    pub programs: Programs,
}

impl Desk {
    /// Sets it up in a folder, which keeps what a second start can use again.
    ///
    /// # Errors
    ///
    /// The part that could not be started, and what it said.
    pub fn set_up(folder: &Path, options: &Options) -> Result<Self> {
        let programs = Programs::find()?;
        let desktop = Desktop::start(options.visible).context("display")?;
        let ports = Ports::choose()?;
        let origin = format!("http://localhost:{}", ports.app);
        let identity = Identity::start(&programs, &folder.join("identity"), &origin, &ports)
            .context("identity server")?;
        let card = CardStore::for_user(&programs, &identity, folder, options.user)?;
        let reader = Reader::start(&programs, &folder.join("reader"), &card).context("reader")?;
        let app = DemoApp::start(&programs, &identity, ports.app).context("demo app")?;
        let host = Host::set_up(&folder.join("host"), &identity, &origin)?;
        Ok(Self { host, app, identity, reader, desktop, programs })
    }

    /// What the host needs of a browser's environment.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("WARDKEY_INSTANCE", self.host.folder().to_owned()),
            ("PCSCLITE_CSOCK_NAME", self.reader.socket().to_owned()),
        ]
    }
}

/// What to set up otherwise than the demo does.
#[derive(Clone, Debug)]
pub struct Options {
    /// The browser.
    pub engine: Engine,
    /// Whose card is in the reader.
    pub user: User,
    /// Show the browser's window instead of running it headless.
    pub visible: bool,
    /// Another extension to load beside ours.
    pub beside: Option<PathBuf>,
    /// A copy of ours to load in its place.
    pub extension: Option<PathBuf>,
}

impl Options {
    /// The demo's, in this browser.
    #[must_use]
    pub fn of(engine: Engine) -> Self {
        Self { engine, ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            engine: Engine::Chromium,
            user: AMIRA,
            visible: false,
            beside: None,
            extension: None,
        }
    }
}

impl Stage {
    /// Sets everything up in a folder, which keeps what a second start can use again.
    ///
    /// # Errors
    ///
    /// The part that could not be started, and what it said.
    pub async fn set_up(folder: &Path, options: &Options) -> Result<Self> {
        Self::at(Desk::set_up(folder, options)?, folder, options).await
    }

    /// Starts a browser at a desk whose policy, for example, was changed: one that runs may have an
    /// agent already.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn at(desk: Desk, folder: &Path, options: &Options) -> Result<Self> {
        let Desk { host, app, identity, reader, desktop, programs } = desk;
        let browser =
            Browser::start(&programs, folder, &identity, &host, &reader, &desktop, options)
                .await
                .context("browser")?;
        Ok(Self { browser, host, app, identity, reader, desktop, folder: folder.to_owned() })
    }

    /// Starts the browser again, with the profile that it had; the one that runs is ended first.
    ///
    /// # Errors
    ///
    /// What the browser says.
    pub async fn restart_browser(self, options: &Options) -> Result<Self> {
        let Self { browser, host, app, identity, reader, desktop, folder } = self;
        drop(browser);
        let programs = Programs::find()?;
        let browser =
            Browser::start(&programs, &folder, &identity, &host, &reader, &desktop, options)
                .await
                .context("browser")?;
        Ok(Self { browser, host, app, identity, reader, desktop, folder })
    }

    /// The folder with everything in it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The loopback ports of one stage.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The demo app, http.
    pub app: u16,
    /// The Identity Server, https.
    pub identity: u16,
    /// Its revocation lists, http.
    pub crl: u16,
}

impl Ports {
    /// Free ones.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn choose() -> Result<Self> {
        Ok(Self { app: free_port()?, identity: free_port()?, crl: free_port()? })
    }
}
