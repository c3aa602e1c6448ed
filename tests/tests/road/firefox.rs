//! The same road in Firefox: the packed add-on, the host in its folder, the demo app as it is.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::json;
use wardkey_tests::stage::{Desk, Dialog, Firefox, Options, PASSCODE, Programs};

use super::at_server::PATIENCE;

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[("firefox::sign_in_sign_menu_and_pull_the_card", whole_road)];

fn whole_road() -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-firefox-").tempdir()?;
    let mut desk = Desk::set_up(folder.path(), &Options::default())?;
    let firefox =
        Firefox::start(&desk.programs, folder.path(), &desk.environment(), &desk.desktop)?;

    // Without the extension the page says so; installed, it opens its first page, which finds the host.
    firefox.open(&desk.app.url())?;
    firefox.click("#sign-in")?;
    firefox.wait_for(&shows("extension_missing"), PATIENCE)?;
    firefox.install(&Programs::find()?.extension_firefox)?;
    let welcome = Firefox::own_page("welcome/welcome.html");
    let ward = firefox.look_at_address(&welcome, PATIENCE)?;
    firefox.wait_for("document.body.dataset.state === 'ready'", PATIENCE)?;
    firefox
        .wait_for("document.querySelector('[data-step=card]').dataset.done === 'yes'", PATIENCE)?;
    picture(&firefox, "firefox-welcome")?;

    // Status, for a page of an admitted origin.
    firefox.look_at(&ward)?;
    firefox.open(&format!("{}/?test", desk.app.url()))?;
    let status = firefox.script(
        "const { connect } = await import('/sdk/dist/index.js');\
         const wardkey = await connect();\
         const status = await wardkey.status();\
         wardkey.close();\
         return status;",
    )?;
    ensure!(status["cardPresent"] == true && status["agent"].is_string(), "{status}");

    firefox.click("#sign-in")?;
    passcode(&desk)?;
    firefox.wait_for(SIGNED_IN, PATIENCE)?;
    ensure!(firefox.text("#user-name")?.contains("Okafor"));
    firefox.click("[data-prescription] input[type=checkbox]")?;
    firefox.click("#sign-selected")?;
    passcode(&desk)?;
    firefox.wait_for(
        "document.querySelector('[data-prescription][data-status=verified]')",
        PATIENCE,
    )?;

    // The menu, and the settings.
    firefox.look_at_address(&welcome, PATIENCE)?;
    firefox.go_on_to("popup/popup.html")?;
    firefox.wait_for("document.querySelector('.session .name')", PATIENCE)?;
    ensure!(firefox.text(".session .name")?.contains("Okafor"));
    ensure!(firefox.text("#apps-list")?.contains(&desk.app.url()));
    picture(&firefox, "firefox-menu")?;
    firefox.go_on_to("settings/settings.html")?;
    let granted = format!(
        "document.querySelector('[data-origin={}] [data-by=policy]')",
        json!(desk.app.url())
    );
    firefox.wait_for(&granted, PATIENCE)?;

    // What the agent tells reaches the menu and the page, by itself.
    let ticket = {
        firefox.look_at(&ward)?;
        firefox.script("return window.wardkeyDemo.ticket;")?
    };
    ensure!(desk.identity.opens(ticket.as_str().unwrap_or_default())?);
    desk.reader.pull()?;
    firefox.wait_for(SIGNED_OUT, PATIENCE)?;
    ensure!(!firefox.text("#signed-out-reason")?.is_empty());
    desk.reader.insert()?;

    // The elements, in a page of nothing else.
    firefox.open(&format!("{}/?test", desk.app.url()))?;
    firefox.script(ELEMENTS)?;
    firefox.wait_for(&element("sign-in", "ready"), PATIENCE)?;
    firefox.click_in("wardkey-sign-in", "[part=button]")?;
    passcode(&desk)?;
    firefox.wait_for(&element("sign-in", "signed-in"), PATIENCE)?;
    firefox.wait_for(&element("session", "active"), PATIENCE)?;
    picture(&firefox, "firefox-elements")?;
    let user = firefox.script(
        "return document.querySelector('wardkey-session').shadowRoot\
           .querySelector('[part=user]').textContent;",
    )?;
    ensure!(user.as_str().is_some_and(|user| user.contains("Okafor")), "{user}");
    desk.reader.pull()?;
    firefox.wait_for(&element("session", "signed-out"), PATIENCE)?;
    desk.reader.insert()
}

/// Whether an element of the package stands so.
fn element(name: &str, state: &str) -> String {
    format!("document.querySelector('wardkey-{name}').state === '{state}'")
}

fn passcode(desk: &Desk) -> Result<()> {
    let dialog = Dialog::wait(&desk.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")
}

fn shows(code: &str) -> String {
    format!("document.querySelector('#error')?.dataset.code === '{code}'")
}

/// Kept where the variable says, for eyes.
fn picture(firefox: &Firefox, name: &str) -> Result<()> {
    let Some(folder) = std::env::var_os("WARDKEY_PICTURES").map(PathBuf::from) else {
        return Ok(());
    };
    firefox.screenshot(&folder.join(format!("{name}.png")))
}

const ELEMENTS: &str = "
    await import('/sdk/dist/elements.js');
    const names = ['session', 'sign-in'];
    document.body.replaceChildren(...names.map((name) => document.createElement(`wardkey-${name}`)));";
const SIGNED_IN: &str = "document.documentElement.dataset.state === 'signed-in'";
const SIGNED_OUT: &str = "document.documentElement.dataset.state === 'signed-out'";
