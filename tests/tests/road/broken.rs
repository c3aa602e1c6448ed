//! Parts of the road that go while a call is under way: each call ends with a typed error or with
//! its result, its dialog closes, and the next call works.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::runtime::Runtime;
use wardkey_tests::stage::{
    Browser, Desk, Dialog, Engine, Options, PASSCODE, Programs, Stage, Stopped,
};

use crate::InBoth;

/// In Chromium and in Firefox.
pub const IN_BOTH: &[(&str, InBoth)] = &[
    ("broken::the_worker_dies_the_extension_is_updated_and_the_browser_restarts", browser),
    ("broken::the_extension_is_removed_under_a_call", removed),
    ("broken::the_agent_is_stopped_under_a_call", stopped),
    ("broken::the_host_is_updated_under_a_call", host),
];

fn browser(engine: Engine) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-broken-").tempdir()?;
    let programs = Programs::find()?;
    // A copy, which is updated.
    let unpacked = folder.path().join("extension");
    copy(&programs.extension, &unpacked)?;
    let extension = (engine == Engine::Chromium).then(|| unpacked.clone());
    let options = Options { extension, ..Options::of(engine) };
    Runtime::new()?.block_on(async {
        let stage = Stage::set_up(folder.path(), &options).await?;
        let (ward, browser) = (format!("{}/?test", stage.app.url()), &stage.browser);
        browser.open(&ward).await?;
        sign_in(&stage).await?;
        let agent = stage.host.agent().context("no agent")?;

        // The worker dies.
        begin(&stage).await?;
        let page = browser.open_beside(&browser.own_page("popup/popup.html")).await?;
        browser.wait_for("document.querySelector('.session')", PATIENCE).await?;
        browser.end_worker().await?;
        Dialog::wait_closed(&stage.desktop)?;
        // The menu comes back by itself.
        browser.wait_for("document.querySelector('.session')", PATIENCE).await?;
        browser.close_tab(&page).await?;
        ended(browser).await.context("the worker died")?;
        works(&stage).await.context("after the worker died")?;

        // The extension is updated.
        begin(&stage).await?;
        let page = browser.open_beside(&browser.own_page("settings/settings.html")).await?;
        update(browser, &unpacked).await?;
        Dialog::wait_closed(&stage.desktop)?;
        browser.look_at(&page).await?;
        ended(browser).await.context("the extension was updated")?;
        updated(browser).await?;
        browser.open(&ward).await?;
        works(&stage).await.context("after the update")?;

        // The browser restarts; the agent and the session go on.
        begin(&stage).await?;
        let stage = stage.restart_browser(&options).await?;
        Dialog::wait_closed(&stage.desktop)?;
        stage.browser.open(&ward).await?;
        works(&stage).await.context("after the restart")?;
        ensure!(stage.host.agent() == Some(agent), "another agent");
        Ok(())
    })
}

/// Nothing comes in its place: the call ends all the same, and the next one says what is missing.
fn removed(engine: Engine) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-broken-").tempdir()?;
    Runtime::new()?.block_on(async {
        let stage = under_way(folder.path(), engine).await?;
        let browser = &stage.browser;
        if let Browser::Firefox(firefox) = browser {
            firefox.remove_extension()?;
        } else {
            let ward = browser.open_beside(&browser.own_page("settings/settings.html")).await?;
            // It takes this page with it.
            let uninstall = "setTimeout(() => chrome.management.uninstallSelf(), 50);";
            let _ = browser.script(uninstall).await;
            browser.look_at(&ward).await?;
        }
        Dialog::wait_closed(&stage.desktop)?;
        until(browser, "window.ended !== undefined").await?;
        let ended = browser.script("return window.ended;").await?;
        ensure!(ended == "outcome_unknown", "the call came to {ended}");
        let next = "return await window.own.status().then(() => 'answered', ({ code }) => code);";
        let next = browser.script(next).await?;
        ensure!(next == "extension_missing", "the next call came to {next}");
        Ok(())
    })
}

/// An agent that is there and answers nothing, as one that hangs.
fn stopped(engine: Engine) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-broken-").tempdir()?;
    Runtime::new()?.block_on(async {
        let stage = under_way(folder.path(), engine).await?;
        let browser = &stage.browser;
        if engine == Engine::Chromium {
            // A user who takes their time is waited for, whatever the browser.
            tokio::time::sleep(LONGER_THAN_SILENCE).await;
            ensure!(browser.script("return window.ended === undefined;").await? == true);
            ensure!(Dialog::is_open(&stage.desktop), "the dialog closed");
        }

        let agent = stage.host.agent().context("no agent")?;
        let stop = Stopped::new(agent)?;
        until(browser, "window.ended !== undefined").await?;
        let ended = browser.script("return window.ended;").await?;
        ensure!(ended == "outcome_unknown", "the call came to {ended}");

        // Before its session's lease lapses.
        drop(stop);
        Dialog::wait_closed(&stage.desktop)?;
        until(browser, ENDED).await?;
        // The extension waits a little before it tries again.
        let begun = Instant::now();
        while browser.script(NEXT_CALL).await? != "answered" {
            ensure!(begun.elapsed() < PATIENCE, "no call is answered");
        }
        works(&stage).await?;
        ensure!(stage.host.agent() == Some(agent), "another agent");
        Ok(())
    })
}

/// A ward that is signed in to, and a call of its page under way.
async fn under_way(folder: &Path, engine: Engine) -> Result<Stage> {
    let stage = Stage::set_up(folder, &Options::of(engine)).await?;
    stage.browser.open(&format!("{}/?test", stage.app.url())).await?;
    sign_in(&stage).await?;
    begin(&stage).await?;
    Ok(stage)
}

/// Begins to sign by a call of the page's own, up to the dialog.
async fn begin(stage: &Stage) -> Result<()> {
    stage.browser.script(OWN_CALL).await?;
    stage.browser.click("#own-call").await?;
    let dialog = Dialog::wait(&stage.desktop)?;
    dialog.wait_for_passcode_field()
}

/// A newer version takes the extension's place; its own pages go with the old one.
async fn update(browser: &Browser, unpacked: &Path) -> Result<()> {
    let manifest = unpacked.join("manifest.json");
    if let Browser::Firefox(firefox) = browser {
        let newer = unpacked.with_extension("xpi");
        let archive = Programs::find()?.extension_firefox;
        let mut repack = Command::new("node");
        repack.args(["--input-type=module", "--eval", REPACK]).arg(archive).arg(&newer);
        ensure!(repack.current_dir(env!("CARGO_MANIFEST_DIR")).status()?.success(), "{REPACK}");
        return firefox.install(&newer);
    }
    let text = fs::read_to_string(&manifest)?;
    fs::write(&manifest, text.replace("\"version\": \"", "\"version\": \"1."))?;
    // It takes this page with it.
    let _ = browser.script("setTimeout(() => chrome.runtime.reload(), 50);").await;
    Ok(())
}

/// The extension is there again, in its new version.
async fn updated(browser: &Browser) -> Result<()> {
    let begun = Instant::now();
    let version = "return globalThis.chrome?.runtime?.getManifest?.().version;";
    loop {
        // An address of an extension that is not there shows an error page.
        let opened = browser.open(&browser.own_page("settings/settings.html")).await;
        let told = if opened.is_ok() { browser.script(version).await.ok() } else { None };
        if told.as_ref().and_then(|told| told.as_str()).is_some_and(|told| told.starts_with("1.")) {
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "the extension is {told:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The call has ended by itself, as what may or may not have been done; the page knows that it has
/// to sign in anew, or says why.
async fn ended(browser: &Browser) -> Result<()> {
    until(browser, "window.ended !== undefined").await?;
    let ended = browser.script("return window.ended;").await?;
    ensure!(ended == "outcome_unknown", "the call came to {ended}");
    until(browser, ENDED).await
}

async fn until(browser: &Browser, expression: &str) -> Result<()> {
    let waited = browser.wait_for(expression, PATIENCE).await;
    if let Err(error) = waited {
        let shown = browser
            .script(
                "return [document.documentElement.dataset.state, document.visibilityState,\
                 document.querySelector('#error')?.innerText, window.wardkeyDemo.log.slice(-9)];",
            )
            .await?;
        return Err(error.context(format!("the page: {shown}")));
    }
    Ok(())
}

/// Whoever is in the session is let in without a dialog, and signs.
async fn works(stage: &Stage) -> Result<()> {
    let browser = &stage.browser;
    Dialog::wait_closed(&stage.desktop)?;
    if browser.script(&format!("return {SIGNED_OUT};")).await? == true {
        browser.click("#sign-in").await?;
    }
    until(browser, SIGNED_IN).await?;
    ensure!(!Dialog::is_open(&stage.desktop), "a dialog though the session goes on");
    browser.click("#sign-note").await?;
    let dialog = Dialog::wait(&stage.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    browser.wait_for("document.querySelector('#note-status[data-status=verified]')", PATIENCE).await
}

async fn sign_in(stage: &Stage) -> Result<()> {
    stage.browser.click("#sign-in").await?;
    let dialog = Dialog::wait(&stage.desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    stage.browser.wait_for(SIGNED_IN, PATIENCE).await
}

/// A package's update replaces the program while a dialog of its is open.
/// A later version of the host is unpacked over the one that runs.
fn host(engine: Engine) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-broken-").tempdir()?;
    let options = Options::of(engine);
    let mut desk = Desk::set_up(folder.path(), &options)?;
    let built = std::mem::replace(&mut desk.programs.host, folder.path().join("wardkey-host"));
    let installed = desk.programs.host.clone();
    fs::copy(&built, &installed)?;
    Runtime::new()?.block_on(async {
        let mut stage = Stage::at(desk, folder.path(), &options).await?;
        let browser = &stage.browser;
        browser.open(&format!("{}/?test", stage.app.url())).await?;
        sign_in(&stage).await?;
        let agent = stage.host.agent().context("no agent")?;
        begin(&stage).await?;

        update_host(&installed)?;
        let dialog = Dialog::wait(&stage.desktop)?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        until(browser, "window.ended !== undefined").await?;
        let ended = browser.script("return window.ended;").await?;
        ensure!(ended == "signed", "the call came to {ended}");

        // The later relay, with the agent and the session that were there.
        browser.end_worker().await?;
        works(&stage).await.context("after the update")?;
        ensure!(stage.host.agent() == Some(agent), "another agent");
        ensure!(browser.script(AGENT).await? == VERSION, "{}", browser.script(AGENT).await?);

        // The next agent is of the later version too.
        stage.host.kill_agent();
        let begun = Instant::now();
        while browser.script(AGENT).await? != LATER {
            ensure!(begun.elapsed() < PATIENCE, "{}", browser.script(AGENT).await?);
        }
        sign_in(&stage).await?;
        works(&stage).await.context("with the later agent")?;

        // What was asked for before all of that is still told, once.
        stage.reader.pull()?;
        let browser = &stage.browser;
        browser.wait_for("window.heard.length > 0", PATIENCE).await.context("nothing is told")?;
        // Whatever comes with it has come by then.
        let heard = browser.script("await window.own.status(); return window.heard;").await?;
        ensure!(heard == json!(["card_removed"]), "{heard}");
        Ok(())
    })
}

/// Has a later version in its place, as `dpkg` puts it there: the same program, with another number.
fn update_host(installed: &Path) -> Result<()> {
    let mut sed = Command::new("sed");
    sed.env("LC_ALL", "C").arg(format!("s/{}/{LATER}/g", VERSION.replace('.', "\\.")));
    let later = sed.arg(installed).output()?;
    ensure!(later.status.success(), "{}", String::from_utf8_lossy(&later.stderr));
    let new = installed.with_extension("dpkg-new");
    fs::write(&new, later.stdout)?;
    fs::set_permissions(&new, fs::metadata(installed)?.permissions())?;
    fs::rename(&new, installed)?;
    let said = Command::new(installed).arg("--version").output()?.stdout;
    ensure!(String::from_utf8(said)?.trim().ends_with(LATER), "the same version");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

const SIGNED_IN: &str = "document.documentElement.dataset.state === 'signed-in'";
const SIGNED_OUT: &str = "document.documentElement.dataset.state === 'signed-out'";
const ENDED: &str = "document.documentElement.dataset.state === 'signed-out' || document.querySelector('#error')?.dataset.code";
const PATIENCE: Duration = Duration::from_secs(20);
/// Five seconds before the agent is asked, and five more for its answer.
const LONGER_THAN_SILENCE: Duration = Duration::from_secs(12);
/// Over a connection of its own.
const NEXT_CALL: &str = "
    const { connect } = await import('/sdk/dist/index.js');
    const call = async () => (await connect()).status();
    return await call().then(() => 'answered', ({ code }) => code ?? 'no code');";

/// Which version the agent says that it is.
const AGENT: &str = "
    const { connect } = await import('/sdk/dist/index.js');
    const call = async () => (await connect()).status();
    return await call().then(({ agent }) => agent, ({ code }) => code ?? 'no code');";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// As long as the other.
const LATER: &str = "9.9.9";

/// A button that signs over a connection of its own, and keeps what becomes of the call.
const OWN_CALL: &str = "
    const { connect } = await import('/sdk/dist/index.js');
    if (!window.own) {
      window.heard = [];
      window.own = await connect();
      window.own.on('card_removed', () => window.heard.push('card_removed'));
    }
    window.ended = undefined;
    document.querySelector('#own-call')?.remove();
    const button = document.createElement('button');
    button.id = 'own-call';
    button.textContent = 'Sign';
    button.style = 'position: fixed; top: 0; left: 0; z-index: 9999';
    button.onclick = () => window.own.sign({
      format: 'raw',
      documents: [{ id: '1', name: 'Note', mediaType: 'text/plain', content: 'Seen.' }],
    }).then(() => (window.ended = 'signed'), (error) => (window.ended = error.code ?? String(error)));
    document.body.append(button);";

/// Makes a newer version of an add-on.
const REPACK: &str = "
    import { readFileSync, writeFileSync } from 'node:fs';
    import { unzip, zip } from '../extension/zip.mjs';
    const [archive, newer] = process.argv.slice(1);
    const files = unzip(readFileSync(archive));
    const manifest = files.find(({ name }) => name === 'manifest.json');
    const { version, ...rest } = JSON.parse(manifest.content);
    manifest.content = Buffer.from(JSON.stringify({ ...rest, version: `1.${version}` }));
    writeFileSync(newer, zip(files));";
