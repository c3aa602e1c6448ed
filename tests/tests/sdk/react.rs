//! A page in React, whose components know Wardkey by the hooks alone.

use std::{fs, process::Command};

use anyhow::{Context as _, Result, ensure};
use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

use super::{
    clinic::Clinic,
    world::{Test, World},
};

pub const IN_BOTH: &[(&str, Test)] = &[
    ("react::components_sign_in_sign_hear_and_go", |world| day(world, "react.html")),
    ("react::so_they_do_in_the_oldest_version_that_is_supported", |world| {
        day(world, "react-18.html")
    }),
];

fn day(world: &mut World, page: &str) -> Result<()> {
    let mut clinic = Clinic::open(world, page)?;
    clinic.wait_for(&session_is("nobody"))?;
    clinic.click("#sign-in")?;
    clinic.passcode()?;
    clinic.wait_for(&session_is("Okafor"))?;
    ensure!(heard(&clinic)? == json!(["session_started"]), "{}", heard(&clinic)?);

    clinic.click("#sign")?;
    clinic.passcode()?;
    // The card's key demands the passcode for each.
    clinic.wait_for("document.querySelector('#progress')?.value === 1")?;
    clinic.passcode()?;
    clinic.wait_for("document.querySelector('#signed')?.textContent === '2 signed'")?;
    for (place, text) in ["Rest.", "Drink plenty."].into_iter().enumerate() {
        let signed = format!(
            "const {{ signature }} = window.signed.results[{place}];
             return btoa(String.fromCharCode(...signature));"
        );
        ensure!(content(&clinic.script(&signed)?)? == text, "not what was to be signed");
    }

    // Cancelled, and so on: a component that goes takes its call along, with the dialog.
    clinic.click("#sign")?;
    clinic.wait_for_dialog()?;
    clinic.click("#cancel")?;
    clinic.wait_for_no_dialog().context("cancelled")?;
    clinic.wait_for("document.querySelector('#error')?.textContent === 'cancelled'")?;
    clinic.click("#sign")?;
    clinic.wait_for_dialog()?;
    clinic.click("#letter")?;
    clinic.wait_for_no_dialog().context("the component is gone")?;
    clinic.wait_for("window.ended.length === 3")?;
    let ended = clinic.script("return window.ended;")?;
    ensure!(ended == json!(["signed", "not signed", "not signed"]), "{ended}");

    // The next one knows nothing of it.
    clinic.click("#letter")?;
    clinic.wait_for("document.querySelector('#sign')?.disabled === false")?;
    clinic.click("#sign")?;
    clinic.wait_for_dialog()?;
    // All of them go.
    clinic.script("window.root.unmount();")?;
    clinic.wait_for_no_dialog().context("the page is gone")?;
    clinic.wait_for("window.ended.length === 4")?;
    ensure!(clinic.script("return window.ended.at(-1);")? == "not signed");

    // Shown anew the page is let in by the session that is there, and ends with the card.
    clinic.script("location.reload();")?;
    clinic.wait_for(&session_is("nobody"))?;
    clinic.wait_for("document.querySelector('#sample button:enabled')")?;
    clinic.click("#sample button")?;
    clinic.wait_for("document.querySelector('#sample p')?.textContent.includes('Okafor')")?;
    clinic.click("#sign-in")?;
    clinic.wait_for(&session_is("Okafor"))?;
    clinic.reader.pull()?;
    clinic.wait_for(&session_is("nobody"))?;
    clinic.wait_for("document.querySelector('#heard').children.length === 3")?;
    let heard = heard(&clinic)?;
    let (first, rest) = heard.as_array().and_then(|all| all.split_first()).context("nothing")?;
    ensure!(first == "session_started", "{heard}");
    ensure!(rest.contains(&json!("card_removed")), "{heard}");
    ensure!(rest.contains(&json!("session_ended card_removed")), "{heard}");
    Ok(())
}

fn session_is(name: &str) -> String {
    format!("document.querySelector('#session')?.textContent.includes('{name}')")
}

fn heard(clinic: &Clinic) -> Result<Value> {
    clinic.script("return [...document.querySelectorAll('#heard li')].map((it) => it.textContent);")
}

/// What OpenSSL finds signed in a CMS, whose signature holds.
fn content(signature: &Value) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("letter.p7m");
    fs::write(
        &file,
        Base64::decode_vec(signature.as_str().unwrap_or_default()).ok().context("base64")?,
    )?;
    let mut openssl = Command::new("openssl");
    // Whom to trust is another trial's.
    openssl.args(["cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in"]).arg(&file);
    let output = openssl.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
