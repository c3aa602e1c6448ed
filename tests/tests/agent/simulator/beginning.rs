//! What a simulation is begun with, and beside.

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Signal;
use tempfile::TempDir;

use super::Simulated;

pub fn own_people() -> Result<()> {
    let folder = tempfile::Builder::new().prefix("wardkey-simulated-").tempdir()?;
    let users = folder.path().join("users.toml");
    fs::write(
        &users,
        "[[user]]\nname = \"Maya Patel\"\n\n[[user.role]]\nname = \"Ward Manager\"\n\
         organisation = \"Mill Road Hospital\"\n",
    )?;
    let (runtime, data) = (folder.path().join("run"), folder.path().join("data"));
    fs::create_dir(&runtime)?;
    let own = [("XDG_RUNTIME_DIR", runtime), ("XDG_DATA_HOME", data.clone())];
    let users = users.display().to_string();
    let arguments = ["--default-instance", "--answer", "--users", &users];
    let simulated = Simulated::run(&folder.path().join("simulation"), &arguments, &own)?;
    let policy = data.join("wardkey/policy.toml");
    ensure!(policy.exists() && !simulated.folder.join("agent").exists());
    let mut page = simulated.page()?;
    let user = page.sign_in()?["session"]["user"].clone();
    ensure!(user["name"].as_str().is_some_and(|name| name.contains("Patel")), "{user}");
    ensure!(user["role"]["name"] == "Ward Manager", "{user}");
    ensure!(user["role"]["organisation"] == "Mill Road Hospital", "{user}");
    ensure!(!simulated.tell("env")?.contains("WARDKEY_INSTANCE"));
    // As a service manager, or a test runner, ends it.
    simulated.process.signal(Signal::TERM)?;
    let begun = Instant::now();
    while policy.exists() {
        ensure!(begun.elapsed() < Duration::from_secs(10), "its policy was left behind");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

pub fn several_at_once() -> Result<()> {
    let folders = [(); 3].map(|()| tempfile::Builder::new().prefix("wardkey-simulated-").tempdir());
    let folders = folders.into_iter().collect::<std::io::Result<Vec<_>>>()?;
    // Made, and begun again.
    for _ in 0..2 {
        let begun: Vec<_> = thread::scope(|scope| {
            let begin = |folder: &TempDir| {
                let path = folder.path().to_owned();
                scope.spawn(move || Simulated::run(&path, &["--answer"], &[]))
            };
            let threads: Vec<_> = folders.iter().map(begin).collect();
            let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
            joined.map(|begun| begun.unwrap_or_else(|_| bail!("it panicked"))).collect()
        });
        let begun = begun.into_iter().collect::<Result<Vec<_>>>()?;
        let servers = begun.iter().map(|one| one.variable("WARDKEY_SIMULATED_SERVER"));
        let servers = servers.collect::<Result<BTreeSet<_>>>()?;
        ensure!(servers.len() == folders.len(), "{servers:?}");
        for simulated in begun {
            simulated.page()?.sign_in()?;
            simulated.quit()?;
        }
    }
    // One comes to a folder whose server's port somebody has by now.
    let folder = folders.first().context("no folder")?.path();
    let config = fs::read_to_string(folder.join("server/identity.toml"))?;
    let listen = config.lines().find_map(|line| line.strip_prefix("listen = "));
    let taken = TcpListener::bind(listen.context("no address")?.trim_matches('"'))?;
    let simulated = Simulated::run(folder, &["--answer"], &[])?;
    let port = taken.local_addr()?.port().to_string();
    ensure!(!simulated.variable("WARDKEY_SIMULATED_SERVER")?.ends_with(&port));
    simulated.page()?.sign_in()?;
    simulated.quit()
}
