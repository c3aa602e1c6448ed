//! A clinical web app on a ward, relying party of a Wardkey Identity Server.
//!
//! The page signs in by smartcard and has prescriptions signed; this backend believes nothing of
//! what the page says: it fetches and checks the role assertion itself, asks the Identity Server
//! whether the session still stands, and verifies every signature.
#![forbid(unsafe_code)]

mod ambient;
mod app;
mod arguments;
mod fault;
mod identity;
mod lists;
mod note;
mod page;
mod prescription;
mod session;
mod signed_file;
#[cfg(test)]
mod testing;
mod verification;

use std::{io::Write as _, path::Path, sync::Arc};

use anyhow::Context as _;
use clap::Parser as _;

use crate::{
    ambient::Ambient, app::App, arguments::Arguments, identity::HttpsIdentityServer,
    lists::HttpLists, session::Sessions, verification::Verification,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    anyhow::ensure!(
        arguments.listen.ip().is_loopback(),
        "the app speaks plain HTTP, so it listens on this computer only"
    );
    let app = Arc::new(app(&arguments)?);
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    let mut out = std::io::stdout();
    writeln!(out, "ready on {}", arguments.origin)?;
    out.flush()?;
    axum::serve(listener, app::router(app, &arguments.sdk))
        .with_graceful_shutdown(async {
            // Without the handler the signal ends the program at once, which is as well.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}

fn app(arguments: &Arguments) -> anyhow::Result<App> {
    let authority = read(&arguments.identity_authority)?;
    let timestamp_anchors = arguments.timestamp_anchor.iter().map(|path| read(path));
    let timestamp_anchors = timestamp_anchors.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(App {
        origin: arguments.origin.trim_end_matches('/').to_owned(),
        assertion_key: verification::assertion_key(&read(&arguments.assertion_certificate)?)?,
        identity: Box::new(HttpsIdentityServer::new(&arguments.identity_server, &authority)?),
        sessions: Sessions::default(),
        verification: Verification::new(
            &read(&arguments.signing_anchor)?,
            &read(&arguments.signing_authority)?,
            HttpLists::new(),
        )?
        .trusting_timestamps(&timestamp_anchors)?,
        uploads: signed_file::Bounds::new(signed_file::PATIENCE),
        ambient: Ambient::COMPUTER,
    })
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| path.display().to_string())
}
