use std::{
    io::{self, Write as _},
    path::PathBuf,
    sync::Arc,
    thread,
};

use clap::Args;
use tokio::{runtime::Runtime, signal::ctrl_c, sync::oneshot};

use crate::{Ambient, Config, Listeners, Server, telemetry};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The folder that holds identity.toml.
    #[arg(long)]
    dir: PathBuf,
    /// Stop when standard input ends: a program's server ends with that program.
    #[arg(long)]
    until_input_ends: bool,
}

impl Serve {
    pub(super) fn run(self, ambient: Ambient) -> anyhow::Result<()> {
        let config = Config::read(&self.dir)?;
        let _traces = telemetry::begin(config.traces.as_ref())?;
        let listeners = Listeners::bind(&config)?;
        runtime()?.block_on(async {
            let (clock, random) = (Arc::new(ambient), Arc::new(ambient));
            let mut server = Server::start(&self.dir, listeners, clock, random).await?;
            writeln!(io::stdout(), "ready on {}", config.public_url)?;
            tokio::select! {
                failed = server.run() => failed?,
                () = asked_to_stop() => {}
                () = input_ends(), if self.until_input_ends => {}
            }
            server.stop().await;
            Ok(())
        })
    }
}

/// In a thread of its own: what blocks there keeps no runtime from shutting down.
async fn input_ends() {
    let (ends, ended) = oneshot::channel();
    thread::spawn(move || {
        // One that can't be read has ended too.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ends.send(());
    });
    let _ = ended.await;
}

pub(super) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Ctrl-C, and what service managers send.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = ctrl_c() => {}
            }
            return;
        }
    }
    // Where signals can't be awaited the server runs until it is killed.
    if ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
