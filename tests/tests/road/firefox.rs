//! What only Firefox does: the add-on is installed while a page is open, as a user does, and opens
//! its first page by itself.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use tokio::runtime::Runtime;
use wardkey_tests::stage::{Browser, Desk, Engine, Installed, Options};

use super::at_server::PATIENCE;
use crate::Test;

pub const TRIALS: &[(&str, Test)] =
    &[("firefox::installed_it_opens_its_first_page_and_serves_the_page_that_was_open", installed)];

fn installed() -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-firefox-").tempdir()?;
    let desk = Desk::set_up(folder.path(), &Options::default())?;
    let (engine, profile) = (Engine::Firefox, folder.path().join("browser"));
    ensure!(engine.install(&desk.programs, &profile).status()?.success());
    let (programs, environment, desktop) = (&desk.programs, desk.environment(), &desk.desktop);
    let nothing = Installed::Nothing;
    Runtime::new()?.block_on(async {
        let browser =
            Browser::with(engine, programs, &profile, &environment, desktop, nothing, None).await?;
        let Browser::Firefox(firefox) = &browser else { bail!("another browser") };
        firefox.open(&desk.app.url())?;
        firefox.click("#sign-in")?;
        let missing = "document.querySelector('#error')?.dataset.code === 'extension_missing'";
        firefox.wait_for(missing, PATIENCE)?;

        firefox.install(&programs.extension_firefox)?;
        let welcome = engine.own_page("welcome/welcome.html");
        let ward = firefox.look_at_address(&welcome, PATIENCE)?;
        firefox.wait_for("document.body.dataset.state === 'ready'", PATIENCE)?;
        let card = "document.querySelector('[data-step=card]').dataset.done === 'yes'";
        firefox.wait_for(card, PATIENCE)?;
        if let Some(pictures) = std::env::var_os("WARDKEY_PICTURES").map(PathBuf::from) {
            firefox.screenshot(&pictures.join("firefox-welcome.png"))?;
        }

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
        Ok(())
    })
}
