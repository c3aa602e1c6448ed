//! The dialog's own window, and a user who types.

use anyhow::{Result, ensure};
use serde_json::json;
use wardkey_tests::stage::{AMIRA, Desktop, Dialog, PASSCODE};

use crate::world::{Answers, PORT, Test, World};

pub const TRIALS: &[(&str, Test)] = &[("dialog::a_user_types_the_passcode", typed)];

fn typed(world: &mut World) -> Result<()> {
    let desktop = Desktop::start(false)?;
    world.show_on(&desktop, Answers::Typed, "")?;
    let _desk = world.desk()?;
    let mut page = world.page()?;
    let call = page.begin(PORT, "sign_in", json!({}))?;
    // The first window that Wine shows takes its time.
    let dialog = Dialog::wait(&desktop).or_else(|_| Dialog::wait(&desktop))?;
    dialog.wait_for_passcode_field()?;
    if let Some(folder) = std::env::var_os("WARDKEY_PICTURES") {
        // Kept for eyes.
        dialog.screenshot(&std::path::Path::new(&folder).join("windows-dialog.png"))?;
    }
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let answer = page.answer(PORT, call)?;
    ensure!(answer["ok"]["session"]["user"]["uid"] == AMIRA.uid, "{answer}");
    Dialog::wait_closed(&desktop)
}
