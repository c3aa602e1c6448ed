//! The Identity Server's sign-in page in a real browser, and a relying party on another's library.

use anyhow::{Context as _, Result, ensure};
use wardkey_tests::stage::{
    AMIRA, Browser, Dialog, Engine, Host, Installed, Options, Programs, Reader,
};

use super::at_server::{AtServer, OFFERS, PATIENCE, TRIES_AGAIN, picture};
use crate::InBoth;

/// In Chromium and in Firefox.
pub const IN_BOTH: &[(&str, InBoth)] = &[
    ("sign_in_page::one_passcode_signs_in_everywhere_until_the_card_is_out", everywhere),
    ("sign_in_page::it_says_what_is_missing", missing),
    ("sign_in_page::who_cancels_goes_back_to_the_application", cancelled),
];

fn everywhere(engine: Engine) -> Result<()> {
    let mut site = AtServer::new(&Options::of(engine))?;
    site.open("ward")?;
    site.wait_for(OFFERS)?;
    ensure!(!Dialog::is_open(&site.stage.desktop), "a dialog without a gesture");
    site.click("#go")?;
    site.passcode()?;
    let said = site.said()?;
    ensure!(said["claims"]["sub"] == AMIRA.uid && said["user"]["sub"] == AMIRA.uid, "{said}");
    ensure!(said["claims"]["acr"] == "AAL3_SMARTCARD", "{said}");
    ensure!(said["claims"]["amr"] == serde_json::json!(["N3_SMARTCARD"]), "{said}");
    ensure!(said["user"]["nhsid_nrbac_roles"][0]["role_code"].is_string(), "{said}");
    ensure!(said["token_type"] == "bearer", "{said}");
    let session = said["claims"]["sid"].as_str().context("no sid")?.to_owned();

    Dialog::wait_closed(&site.stage.desktop)?;
    // Another client, by PAR and DPoP: nothing is asked any more.
    site.open("strict")?;
    let said = site.said()?;
    ensure!(said["client"] == "strict" && said["token_type"] == "dpop", "{said}");
    ensure!(said["claims"]["sid"] == session, "{said}");
    ensure!(!Dialog::is_open(&site.stage.desktop), "a dialog while the session lives");

    site.stage.reader.pull()?;
    site.party.wait_for_logouts(&session, &["ward", "strict"])?;
    site.open("ward")?;
    site.wait_for(OFFERS)
}

fn cancelled(engine: Engine) -> Result<()> {
    let site = AtServer::new(&Options::of(engine))?;
    site.open("ward")?;
    site.wait_for(OFFERS)?;
    site.click("#cancel")?;
    site.wait_for("location.search.includes('error=access_denied')")
}

/// The page in a browser that lacks something, and without a card.
fn missing(engine: Engine) -> Result<()> {
    let mut site = AtServer::new(&Options::of(engine))?;
    let programs = Programs::find()?;
    for (installed, words) in
        [(Installed::Nothing, "extension"), (Installed::ExtensionOnly, "install")]
    {
        let profile = site.folder.path().join(format!("lacking-{words}"));
        let environment = [("WARDKEY_INSTANCE", site.folder.path().join("none"))];
        let identity = Some(&site.stage.identity);
        let desktop = &site.stage.desktop;
        site.runtime.block_on(async {
            let browser = Browser::with(
                engine,
                &programs,
                &profile,
                &environment,
                desktop,
                installed,
                identity,
            )
            .await?;
            browser.open(&site.party.login("ward")).await?;
            browser.wait_for(TRIES_AGAIN, PATIENCE).await?;
            picture(&browser, &format!("sign-in-{words}")).await?;
            let said = browser.text("main").await?.to_lowercase();
            ensure!(said.contains(words), "{installed:?}: {said}");
            ensure!(said.contains("meadow ward"), "{said}");
            Ok(())
        })?;
    }
    no_reader(&site, engine, &programs)?;
    site.stage.reader.pull()?;
    site.open("ward")?;
    site.wait_for(OFFERS)?;
    site.click("#go")?;
    site.wait_for(TRIES_AGAIN)?;
    ensure!(!Dialog::is_open(&site.stage.desktop), "a dialog without a card");
    site.runtime.block_on(async {
        let browser = &site.stage.browser;
        picture(browser, "sign-in-card").await?;
        let said = browser.text("main").await?;
        ensure!(said.contains("card into the reader"), "{said}");
        Ok(())
    })
}

/// The page on a workstation that has no reader.
fn no_reader(site: &AtServer, engine: Engine, programs: &Programs) -> Result<()> {
    let folder = site.folder.path().join("no-reader");
    let reader = Reader::none(programs, &folder.join("reader"))?;
    let stage = &site.stage;
    let host = Host::set_up(&folder.join("host"), &stage.identity, &stage.app.url())?;
    let environment = [
        ("WARDKEY_INSTANCE", host.folder().to_owned()),
        ("PCSCLITE_CSOCK_NAME", reader.socket().to_owned()),
    ];
    let (profile, installed) = (folder.join("browser"), Installed::Everything);
    let identity = Some(&stage.identity);
    site.runtime.block_on(async {
        let desktop = &stage.desktop;
        let browser =
            Browser::with(engine, programs, &profile, &environment, desktop, installed, identity)
                .await?;
        browser.open(&site.party.login("ward")).await?;
        browser.wait_for(OFFERS, PATIENCE).await?;
        browser.click("#go").await?;
        browser.wait_for(TRIES_AGAIN, PATIENCE).await?;
        picture(&browser, "sign-in-reader").await?;
        let said = browser.text("main").await?.to_lowercase();
        ensure!(said.contains("reader"), "{said}");
        Ok(())
    })
}
