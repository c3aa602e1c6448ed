use std::{net::SocketAddr, path::PathBuf};

/// A clinical web app, relying party of a Wardkey Identity Server.
#[derive(clap::Parser, Debug)]
#[command(name = "wardkey-demo-app", version)]
pub struct Arguments {
    /// The address to listen on; plain HTTP, so one of this computer.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The app's own origin, as browsers see it; the audience of its role assertions.
    #[arg(long)]
    pub origin: String,
    /// The Identity Server's base address.
    #[arg(long)]
    pub identity_server: String,
    /// The authority of the Identity Server's TLS certificate (PEM); no other is trusted.
    #[arg(long)]
    pub identity_authority: PathBuf,
    /// The certificate of the key that signs role assertions (PEM).
    #[arg(long)]
    pub assertion_certificate: PathBuf,
    /// The trust anchor of signing certificates (PEM).
    #[arg(long)]
    pub signing_anchor: PathBuf,
    /// The authority that issues signing certificates (PEM).
    #[arg(long)]
    pub signing_authority: PathBuf,
    /// A timestamp authority that is believed, or an authority above it (PEM).
    #[arg(long)]
    pub timestamp_anchor: Vec<PathBuf>,
    /// The unpacked npm package `wardkey`, served under /sdk/.
    #[arg(long)]
    pub sdk: PathBuf,
}
