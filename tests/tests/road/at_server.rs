//! A browser at the Identity Server's pages.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wardkey_tests::stage::{
    Browser, Dialog, NARROW_AND_WIDE, Options, PASSCODE, RelyingParty, Stage,
};

/// A stage with a relying party.
pub struct AtServer {
    pub party: RelyingParty,
    pub stage: Stage,
    pub runtime: Runtime,
    pub folder: TempDir,
}

impl AtServer {
    pub fn new(options: &Options) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-oidc-").tempdir()?;
        let runtime = Runtime::new()?;
        let stage = runtime.block_on(Stage::set_up(folder.path(), options))?;
        let party = RelyingParty::start(&stage.identity)?;
        Ok(Self { party, stage, runtime, folder })
    }

    pub fn open(&self, client: &str) -> Result<()> {
        self.runtime.block_on(self.stage.browser.open(&self.party.login(client)))
    }

    pub fn wait_for(&self, expression: &str) -> Result<()> {
        let waited = self.runtime.block_on(self.stage.browser.wait_for(expression, PATIENCE));
        waited.or_else(|error| {
            let page = "return location.href + ' ' + document.body?.innerText;";
            let shown = self.runtime.block_on(self.stage.browser.script(page))?;
            Err(error.context(format!("the page: {shown}")))
        })
    }

    pub fn click(&self, selector: &str) -> Result<()> {
        self.runtime.block_on(self.stage.browser.click(selector))
    }

    /// What the relying party was told.
    pub fn said(&self) -> Result<Value> {
        self.wait_for("document.querySelector('#said')")?;
        let text = self.runtime.block_on(self.stage.browser.text("#said"))?;
        serde_json::from_str(&text).context(text)
    }

    /// Types the passcode into the dialog.
    pub fn passcode(&self) -> Result<()> {
        let dialog = Dialog::wait(&self.stage.desktop)?;
        dialog.wait_for_passcode_field()?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")
    }

    /// Signs in at one of the server's own pages, in the n-th role of a user with several.
    pub fn sign_in_at(&self, path: &str, role: Option<usize>) -> Result<()> {
        self.open_page(path)?;
        self.wait_for(OFFERS)?;
        self.click("#go")?;
        self.passcode()?;
        if let Some(role) = role {
            let roles = Dialog::wait(&self.stage.desktop)?;
            roles.wait_for_roles()?;
            (1..role).try_for_each(|_| roles.press("Down"))?;
            roles.press("Return")?;
        }
        self.wait_for("document.querySelector('.console h1')")
    }

    /// Opens one of the server's own pages.
    pub fn open_page(&self, path: &str) -> Result<()> {
        let address = format!("{}{path}", self.stage.identity.url());
        self.runtime.block_on(self.stage.browser.open(&address))
    }

    /// The text of an element.
    pub fn text(&self, selector: &str) -> Result<String> {
        self.runtime.block_on(self.stage.browser.text(selector))
    }

    /// Types into an element; a file's path into a field of files.
    pub fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        self.runtime.block_on(self.stage.browser.type_into(selector, text))
    }

    /// Waits until the account page asks for a sign-in.
    pub fn wait_for_account_to_close(&self) -> Result<()> {
        let end = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < end {
            self.open_page("/wardkey/account")?;
            let asks = "return document.querySelector('#go') !== null;";
            if self.runtime.block_on(self.stage.browser.script(asks))? == Value::Bool(true) {
                return Ok(());
            }
        }
        anyhow::bail!("the account page stays open without the card")
    }

    /// A picture of the page, where the variable says that they are kept.
    pub fn picture(&self, name: &str) -> Result<()> {
        self.runtime.block_on(picture(&self.stage.browser, name))
    }
}

/// Looks at the page, on a telephone at night and by day.
pub async fn picture(browser: &Browser, name: &str) -> Result<()> {
    browser.screen(name, NARROW_AND_WIDE).await
}

pub const OFFERS: &str = "document.querySelector('#go')?.textContent === 'Sign in with smartcard' \
     && !document.querySelector('#go').hidden";
pub const TRIES_AGAIN: &str = "document.querySelector('#go')?.textContent === 'Try again'";
pub const PATIENCE: Duration = Duration::from_secs(20);
