//! A page with everything behind it: Identity Server, agent, card in a reader.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tempfile::TempDir;
use wardkey_tests::stage::{
    AMIRA, Browser, CardStore, Dialog, Host, Identity, NARROW_AND_WIDE, Options, PASSCODE, Pages,
    Ports, Reader, User, policy,
};

use super::world::World;

/// Parts end in the order of the fields.
pub struct Clinic<'a> {
    pub browser: Browser,
    pub reader: Reader,
    pub identity: Identity,
    world: &'a World,
    pub host: Host,
    _folder: TempDir,
}

impl<'a> Clinic<'a> {
    /// Opens a page of the app that needs no bundler, at an origin that may do everything.
    pub fn open(world: &'a mut World, page: &str) -> Result<Self> {
        Self::open_with(world, page, AMIRA, |policy| policy)
    }

    /// The same with another user's card, and with what is made of the policy.
    pub fn open_with(
        world: &'a mut World,
        page: &str,
        user: User,
        change: impl FnOnce(String) -> String,
    ) -> Result<Self> {
        let app = world.apps()?.join("plain");
        let world = &*world;
        let folder = tempfile::Builder::new().prefix("wardkey-clinic-").tempdir()?;
        let ports = Ports::choose()?;
        let pages = Pages::serve_at(ports.app, &app, &[])?;
        let origin = pages.origin();
        let (programs, path) = (&world.programs, folder.path());
        let identity = Identity::start(programs, &path.join("identity"), origin, &ports)?;
        let card = CardStore::for_user(programs, &identity, path, user)?;
        let reader = Reader::start(programs, &path.join("reader"), &card)?;
        let host = Host::with_policy(&path.join("host"), &change(policy(&identity, origin)))?;
        let browser = world.runtime.block_on(async {
            let options = Options::of(world.engine);
            let desktop = &world.desktop;
            let browser =
                Browser::start(programs, path, &identity, &host, &reader, desktop, &options)
                    .await?;
            browser.open(&pages.at(page)).await.map(|()| browser)
        })?;
        Ok(Self { browser, reader, identity, world, host, _folder: folder })
    }

    pub fn script(&self, body: &str) -> Result<Value> {
        self.world.runtime.block_on(self.browser.script(body))
    }

    pub fn click(&self, selector: &str) -> Result<()> {
        self.world.runtime.block_on(self.browser.click(selector))
    }

    /// Has the next Tab lead to the page's first control.
    pub fn to_the_top(&self) -> Result<()> {
        self.world.runtime.block_on(self.browser.to_the_top())
    }

    /// Presses a key wherever the focus is.
    pub fn press(&self, key: char) -> Result<()> {
        self.world.runtime.block_on(self.browser.press(key))
    }

    /// Clicks a button in an element's shadow.
    pub fn click_in(&self, host: &str, selector: &str) -> Result<()> {
        self.world.runtime.block_on(self.browser.click_in(host, selector))
    }

    pub fn wait_for(&self, expression: &str) -> Result<()> {
        self.world.runtime.block_on(self.browser.wait_for(expression, PATIENCE))
    }

    pub fn passcode(&self) -> Result<()> {
        let dialog = Dialog::wait(&self.world.desktop)?;
        dialog.wait_for_passcode_field()?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")
    }

    /// Chooses the role that is some lines below the first.
    pub fn role(&self, below: usize) -> Result<()> {
        let dialog = Dialog::wait(&self.world.desktop)?;
        dialog.wait_for_roles()?;
        (0..below).try_for_each(|_| dialog.press("Down"))?;
        dialog.press("Return")
    }

    /// Closes the dialog, as a user who wants none.
    pub fn no_dialog(&self) -> Result<()> {
        Dialog::wait(&self.world.desktop)?.press("Escape")?;
        self.wait_for_no_dialog()
    }

    pub fn wait_for_dialog(&self) -> Result<()> {
        Dialog::wait(&self.world.desktop).map(drop)
    }

    pub fn is_dialog_open(&self) -> bool {
        Dialog::is_open(&self.world.desktop)
    }

    /// Ends the extension's worker, as the browser does when it likes.
    pub fn end_worker(&self) -> Result<()> {
        self.world.runtime.block_on(self.browser.end_worker())
    }

    pub fn wait_for_no_dialog(&self) -> Result<()> {
        Dialog::wait_closed(&self.world.desktop)
    }

    pub fn picture(&self, name: &str) -> Result<()> {
        self.world.runtime.block_on(picture(&self.browser, name))
    }
}

/// Looks at the page, on a telephone at night and by day.
pub async fn picture(browser: &Browser, name: &str) -> Result<()> {
    browser.screen(name, NARROW_AND_WIDE).await
}

const PATIENCE: Duration = Duration::from_secs(20);
