use std::{io::Write as _, path::Path, sync::Arc};

use tokio::{runtime::Runtime, signal::ctrl_c};

use crate::{Ambient, Config, Listeners, Server, telemetry};

pub(super) fn run(folder: &Path, ambient: Ambient) -> anyhow::Result<()> {
    let config = Config::read(folder)?;
    let _traces = telemetry::begin(config.traces.as_ref())?;
    let listeners = Listeners::bind(&config)?;
    runtime()?.block_on(async {
        let (clock, random) = (Arc::new(ambient), Arc::new(ambient));
        let mut server = Server::start(folder, listeners, clock, random).await?;
        writeln!(std::io::stdout(), "ready on {}", config.public_url)?;
        tokio::select! {
            failed = server.run() => failed?,
            () = asked_to_stop() => {}
        }
        server.stop().await;
        Ok(())
    })
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
