//! The ready-made elements: a day with a card, what is missing, and another language.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::{Browser, Installed};

use super::{
    clinic::{Clinic, picture},
    world::{Test, With, World},
};

pub const TRIALS: &[(&str, Test)] = &[
    ("elements::sign_in_sign_and_pull_the_card", day),
    ("elements::what_is_missing_is_said_with_where_to_get_it", missing),
    ("elements::words_follow_the_language_of_the_page", language),
];

fn day(world: &mut World) -> Result<()> {
    let mut clinic = Clinic::open(world, "elements.html")?;
    clinic.wait_for("document.querySelector('wardkey-sign-in').state === 'ready'")?;
    clinic.wait_for("document.querySelector('wardkey-session').state === 'signed-out'")?;
    clinic.picture("elements-ready")?;

    clinic.click_in("wardkey-sign-in", "[part=button]")?;
    clinic.wait_for_dialog()?;
    clinic.picture("elements-busy")?;
    let focus = "return document.activeElement.shadowRoot?.activeElement?.part.value;";
    ensure!(clinic.script(focus)? == "button", "the focus is lost");
    clinic.click_in("wardkey-sign-in", "[part=cancel]")?;
    clinic.wait_for("document.querySelector('wardkey-sign-in').state === 'ready'")?;
    clinic.wait_for_no_dialog()?;
    clinic.click_in("wardkey-sign-in", "[part=button]")?;
    clinic.passcode()?;
    clinic.wait_for("document.querySelector('wardkey-sign-in').state === 'signed-in'")?;
    clinic.wait_for("document.querySelector('wardkey-session').state === 'active'")?;
    let user = "return document.querySelector('wardkey-session').shadowRoot
        .querySelector('[part=user]').textContent;";
    let user = clinic.script(user)?;
    ensure!(user.as_str().is_some_and(|user| user.contains("Okafor")), "{user}");
    let ticket = "return window.heard.find(({ name }) => name === 'wardkey-signed-in')
        .detail.ticket;";
    let ticket = clinic.script(ticket)?;
    ensure!(clinic.identity.opens(ticket.as_str().unwrap_or_default())?);
    clinic.picture("elements-signed-in")?;

    clinic.click_in("wardkey-sign", "[part=button]")?;
    clinic.passcode()?;
    // The card's key demands the passcode for each.
    let progress = "document.querySelector('wardkey-sign').shadowRoot.querySelector('progress')";
    clinic.wait_for(&format!("{progress}.value === 1"))?;
    clinic.picture("elements-signing")?;
    clinic.passcode()?;
    clinic.wait_for("document.querySelector('wardkey-sign').state === 'signed'")?;
    let signed = "const { detail } = window.heard.find(({ name }) => name === 'wardkey-signed');
        return detail.results.map(({ id, signature }) => [id, signature[0]]);";
    // Each is DER.
    ensure!(clinic.script(signed)? == json!([["1", 0x30], ["2", 0x30]]));
    clinic.picture("elements-signed")?;

    clinic.reader.pull()?;
    clinic.wait_for("document.querySelector('wardkey-session').state === 'signed-out'")?;
    clinic.wait_for(&shows("wardkey-sign-in", "card-missing"))?;
    clinic.picture("elements-card-missing")?;
    Ok(())
}

fn missing(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    world.open(With::Nothing, &pages, "elements.html")?;
    world.wait_for(With::Nothing, &shows("wardkey-sign-in", "extension-missing"))?;
    let help = "const { shadowRoot } = document.querySelector('wardkey-sign-in');
        const status = shadowRoot.querySelector('[role=status]');
        return { link: status.querySelector('a').href, text: status.querySelector('a').textContent,
          again: status.querySelector('button').textContent };";
    let said = world.script(With::Nothing, help)?;
    let expected = json!({
        "link": "https://ward.example/extension",
        "text": "Get the Wardkey extension",
        "again": "Reload this page",
    });
    ensure!(said == expected, "{said}");
    world.runtime.block_on(picture(world.browser(With::Nothing)?, "elements-no-extension"))?;

    // Where the extension is but no host, in a browser of its own.
    let profile = tempfile::tempdir()?;
    let (programs, desktop) = (&world.programs, &world.desktop);
    let address = pages.at("elements.html");
    world.runtime.block_on(async {
        let installed = Installed::ExtensionOnly;
        let browser =
            Browser::with(programs, profile.path(), &[], desktop, installed, None).await?;
        browser.open(&address).await?;
        browser.wait_for(&shows("wardkey-sign-in", "host-missing"), PATIENCE).await?;
        let link = "return document.querySelector('wardkey-sign-in').shadowRoot
            .querySelector('[role=status] a').href;";
        ensure!(browser.script(link).await? == "https://ward.example/host");
        picture(&browser, "elements-no-host").await
    })
}

fn language(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    world.open(With::Everything, &pages, "elements.html")?;
    let ready = "document.querySelector('wardkey-sign-in').state === 'ready'";
    world.wait_for(With::Everything, ready)?;
    let label = |world: &World, before: &str| -> Result<Value> {
        let script = format!(
            "{before};
             const element = document.querySelector('wardkey-sign-in');
             element.setAttribute('extension-href', 'x');
             return element.shadowRoot.querySelector('slot').textContent;"
        );
        world.script(With::Everything, &script)
    };
    ensure!(label(world, "")? == "Sign in with smartcard");
    let welsh = "document.documentElement.lang = 'cy-GB'";
    ensure!(label(world, welsh)? == "Mewngofnodi gyda cherdyn clyfar");
    let own = "const { setWords } = await import('./wardkey/dist/elements.js');
        setWords('ga', { sign_in: 'Sínigh isteach' });
        document.querySelector('wardkey-sign-in').lang = 'ga'";
    ensure!(label(world, own)? == "Sínigh isteach");
    Ok(())
}

/// Whether an element shows help with what is missing.
fn shows(element: &str, slot: &str) -> String {
    format!("document.querySelector('{element}').shadowRoot?.querySelector('slot[name={slot}]')")
}

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
