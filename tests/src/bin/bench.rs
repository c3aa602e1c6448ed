//! Measurements. Medians over several runs, beside a floor or a peer.

#[path = "bench/agent.rs"]
mod agent;
#[path = "bench/floor.rs"]
mod floor;
#[path = "bench/identity.rs"]
mod identity;
#[path = "bench/page.rs"]
mod page;
#[path = "bench/process.rs"]
mod process;
#[path = "bench/sdk.rs"]
mod sdk;
#[path = "bench/signing.rs"]
mod signing;
#[path = "bench/sizes.rs"]
mod sizes;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Parser;
use wardkey_tests::figure::Figure;

#[derive(Parser)]
struct Arguments {
    /// Areas; all of them without a name
    areas: Vec<String>,
    /// Also write the figures to this file
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(unknown) = arguments.areas.iter().find(|area| !AREAS.contains(&area.as_str())) {
        bail!("no area `{unknown}` yet; there are: {}", AREAS.join(", "));
    }
    let wanted =
        |area: &str| arguments.areas.is_empty() || arguments.areas.iter().any(|a| a == area);
    let mut figures: Vec<Figure> = Vec::new();
    if wanted("road") {
        figures.extend(page::measure().await?);
        figures.extend(process::measure()?);
        figures.extend(sizes::extension("road")?);
    }
    if wanted("identity") {
        figures.extend(identity::measure().await?);
    }
    if wanted("signing") {
        figures.extend(signing::measure()?);
        figures.extend(sizes::npm("signing")?);
    }
    if wanted("agent") {
        figures.extend(agent::measure()?);
    }
    if wanted("sdk") {
        figures.extend(sdk::measure().await?);
        figures.extend(sizes::npm("sdk")?);
        figures.extend(sizes::extension("sdk")?);
    }
    for figure in &figures {
        println!("{}", figure.line());
    }
    if let Some(file) = &arguments.json {
        std::fs::write(file, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    Ok(())
}

const AREAS: &[&str] = &["agent", "road", "identity", "signing", "sdk"];
