//! The package for Edge, in Chromium, as there is no Edge here. It has no key, so that its id is not ours,
//! as one from a store has an id of the store's.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use anyhow::{Result, ensure};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;
use wardkey_tests::stage::{Browser, Desktop, Engine, Host, Installed, Pages, Programs};

use super::at_server::PATIENCE;
use crate::Test;

pub const TRIALS: &[(&str, Test)] =
    &[("edge::its_package_finds_the_host_that_was_installed_for_its_id", package)];

fn package() -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-edge-").tempdir()?;
    let path = folder.path().canonicalize()?;
    let extension = path.join("extension");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../extension");
    let mut unpack = Command::new("node");
    unpack.arg(own.join("unpack.mjs")).arg(own.join("dist/wardkey-edge.zip")).arg(&extension);
    ensure!(unpack.status()?.success(), "unpack.mjs");
    let id = id_at(&extension);
    let programs = Programs { extension, ..Programs::find()? };

    // An app that asks what there is.
    let app = path.join("app");
    fs::create_dir(&app)?;
    fs::write(app.join("index.html"), "<!doctype html>\n<html lang=\"en\"></html>\n")?;
    symlink(programs.sdk.join("dist"), app.join("dist"))?;
    let app = Pages::serve(&app, &[])?;

    let desktop = Desktop::start(false)?;
    // The agent has to know it, too.
    let policy = format!("extensions = [\"{id}\"]\n");
    let host = Host::with_policy(&path.join("instance"), &policy)?;
    let environment = [("WARDKEY_INSTANCE", host.folder().to_owned())];
    let profile = path.join("profile");
    let mut install = Command::new(&programs.host);
    install.args(["install", "--browser", "edge", "--extension-id", &id, "--manifest-dir"]);
    install.arg(profile.join("NativeMessagingHosts"));
    Runtime::new()?.block_on(async {
        let (engine, installed) = (Engine::Chromium, Installed::ExtensionOnly);
        let browser =
            Browser::with(engine, &programs, &profile, &environment, &desktop, installed, None)
                .await?;
        browser.open(&format!("chrome-extension://{id}/src/welcome/welcome.html")).await?;
        browser.wait_for("document.body.dataset.state === 'fault'", PATIENCE).await?;
        ensure!(install.status()?.success(), "install");
        browser.wait_for("!document.querySelector('#done').hidden", PATIENCE).await?;
        let key = browser.script("return chrome.runtime.getManifest().key ?? null;").await?;
        ensure!(key.is_null(), "it has a key");

        browser.open(app.origin()).await?;
        let status = "const { connect } = await import('/dist/index.js');
            const wardkey = await connect();
            return (await wardkey.status()).agent;";
        ensure!(browser.script(status).await? == env!("CARGO_PKG_VERSION"));
        Ok(())
    })
}

/// The id that Chromium gives an extension without a key: of the digest of where it is, 128 bits in
/// letters from `a` to `p`.
fn id_at(folder: &Path) -> String {
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let halves = digest[..16].iter().flat_map(|octet| [octet >> 4, octet & 15]);
    halves.map(|half| char::from(b'a' + half)).collect()
}
