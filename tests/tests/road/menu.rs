//! The extension's own pages in a real browser: the menu, the settings, and the page that walks
//! through the installation.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use wardkey_tests::stage::{
    Browser, Desk, Desktop, Dialog, Engine, Host, Installed, Options, PASSCODE, Programs, Size,
    Stage, TOM, policy,
};

use super::{
    at_server::PATIENCE,
    keyboard::{names, tab_to, walk},
};
use crate::{InBoth, Test};

pub const TRIALS: &[(&str, Test)] =
    &[("menu::what_is_let_in_one_browser_is_taken_back_in_the_other", both_browsers)];

/// In Chromium and in Firefox.
pub const IN_BOTH: &[(&str, InBoth)] = &[
    ("menu::it_shows_who_is_signed_in_and_acts_for_them", menu),
    ("menu::it_says_what_is_wrong_and_looks_again", fault),
    ("menu::what_the_user_lets_a_site_do_is_taken_back_in_the_settings", settings),
    ("menu::the_first_page_waits_for_the_host_and_ends_with_a_green_check", welcome),
];

fn menu(engine: Engine) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-menu-").tempdir()?;
    let options = Options { engine, user: TOM, ..Options::default() };
    tokio::runtime::Runtime::new()?.block_on(async {
        let mut stage = Stage::set_up(folder.path(), &options).await?;
        let browser = &stage.browser;
        browser.open(&stage.app.url()).await?;
        let ward = browser.open_beside(&browser.own_page("popup/popup.html")).await?;
        browser.wait_for("document.body.dataset.state === 'signed-out'", PATIENCE).await?;
        ensure!(browser.text("#card-text").await?.starts_with("Card in "));
        picture(browser, "menu-signed-out", MENU).await?;
        let menu = browser.open_beside("about:blank").await?;
        browser.close_tab(&ward).await?;

        // Signed in in the one tab, the other changes by itself.
        browser.click("#sign-in").await?;
        passcode(&stage.desktop)?;
        let roles = Dialog::wait(&stage.desktop)?;
        roles.wait_for_roles()?;
        roles.press("Return")?;
        browser.wait_for(SIGNED_IN, PATIENCE).await?;
        browser.look_at(&menu).await?;
        browser.wait_for("document.querySelector('.session .name')", PATIENCE).await?;
        ensure!(browser.text(".session .name").await?.contains("Lindqvist"));
        let role = browser.text(".session .role").await?;
        ensure!(browser.text(".session .left").await?.contains("left"));
        let apps = browser.text("#apps-list").await?;
        ensure!(apps.contains(&stage.app.url()) && apps.contains("signed in"), "{apps}");
        picture(browser, "menu", MENU).await?;
        ensure!(names(browser).await? == json!([0, 0]), "{}", names(browser).await?);
        let reached = walk(browser).await?;
        let controls = [".switch-role", ".sign-out", "#passcode", "#settings", "#report"];
        ensure!(reached == controls, "{reached:?}");

        // Another passcode, by the keyboard, in the agent's own dialog, which the user closes.
        tab_to(browser, "#passcode").await?;
        browser.type_into("#passcode", ENTER).await?;
        let dialog = Dialog::wait(&stage.desktop)?;
        browser.wait_for("document.querySelector('#passcode').ariaDisabled", PATIENCE).await?;
        picture(browser, "menu-passcode", MENU).await?;
        dialog.press("Escape")?;
        browser.wait_for("!document.querySelector('#passcode').ariaDisabled", PATIENCE).await?;
        ensure!(browser.text("#failed").await?.is_empty());
        browser.wait_for("document.activeElement.matches('#passcode')", PATIENCE).await?;

        // Another role, in the agent's own dialog; the session that changes keeps the focus.
        tab_to(browser, ".switch-role").await?;
        browser.type_into(".switch-role", ENTER).await?;
        let dialog = Dialog::wait(&stage.desktop)?;
        dialog.wait_for_roles()?;
        dialog.press("Down")?;
        dialog.press("Return")?;
        let changed =
            format!("document.querySelector('.session .role').textContent !== {}", json!(role));
        browser.wait_for(&changed, PATIENCE).await?;
        browser.wait_for("document.activeElement.matches('.switch-role')", PATIENCE).await?;

        // The card and the session go, and so do they from the menu.
        stage.reader.pull()?;
        let browser = &stage.browser;
        browser.wait_for("!document.querySelector('.session')", PATIENCE).await?;
        let none = "document.querySelector('#card-text').textContent === 'No card is in a reader.'";
        browser.wait_for(none, PATIENCE).await?;
        stage.reader.insert()?;
        let browser = &stage.browser;
        browser.wait_for(&format!("!({none})"), PATIENCE).await?;
        browser.look_at(&ward).await?;
        browser.wait_for(SIGNED_OUT, PATIENCE).await?;
        browser.click("#sign-in").await?;
        passcode(&stage.desktop)?;
        let roles = Dialog::wait(&stage.desktop)?;
        roles.wait_for_roles()?;
        roles.press("Return")?;
        browser.wait_for(SIGNED_IN, PATIENCE).await?;
        browser.look_at(&menu).await?;
        browser.wait_for("document.querySelector('.sign-out')", PATIENCE).await?;
        browser.click(".sign-out").await?;
        browser.wait_for("!document.querySelector('.session')", PATIENCE).await?;
        browser.look_at(&ward).await?;
        browser.wait_for(SIGNED_OUT, PATIENCE).await
    })
}

fn fault(engine: Engine) -> Result<()> {
    without_host(engine, async |browser, install, _| {
        browser.open(&browser.own_page("popup/popup.html")).await?;
        browser.wait_for("!document.querySelector('#fault').hidden", PATIENCE).await?;
        ensure!(browser.script("return document.body.dataset.state;").await? == "fault");
        ensure!(browser.text("#state").await? == "Not working");
        ensure!(browser.text("#message").await?.contains("is not installed"));
        ensure!(browser.text("#remedy").await?.starts_with("Install the Wardkey host"));
        picture(browser, "menu-fault", MENU).await?;
        browser.click("summary").await?;
        ensure!(browser.text("#code").await?.starts_with("host_missing: "));
        ensure!(names(browser).await? == json!([0, 0]), "{}", names(browser).await?);
        picture(browser, "menu-fault-details", MENU).await?;
        let reached = walk(browser).await?;
        ensure!(reached == ["summary", "#again", "#settings", "#report"], "{reached:?}");

        ensure!(install.status()?.success());
        browser.click("#again").await?;
        browser.wait_for("document.body.dataset.state === 'signed-out'", PATIENCE).await?;
        ensure!(browser.script("return document.querySelector('#fault').hidden;").await? == true);
        Ok(())
    })
}

fn settings(engine: Engine) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-menu-").tempdir()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let options = Options::of(engine);
        let desk = Desk::set_up(folder.path(), &options)?;
        let origin = leave_to_user(&desk)?;
        let stage = Stage::at(desk, folder.path(), &options).await?;
        let browser = &stage.browser;
        browser.open(&origin).await?;
        browser.click("#sign-in").await?;
        let dialog = Dialog::wait(&stage.desktop)?;
        dialog.wait_for_consent()?;
        if let Some(pictures) = std::env::var_os("WARDKEY_PICTURES").map(PathBuf::from) {
            dialog.screenshot(&pictures.join("consent.png"))?;
        }
        dialog.let_it()?;
        dialog.wait_for_passcode_field()?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        browser.wait_for(SIGNED_IN, PATIENCE).await?;

        let ward = browser.open_beside(&browser.own_page("settings/settings.html")).await?;
        let of_user = "[...document.querySelectorAll('[data-by=consent]')].map((it) => it.dataset.capability).join()";
        let given = format!("{of_user} === 'sign_in,ticket,user_details'");
        browser.wait_for(&given, PATIENCE).await?;
        picture(browser, "settings", PAGE).await?;
        ensure!(names(browser).await? == json!([0, 0]), "{}", names(browser).await?);
        let reached = walk(browser).await?;
        // One for all of the site, one for each of three, the language, the report.
        ensure!(reached.len() == 6 && reached[4] == "#language", "{reached:?}");
        renewed(browser).await?;
        tab_to(browser, "[data-capability=ticket] button").await?;
        browser.type_into("[data-capability=ticket] button", ENTER).await?;
        browser.wait_for(&format!("{of_user} === 'sign_in,user_details'"), PATIENCE).await?;
        ensure!(browser.text("#said").await? == format!("Taken back from {origin}."));
        let next = "document.activeElement.closest('[data-origin]')";
        browser.wait_for(next, PATIENCE).await.context("the focus is lost")?;
        browser.click(".site .head button").await?;
        browser.wait_for(&format!("{of_user} === ''"), PATIENCE).await?;

        // In Welsh, at once and in the next page too.
        browser.script("const it = document.querySelector('#language'); it.value = 'cy'; it.dispatchEvent(new Event('change'));").await?;
        browser.wait_for("document.documentElement.lang === 'cy'", PATIENCE).await?;
        ensure!(browser.text("h1").await? == "Gosodiadau Wardkey");
        picture(browser, "settings-cy", PAGE).await?;
        browser.open(&browser.own_page("popup/popup.html")).await?;
        browser.wait_for("document.querySelector('.sign-out')?.textContent === 'Allgofnodi'", PATIENCE).await?;

        // The site is out of the session, and asks anew.
        browser.look_at(&ward).await?;
        browser.wait_for(SIGNED_OUT, PATIENCE).await?;
        browser.click("#sign-in").await?;
        let dialog = Dialog::wait(&stage.desktop)?;
        dialog.wait_for_consent()?;
        dialog.press("Escape")?;
        let cancelled = "document.querySelector('#error')?.dataset.code === 'user_cancelled'";
        browser.wait_for(cancelled, PATIENCE).await
    })
}

/// One agent keeps what sites may do, for all browsers of the desktop.
fn both_browsers() -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-menu-").tempdir()?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let options = Options::default();
        let desk = Desk::set_up(folder.path(), &options)?;
        let origin = leave_to_user(&desk)?;
        let programs = Programs::find()?;
        let stage = Stage::at(desk, folder.path(), &options).await?;
        let (identity, host, reader) = (&stage.identity, &stage.host, &stage.reader);
        let (other, options) = (folder.path().join("other"), Options::of(Engine::Firefox));
        let firefox =
            Browser::start(&programs, &other, identity, host, reader, &stage.desktop, &options)
                .await?;
        let chromium = &stage.browser;

        // Let in Chromium.
        chromium.open(&origin).await?;
        chromium.click("#sign-in").await?;
        let dialog = Dialog::wait(&stage.desktop)?;
        dialog.wait_for_consent()?;
        dialog.let_it()?;
        dialog.wait_for_passcode_field()?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        chromium.wait_for(SIGNED_IN, PATIENCE).await?;
        let agent = stage.host.agent().context("no agent")?;

        Dialog::wait_closed(&stage.desktop)?;
        // In Firefox nobody is asked again, and it is seen there.
        firefox.open(&origin).await?;
        firefox.click("#sign-in").await?;
        firefox.wait_for(SIGNED_IN, PATIENCE).await?;
        ensure!(!Dialog::is_open(&stage.desktop), "a dialog though it was let");
        let of_user = "[...document.querySelectorAll('[data-by=consent]')].map((it) => it.dataset.capability).join()";
        let mut wards = Vec::new();
        for browser in [chromium, &firefox] {
            let settings = browser.own_page("settings/settings.html");
            wards.push(browser.open_beside(&settings).await?);
            browser.wait_for(&format!("{of_user} === 'sign_in,ticket,user_details'"), PATIENCE).await?;
        }

        // Taken back in Firefox it is gone from Chromium's settings, without a word from there.
        firefox.click(".site .head button").await?;
        for browser in [&firefox, chromium] {
            browser.wait_for(&format!("{of_user} === ''"), PATIENCE).await?;
        }
        // The site is signed out in both, and asks in both.
        for (browser, ward) in [chromium, &firefox].into_iter().zip(&wards) {
            browser.look_at(ward).await?;
            browser.wait_for(SIGNED_OUT, PATIENCE).await?;
            browser.click("#sign-in").await?;
            let dialog = Dialog::wait(&stage.desktop)?;
            dialog.wait_for_consent()?;
            dialog.press("Escape")?;
            let cancelled = "document.querySelector('#error')?.dataset.code === 'user_cancelled'";
            browser.wait_for(cancelled, PATIENCE).await?;
            Dialog::wait_closed(&stage.desktop)?;
        }
        ensure!(stage.host.agent() == Some(agent), "another agent");
        Ok(())
    })
}

/// Policy leaves to the user what the ward may do; its origin.
fn leave_to_user(desk: &Desk) -> Result<String> {
    let origin = desk.app.url();
    let usual = policy(&desk.identity, &origin);
    let asked = usual.replace("capabilities = [", "capabilities = []\nask = [");
    desk.host.write_policy(&format!("{asked}\n[consent]\ncapabilities = [\"sign_in\"]\n"))?;
    Ok(origin)
}

fn welcome(engine: Engine) -> Result<()> {
    without_host(engine, async |browser, install, instance| {
        browser.open(&browser.own_page("welcome/welcome.html")).await?;
        browser.wait_for("document.body.dataset.state === 'fault'", PATIENCE).await?;
        ensure!(browser.text("#how").await?.contains("wardkey-host install"));
        ensure!(browser.text("#host").await?.starts_with("Waiting for it."));
        let home = browser.script("return document.querySelector('#home').href;").await?;
        ensure!(home == env!("CARGO_PKG_REPOSITORY"), "{home}");
        picture(browser, "welcome", PAGE).await?;
        ensure!(names(browser).await? == json!([0, 0]), "{}", names(browser).await?);
        let reached = walk(browser).await?;
        ensure!(reached == ["#home", "#report"], "{reached:?}");

        // The user does what it says; nobody touches the page.
        ensure!(install.status()?.success());
        let wrong =
            "document.querySelector('#policy').textContent.startsWith('No policy is in force')";
        browser.wait_for(wrong, PATIENCE).await?;
        ensure!(browser.script("return document.querySelector('#done').hidden;").await? == true);
        picture(browser, "welcome-policy", PAGE).await?;
        fs::write(instance.join("policy.toml"), "development = false\n")?;
        Host::at(instance).kill_agent();
        browser.wait_for("!document.querySelector('#done').hidden", PATIENCE).await?;
        ensure!(browser.text("#done-text").await? == "Wardkey is ready on this computer.");
        ensure!(browser.text("#host").await?.contains("is running"));
        picture(browser, "welcome-done", PAGE).await
    })
}

/// A browser that has the extension and no host, and what installs the host for it.
fn without_host(
    engine: Engine,
    act: impl AsyncFnOnce(&Browser, &mut Command, &Path) -> Result<()>,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (programs, desktop) = (Programs::find()?, Desktop::start(false)?);
    let instance = folder.path().join("instance");
    let environment = [("WARDKEY_INSTANCE", instance.clone())];
    let profile = folder.path().join("profile");
    let mut install = engine.install(&programs, &profile);
    tokio::runtime::Runtime::new()?.block_on(async {
        let installed = Installed::ExtensionOnly;
        let browser =
            Browser::with(engine, &programs, &profile, &environment, &desktop, installed, None)
                .await?;
        act(&browser, &mut install, &instance).await
    })
}

fn passcode(desktop: &Desktop) -> Result<()> {
    let dialog = Dialog::wait(desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")
}

/// What a box has stays where its like is put again, with the focus and what its buttons do.
async fn renewed(browser: &Browser) -> Result<()> {
    let found = browser
        .script(
            "const { button, make, renew } = await import('/src/elements.js');\
             const box = document.body.appendChild(make('div'));\
             const pressed = [];\
             const rows = (...names) => names.map((name) => {\
               const row = make('p');\
               row.append(button(name, async () => { pressed.push(name); }));\
               return row;\
             });\
             renew(box, rows('a', 'b'));\
             const b = box.querySelector('p:last-child button');\
             b.focus();\
             const kept = [];\
             for (const names of ['ab', 'b', 'cb', 'cxb', 'xbd']) {\
               renew(box, rows(...names));\
               kept.push(document.activeElement === b && box.textContent === names);\
               b.click();\
               await Promise.resolve();\
             }\
             renew(box, rows('a'));\
             kept.push(!b.isConnected && box.textContent === 'a');\
             box.remove();\
             return [kept, pressed.join('')];",
        )
        .await?;
    ensure!(found == json!([[true, true, true, true, true, true], "bbbbb"]), "{found}");
    Ok(())
}

/// Looks at the page, at night and by day.
async fn picture(browser: &Browser, name: &str, size: Size) -> Result<()> {
    browser.screen(name, [size; 2]).await
}

const SIGNED_IN: &str = "document.documentElement.dataset.state === 'signed-in'";
const SIGNED_OUT: &str = "document.documentElement.dataset.state === 'signed-out'";
/// What WebDriver calls this key.
const ENTER: &str = "\u{e007}";
/// As wide as the browser makes a menu.
const MENU: Size = (352, 480);
const PAGE: Size = (900, 900);
