//! The demo: everything started on loopback, and the browser opened on it; or, headless, the
//! three steps performed and photographed.

use std::{
    io::BufRead as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use serde_json::json;
use wardkey_tests::stage::{Dialog, Options, PASSCODE, Stage, TOM};

#[derive(Parser)]
struct Arguments {
    /// Perform the three steps without anyone there
    #[arg(long, requires = "out")]
    headless: bool,
    /// Where the pictures go
    #[arg(long)]
    out: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::Builder::new().prefix("wardkey-demo-").tempdir()?;
    let options = Options { user: TOM, visible: !arguments.headless, ..Options::default() };
    let mut stage = Stage::set_up(folder.path(), &options).await?;
    stage.browser.open(&stage.app.url()).await?;
    match arguments.out {
        Some(out) if arguments.headless => perform(&mut stage, &out).await,
        _ => wait_for_commands(&mut stage),
    }
}

/// The demo by hand: the browser is open; the card is moved from the terminal.
fn wait_for_commands(stage: &mut Stage) -> Result<()> {
    println!("\nThe demo runs at {} in the browser that opened.", stage.app.url());
    if std::env::var_os("DISPLAY").is_none() {
        let display = stage.desktop.display();
        println!("There is no display here: the browser is on a virtual one, DISPLAY={display}");
    }
    println!("Tom Lindqvist's card is in the reader; its passcode is {PASSCODE}.");
    println!("Type `remove`, `insert` or `quit`.");
    for line in std::io::stdin().lock().lines() {
        match line?.trim() {
            "remove" => stage.reader.remove()?,
            "insert" => stage.reader.insert()?,
            "quit" => return Ok(()),
            _ => println!("`remove`, `insert` or `quit`"),
        }
    }
    Ok(())
}

async fn perform(stage: &mut Stage, out: &Path) -> Result<()> {
    std::fs::create_dir_all(out)?;
    let mut good = true;
    good &= report("sign_in", sign_in(stage, out).await);
    good &= report("sign", sign(stage, out).await);
    good &= report("remove_card", remove_card(stage, out).await);
    ensure!(good, "a step failed");
    Ok(())
}

fn report(step: &str, outcome: Result<Duration>) -> bool {
    let line = match &outcome {
        Ok(took) => json!({"step": step, "ok": true, "ms": took.as_millis()}),
        Err(error) => json!({"step": step, "ok": false, "error": format!("{error:#}")}),
    };
    println!("{line}");
    outcome.is_ok()
}

async fn sign_in(stage: &Stage, out: &Path) -> Result<Duration> {
    let (browser, desktop) = (&stage.browser, &stage.desktop);
    browser.screenshot(&out.join("1-signed-out.png")).await?;
    let started = Instant::now();
    browser.click("#sign-in").await?;
    let dialog = Dialog::wait(desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.screenshot(&out.join("2-dialog-passcode.png"))?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let roles = Dialog::wait(desktop)?;
    roles.wait_for_roles()?;
    roles.screenshot(&out.join("3-dialog-role.png"))?;
    roles.press("Return")?;
    browser.wait_for("document.documentElement.dataset.state === 'signed-in'", PATIENCE).await?;
    let took = started.elapsed();
    browser.screenshot(&out.join("4-signed-in.png")).await?;
    for part in ["#user-name", "#user-role", "#user-organisation"] {
        ensure!(!browser.text(part).await?.is_empty(), "{part} is empty");
    }
    Ok(took)
}

async fn sign(stage: &Stage, out: &Path) -> Result<Duration> {
    let (browser, desktop) = (&stage.browser, &stage.desktop);
    browser.click("[data-prescription] input[type=checkbox]").await?;
    browser.screenshot(&out.join("5-prescriptions.png")).await?;
    let started = Instant::now();
    browser.click("#sign-selected").await?;
    let dialog = Dialog::wait(desktop)?;
    dialog.wait_for_passcode_field()?;
    dialog.screenshot(&out.join("6-dialog-sign.png"))?;
    dialog.type_text(PASSCODE)?;
    dialog.press("Return")?;
    let verified = "document.querySelector('[data-prescription][data-status=verified]')";
    browser.wait_for(verified, PATIENCE).await?;
    let took = started.elapsed();
    browser.screenshot(&out.join("7-signed.png")).await?;
    Ok(took)
}

async fn remove_card(stage: &mut Stage, out: &Path) -> Result<Duration> {
    stage.reader.pull()?;
    let started = Instant::now();
    let browser = &stage.browser;
    browser.wait_for("document.documentElement.dataset.state === 'signed-out'", PATIENCE).await?;
    let took = started.elapsed();
    browser.screenshot(&out.join("8-card-removed.png")).await?;
    let reason = browser.text("#signed-out-reason").await.context("no reason shown")?;
    ensure!(!reason.is_empty(), "no reason shown");
    ensure!(took < Duration::from_secs(1), "the page learnt it after {took:?}");
    Ok(took)
}

const PATIENCE: Duration = Duration::from_secs(20);
