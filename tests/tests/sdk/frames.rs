//! Documents in frames: they call by the word of the page around them, in its own tab alone.

use std::os::unix::fs::symlink;

use anyhow::{Result, ensure};
use wardkey_tests::stage::{AMIRA, Pages};

use super::{
    clinic::Clinic,
    world::{Test, With, World},
};

pub const IN_BOTH: &[(&str, Test)] = &[
    ("frames::a_frame_calls_by_the_word_of_its_own_page", by_word_of_its_page),
    ("frames::a_click_in_a_frame_opens_the_dialog", dialog),
];

fn by_word_of_its_page(world: &mut World) -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("top.html"), TOP)?;
    std::fs::write(folder.path().join("frame.html"), FRAME)?;
    symlink(world.programs.sdk.join("dist"), folder.path().join("sdk"))?;
    // Two ports, so two origins.
    let ward = world.serve_folder(folder.path(), &[])?;
    let letters = world.serve_folder(folder.path(), &[])?;
    let delegate = format!("return await delegate(['{}']);", letters.origin());

    open(world, &ward, &letters)?;
    expect(world, "origin_not_admitted, framed")?;
    ensure!(world.script(With::Everything, &delegate)? == "ok");
    expect(world, "ok")?;

    // Another tab of the same page has not said so.
    let browser = world.browser(With::Everything)?;
    let first = world.runtime.block_on(browser.open_beside(&address(&ward, &letters)))?;
    world.wait_for(With::Everything, READY)?;
    expect(world, "origin_not_admitted, framed")?;
    world.runtime.block_on(world.browser(With::Everything)?.close_tab(&first))?;
    expect(world, "ok")?;

    // The word outlives a broken road, and is taken back.
    world.host()?.kill_agent();
    world.script(With::Everything, UNTIL_OK)?;
    ensure!(world.script(With::Everything, "return await delegate([]);")? == "ok");
    expect(world, "origin_not_admitted, framed")?;

    // It ends with the document that gave it.
    ensure!(world.script(With::Everything, &delegate)? == "ok");
    expect(world, "ok")?;
    open(world, &ward, &letters)?;
    expect(world, "origin_not_admitted, framed")
}

fn dialog(world: &mut World) -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("frame.html"), SIGN_IN)?;
    symlink(world.programs.sdk.join("dist"), folder.path().join("sdk"))?;
    let letters = Pages::serve(folder.path(), &[])?;
    let admitted = format!(
        "\n[[origin]]\norigin = \"{}\"\ncapabilities = [\"sign_in\", \"user_details\"]\n",
        letters.origin()
    );
    let clinic =
        Clinic::open_with(world, "index.html", AMIRA, |policy| policy + admitted.as_str())?;
    let frame = AROUND.replace("LETTERS", letters.origin());
    clinic.script(&frame)?;
    // By a message of the page around it, without a click of its own, it opens nothing.
    clinic.script("document.querySelector('iframe').contentWindow.postMessage('sign in', '*');")?;
    clinic.wait_for("window.heard.shift() === 'gesture_required'")?;
    ensure!(!clinic.is_dialog_open());
    clinic.click("iframe")?;
    clinic.passcode()?;
    clinic.wait_for("window.heard.shift()?.includes('Okafor')")
}

/// Opens the page with the other origin's document in its frame.
fn open(world: &mut World, ward: &Pages, letters: &Pages) -> Result<()> {
    world.start(With::Everything)?;
    let browser = world.browser(With::Everything)?;
    world.runtime.block_on(browser.open(&address(ward, letters)))?;
    world.wait_for(With::Everything, READY)
}

fn address(ward: &Pages, letters: &Pages) -> String {
    format!("{}?{}", ward.at("top.html"), letters.at("frame.html"))
}

/// What a call of the frame's comes to.
fn expect(world: &World, outcome: &str) -> Result<()> {
    let said = world.script(With::Everything, "return await fromFrame();")?;
    ensure!(said == outcome, "{said}, not {outcome}");
    Ok(())
}

const UNTIL_OK: &str = "
    let said;
    for (let round = 0; round < 100; round += 1) {
      said = await fromFrame();
      if (said === 'ok') return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(said);";
const READY: &str = "document.documentElement.dataset.frame === 'ready'";

const TOP: &str = r#"<!doctype html>
<title>Ward</title>
<script type="module">
  import { connect } from "./sdk/index.js";

  const wardkey = await connect();
  const said = ({ code, details }) => [code, details.reason].filter(Boolean).join(", ");
  window.delegate = (origins) => wardkey.delegate(origins).then(() => "ok", said);
  const frame = document.createElement("iframe");
  const heard = [];
  addEventListener("message", ({ data, source }) => {
    if (source !== frame.contentWindow) return;
    if (data === "ready") document.documentElement.dataset.frame = "ready";
    else heard.shift()?.(data);
  });
  window.fromFrame = () => new Promise((resolve) => {
    heard.push(resolve);
    frame.contentWindow.postMessage("call", "*");
  });
  frame.src = location.search.slice(1);
  document.body.append(frame);
</script>
"#;

const FRAME: &str = r#"<!doctype html>
<title>Letters</title>
<script type="module">
  import { connect } from "./sdk/index.js";

  const wardkey = await connect();
  // There are no readers here: a call that gets so far was admitted.
  const said = ({ code, details }) =>
    code === "reader_service_missing" ? "ok" : [code, details.reason].filter(Boolean).join(", ");
  addEventListener("message", async ({ data, source }) => {
    if (data === "call") source.postMessage(await wardkey.cards().then(() => "ok", said), "*");
  });
  parent.postMessage("ready", "*");
</script>
"#;

/// Puts a frame into the page that is open, which lets it call.
const AROUND: &str = r#"
  const { connect } = await import("/wardkey/dist/index.js");
  window.around = await connect();
  await around.delegate(["LETTERS"]);
  window.heard = [];
  const frame = document.createElement("iframe");
  const ready = new Promise((resolve) => addEventListener("message", ({ data, source }) => {
    if (source !== frame.contentWindow) return;
    if (data === "ready") resolve();
    else heard.push(data);
  }));
  frame.src = "LETTERS/frame.html";
  document.body.append(frame);
  await ready;
"#;

const SIGN_IN: &str = r#"<!doctype html>
<title>Letters</title>
<style>html, body, button { width: 100%; height: 100%; margin: 0 }</style>
<button>Sign in</button>
<script type="module">
  import { connect } from "./sdk/index.js";

  const wardkey = await connect();
  const signIn = async () => {
    const said = await wardkey.signIn().then(({ session }) => session.user.name, ({ code }) => code);
    parent.postMessage(said, "*");
  };
  document.querySelector("button").onclick = signIn;
  addEventListener("message", signIn);
  parent.postMessage("ready", "*");
</script>
"#;
