//! The extension's page with the full report, in a real browser.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wardkey_tests::stage::{Browser, Desktop, Engine, Installed, Options, Programs, Stage};

use super::{
    at_server::{PATIENCE, picture},
    keyboard::{names, walk},
};
use crate::InBoth;

/// In Chromium and in Firefox.
pub const IN_BOTH: &[(&str, InBoth)] = &[
    ("diagnostics::the_page_shows_the_hosts_report", with_host),
    ("diagnostics::the_page_says_what_to_do_without_a_host", without_host),
];

fn with_host(engine: Engine) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-page-").tempdir()?;
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let mut stage = Stage::set_up(folder.path(), &Options::of(engine)).await?;
        let browser = &stage.browser;
        browser.open(&browser.own_page("popup/popup.html")).await?;
        browser.wait_for("document.body.dataset.state === 'signed-out'", PATIENCE).await?;
        let report = browser.script("return document.querySelector('#report').href;").await?;
        browser.open(report.as_str().unwrap_or_default()).await?;
        browser.wait_for(READY, PATIENCE).await?;
        picture(browser, "diagnostics").await?;
        let codes = codes(browser).await?;
        for code in ["browser", "extension", "manifest", "agent", "card", "policy", "server", "tls"]
        {
            ensure!(codes.contains(&code.to_owned()), "{code}: {codes:?}");
        }
        names_and_order(browser).await?;

        browser.click("#copy").await?;
        browser
            .wait_for("document.querySelector('#copy').textContent === 'Copied'", PATIENCE)
            .await?;

        stage.reader.remove()?;
        let browser = &stage.browser;
        browser.click("#again").await?;
        browser.wait_for("document.querySelector('[data-code=card_missing]')", PATIENCE).await?;
        browser.wait_for(READY, PATIENCE).await?;
        let said = browser.text("[data-code=card_missing] .remedy").await?;
        ensure!(said.contains("into the reader"), "{said}");
        picture(browser, "diagnostics-no-card").await?;
        let focus = browser.script("return document.activeElement?.id;").await?;
        ensure!(focus == "again", "the focus went to {focus}");
        in_welsh(browser).await?;

        // A page is not one of the extension's own.
        browser.open(&stage.app.url()).await?;
        let reached = "const { runtime } = window.chrome ?? {};\
             return [typeof runtime?.sendMessage, typeof runtime?.connect];";
        ensure!(browser.script(reached).await? == json!(["undefined", "undefined"]));
        Ok(())
    })
}

/// All that the page says, but for what is of this very computer.
async fn in_welsh(browser: &Browser) -> Result<()> {
    browser.open(&browser.own_page("settings/settings.html")).await?;
    // There when the page listens.
    let offered = "document.querySelector('#language option[value=cy]')";
    browser.wait_for(offered, PATIENCE).await?;
    let choose = "const it = document.querySelector('#language'); it.value = 'cy'; \
                  it.dispatchEvent(new Event('change'));";
    browser.script(choose).await?;
    browser.wait_for("document.documentElement.lang === 'cy'", PATIENCE).await?;
    browser.open(&browser.own_page("diagnostics/diagnostics.html")).await?;
    browser.wait_for(READY, PATIENCE).await?;
    picture(browser, "diagnostics-welsh").await?;
    let summary = browser.text("#summary").await?;
    ensure!(summary.starts_with("Mae'n gweithio, gyd"), "{summary}");
    let words = "return ['.subject', '.state', 'summary', '.found'].map((it) => \
                 document.querySelector(`[data-code=card_missing] ${it}`).textContent);";
    let words = browser.script(words).await?;
    let finding = ["Cardiau", "Rhybudd", "Manylion", "Nid oes cerdyn mewn darllenydd."];
    ensure!(words == json!(finding), "{words}");
    let title = browser.script("return document.title;").await?;
    ensure!(title == "Wardkey ar y cyfrifiadur hwn", "{title}");
    Ok(())
}

fn without_host(engine: Engine) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (programs, desktop) = (Programs::find()?, Desktop::start(false)?);
    let environment: [(&str, PathBuf); 0] = [];
    let profile = folder.path().join("profile");
    Runtime::new()?.block_on(async {
        let installed = Installed::ExtensionOnly;
        let browser =
            Browser::with(engine, &programs, &profile, &environment, &desktop, installed, None)
                .await?;
        browser.open(&browser.own_page("diagnostics/diagnostics.html")).await?;
        browser.wait_for(READY, PATIENCE).await?;
        picture(&browser, "diagnostics-no-host").await?;
        let codes = codes(&browser).await?;
        let wanted = ["host_missing", "browser_may_be_sandboxed", "browser", "extension"];
        ensure!(codes == wanted, "{codes:?}");
        let said = browser.text("#to-do").await?;
        ensure!(said.contains("Install the Wardkey host"), "{said}");
        ensure!(browser.text("#summary").await?.contains("1 problem"));
        names_and_order(&browser).await
    })
}

/// Every control has a name and can be reached by the keyboard, in the order of the page.
async fn names_and_order(browser: &Browser) -> Result<()> {
    ensure!(names(browser).await? == json!([0, 0]), "{}", names(browser).await?);
    let reached = walk(browser).await?;
    let (buttons, folds) = reached.split_at(2.min(reached.len()));
    ensure!(buttons == ["#again", "#copy"], "{reached:?}");
    ensure!(!folds.is_empty() && folds.iter().all(|it| it == "summary"), "{reached:?}");
    let found = browser
        .script(
            "const levels = [...document.querySelectorAll('h1, h2')].map((it) => it.tagName);\
             return [levels[0], document.documentElement.lang, document.querySelector('#summary').role];",
        )
        .await?;
    ensure!(found == json!(["H1", "en", "status"]), "{found}");
    Ok(())
}

async fn codes(browser: &Browser) -> Result<Vec<String>> {
    let codes = browser
        .script(
            "return [...document.querySelectorAll('[data-code]')].map((it) => it.dataset.code);",
        )
        .await?;
    let codes = codes.as_array().cloned().unwrap_or_default();
    Ok(codes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

const READY: &str = "document.querySelector('#report')?.getAttribute('aria-busy') === 'false'";
