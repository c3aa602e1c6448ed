//! Holds the card of the first reader for itself alone, until its standard input closes.

use anyhow::{Context as _, Result};
use pcsc::{Context, Protocols, Scope, ShareMode};

fn main() -> Result<()> {
    let context = Context::establish(Scope::User)?;
    let reader = context.list_readers_owned()?.into_iter().next().context("no reader")?;
    let _card = context.connect(&reader, ShareMode::Exclusive, Protocols::ANY)?;
    println!("holding");
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}
