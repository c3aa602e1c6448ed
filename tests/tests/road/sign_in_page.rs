//! The Identity Server's sign-in page in a real browser, and a relying party on another's library.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wardkey_tests::stage::{
    AMIRA, Browser, Dialog, Installed, Options, PASSCODE, Programs, RelyingParty, Stage,
};

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("sign_in_page::one_passcode_signs_in_everywhere_until_the_card_is_out", everywhere),
    ("sign_in_page::it_says_what_is_missing", missing),
    ("sign_in_page::who_cancels_goes_back_to_the_application", cancelled),
];

/// A stage with a relying party.
struct Site {
    party: RelyingParty,
    stage: Stage,
    runtime: Runtime,
    folder: TempDir,
}

impl Site {
    fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("wardkey-oidc-").tempdir()?;
        let runtime = Runtime::new()?;
        let stage = runtime.block_on(Stage::set_up(folder.path(), &Options::default()))?;
        let party = RelyingParty::start(&stage.identity)?;
        Ok(Self { party, stage, runtime, folder })
    }

    fn open(&self, client: &str) -> Result<()> {
        self.runtime.block_on(self.stage.browser.open(&self.party.login(client)))
    }

    fn wait_for(&self, expression: &str) -> Result<()> {
        let waited = self.runtime.block_on(self.stage.browser.wait_for(expression, PATIENCE));
        waited.or_else(|error| {
            let page = "return location.href + ' ' + document.body?.innerText;";
            let shown = self.runtime.block_on(self.stage.browser.script(page))?;
            Err(error.context(format!("the page: {shown}")))
        })
    }

    fn click(&self, selector: &str) -> Result<()> {
        self.runtime.block_on(self.stage.browser.click(selector))
    }

    /// What the relying party was told.
    fn said(&self) -> Result<Value> {
        self.wait_for("document.querySelector('#said')")?;
        let text = self.runtime.block_on(self.stage.browser.text("#said"))?;
        serde_json::from_str(&text).context(text)
    }
}

fn everywhere() -> Result<()> {
    let mut site = Site::new()?;
    site.open("ward")?;
    site.wait_for(OFFERS)?;
    ensure!(!Dialog::is_open(&site.stage.desktop), "a dialog without a gesture");
    site.click("#go")?;
    let dialog = Dialog::wait(&site.stage.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let said = site.said()?;
    ensure!(said["claims"]["sub"] == AMIRA.uid && said["user"]["sub"] == AMIRA.uid, "{said}");
    ensure!(said["claims"]["acr"] == "AAL3_SMARTCARD", "{said}");
    ensure!(said["claims"]["amr"] == serde_json::json!(["N3_SMARTCARD"]), "{said}");
    ensure!(said["user"]["nhsid_nrbac_roles"][0]["role_code"].is_string(), "{said}");
    ensure!(said["token_type"] == "bearer", "{said}");
    let session = said["claims"]["sid"].as_str().context("no sid")?.to_owned();

    // Another client, by PAR and DPoP: nothing is asked any more.
    site.open("strict")?;
    let said = site.said()?;
    ensure!(said["client"] == "strict" && said["token_type"] == "dpop", "{said}");
    ensure!(said["claims"]["sid"] == session, "{said}");
    ensure!(!Dialog::is_open(&site.stage.desktop), "a dialog while the session lives");

    site.stage.reader.pull()?;
    site.party.wait_for_logouts(&session)?;
    site.open("ward")?;
    site.wait_for(OFFERS)
}

fn cancelled() -> Result<()> {
    let site = Site::new()?;
    site.open("ward")?;
    site.wait_for(OFFERS)?;
    site.click("#cancel")?;
    site.wait_for("location.search.includes('error=access_denied')")
}

/// The page in a browser that lacks something, and without a card.
fn missing() -> Result<()> {
    let mut site = Site::new()?;
    let programs = Programs::find()?;
    for (installed, words) in
        [(Installed::Nothing, "extension"), (Installed::ExtensionOnly, "install")]
    {
        let profile = site.folder.path().join(format!("lacking-{words}"));
        let environment = [("WARDKEY_INSTANCE", site.folder.path().join("none"))];
        let identity = Some(&site.stage.identity);
        let desktop = &site.stage.desktop;
        site.runtime.block_on(async {
            let browser =
                Browser::with(&programs, &profile, &environment, desktop, installed, identity)
                    .await?;
            browser.open(&site.party.login("ward")).await?;
            browser.wait_for(TRIES_AGAIN, PATIENCE).await?;
            picture(&browser, words).await?;
            let said = browser.text("main").await?.to_lowercase();
            ensure!(said.contains(words), "{installed:?}: {said}");
            ensure!(said.contains("meadow ward"), "{said}");
            Ok(())
        })?;
    }
    site.stage.reader.pull()?;
    site.open("ward")?;
    site.wait_for(OFFERS)?;
    site.click("#go")?;
    site.wait_for(TRIES_AGAIN)?;
    ensure!(!Dialog::is_open(&site.stage.desktop), "a dialog without a card");
    site.runtime.block_on(async {
        let browser = &site.stage.browser;
        picture(browser, "card").await?;
        let said = browser.text("main").await?;
        ensure!(said.contains("card into the reader"), "{said}");
        Ok(())
    })
}

/// Kept where the variable says, for eyes.
async fn picture(browser: &Browser, name: &str) -> Result<()> {
    let Some(folder) = std::env::var_os("WARDKEY_PICTURES") else { return Ok(()) };
    browser.screenshot(&PathBuf::from(folder).join(format!("sign-in-{name}.png"))).await
}

const OFFERS: &str = "document.querySelector('#go')?.textContent === 'Sign in with smartcard' \
     && !document.querySelector('#go').hidden";
const TRIES_AGAIN: &str = "document.querySelector('#go')?.textContent === 'Try again'";
const PATIENCE: Duration = Duration::from_secs(20);
