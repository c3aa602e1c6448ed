use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use crate::{
    Ambient, Clock as _, Config,
    directory::{Format, KeptDirectory, MAX_FILE, Mode, People, Report, SourceFile},
    server::people,
    store::Store,
};

#[derive(Debug, Args)]
pub(super) struct Directory {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write people, roles and organisations out.
    Export(Export),
    /// Take people, roles and organisations over from files; what is wrong is told, and then
    /// nothing is taken over.
    Import(Take),
}

#[derive(Debug, Args)]
struct Export {
    /// The folder that holds identity.toml.
    #[arg(long)]
    dir: PathBuf,
    /// How to write.
    #[arg(long)]
    format: Format,
    /// The file of LDIF, or the folder of tables; LDIF goes to the standard output without.
    #[arg(long, required_if_eq("format", "csv"))]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Take {
    /// The folder that holds identity.toml.
    #[arg(long)]
    dir: PathBuf,
    /// What the files are.
    #[arg(long)]
    format: Format,
    /// Delete what the files do not name.
    #[arg(long, conflicts_with = "skip_refused")]
    replace: bool,
    /// Take over what is right when something is wrong.
    #[arg(long)]
    skip_refused: bool,
    /// Tell what would be, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Directory {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        super::serve::runtime()?.block_on(async {
            match self.action {
                Action::Export(export) => export.run(&kept(&export.dir, ambient).await?),
                Action::Import(take) => take.run(ambient).await,
            }
        })
    }
}

impl Export {
    fn run(&self, kept: &KeptDirectory) -> anyhow::Result<()> {
        let directory = kept.current();
        match (self.format, &self.out) {
            (Format::Ldif, None) => {
                Ok(std::io::stdout().write_all(directory.to_ldif().as_bytes())?)
            }
            (Format::Ldif, Some(file)) => write(file, &directory.to_ldif()),
            (Format::Csv, out) => {
                let folder = out.as_ref().context("--out names no folder")?;
                std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
                for (name, text) in directory.to_csv()?.files() {
                    write(&folder.join(name), text)?;
                }
                Ok(())
            }
        }
    }
}

impl Take {
    async fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        let mode = match (self.replace, self.skip_refused) {
            (true, _) => Mode::Replace,
            (false, true) => Mode::MergeSkippingRefused,
            (false, false) => Mode::Merge,
        };
        let mut contents = Vec::new();
        for path in &self.files {
            contents.push((path.display().to_string(), read(path)?));
        }
        let files: Vec<SourceFile<'_>> =
            contents.iter().map(|(name, content)| SourceFile { name, content }).collect();
        let kept = kept(&self.dir, ambient).await?;
        let changes = self.format.read(&files)?;
        let import = kept.import(&changes, mode, self.dry_run, ambient.now()).await?;
        tell(&import.report);
        let refused = import.report.refused.len();
        if refused > 0 && mode != Mode::MergeSkippingRefused {
            bail!("nothing was imported; refused: {refused}");
        }
        if self.dry_run {
            println!("nothing was changed, as --dry-run asks");
        }
        Ok(())
    }
}

/// The directory that the server of this folder keeps.
async fn kept(folder: &Path, ambient: &Ambient) -> anyhow::Result<KeptDirectory> {
    let config = Config::read(folder)?;
    let store = Store::open(&config.database(folder), &config.node).await?;
    match people(&config, &store, &(Arc::new(*ambient) as _)).await? {
        People::Kept(kept) => Ok(kept),
        People::Ldap(_) => bail!("people come from the directory of [ldap]: change them there"),
    }
}

fn tell(report: &Report) {
    for refusal in &report.refused {
        eprintln!("{refusal}");
    }
    for (attribute, count) in &report.ignored {
        eprintln!("{attribute}: means nothing here, and {count} records have it");
    }
    let Report { accepted, changed, unchanged, deleted, .. } = report;
    println!(
        "{accepted} records are right: {changed} changed, {unchanged} unchanged; {deleted} people \
         and organisations go"
    );
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = || path.display().to_string();
    let limit = u64::try_from(MAX_FILE)?.saturating_add(1);
    let mut content = Vec::new();
    File::open(path)
        .with_context(name)?
        .take(limit)
        .read_to_end(&mut content)
        .with_context(name)?;
    Ok(content)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests;
