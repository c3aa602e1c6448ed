use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use wardkey_pki::Certificate;

use crate::{
    Ambient, AuditEntry, Clock as _, Config,
    audit::{self, AtHead, AuditHead, ChainReport, HEAD_FILE},
    store::Store,
};

#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print how far each chain of the log has come, a JSON line each, to be kept elsewhere.
    Head {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
    },
    /// Print the log, a JSON line for each entry.
    List {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// Only what comes after this number, in each chain.
        #[arg(long, default_value_t = 0)]
        after: u64,
    },
    /// Check that no entry was changed, removed or put in.
    Verify {
        /// The folder that holds identity.toml.
        #[arg(long)]
        dir: PathBuf,
        /// What `audit head` printed earlier: the log has to go on from there.
        #[arg(long)]
        head: Option<PathBuf>,
    },
}

/// An entry, as it is printed.
#[derive(Serialize)]
struct Line<'a> {
    chain: &'a str,
    number: u64,
    at: String,
    action: &'a str,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relying_party: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    hash: String,
}

impl<'a> Line<'a> {
    fn of(entry: &'a AuditEntry) -> Self {
        let event = &entry.event;
        Self {
            chain: &entry.chain,
            number: entry.number,
            at: entry.at.to_string(),
            action: &event.action,
            outcome: &event.outcome,
            uid: event.uid.as_deref(),
            role: event.role.as_deref(),
            session: event.session.as_deref(),
            certificate: event.certificate.as_deref(),
            relying_party: event.relying_party.as_deref(),
            target: event.target.as_deref(),
            hash: base16ct::lower::encode_string(&entry.hash),
        }
    }
}

impl Audit {
    pub(super) fn run(self, ambient: &Ambient) -> anyhow::Result<()> {
        super::serve::runtime()?.block_on(async {
            match self.action {
                Action::Head { dir } => print_heads(&dir, ambient).await,
                Action::List { dir, after } => list(&dir, after).await,
                Action::Verify { dir, head } => verify(&dir, head.as_deref(), ambient).await,
            }
        })
    }
}

async fn print_heads(folder: &Path, ambient: &Ambient) -> anyhow::Result<()> {
    for report in reports(folder, ambient).await?.1 {
        sound(&report)?;
        let head = AuditHead::new(&report.chain, report.entries, &report.head);
        println!("{}", serde_json::to_string(&head)?);
    }
    Ok(())
}

async fn verify(folder: &Path, head: Option<&Path>, ambient: &Ambient) -> anyhow::Result<()> {
    let (store, reports) = reports(folder, ambient).await?;
    for report in &reports {
        sound(report)?;
        println!(
            "{}: {} entries follow each other, {} signed checkpoints agree",
            report.chain, report.entries, report.checkpoints
        );
    }
    let Some(head) = head else { return Ok(()) };
    let text = std::fs::read_to_string(head).with_context(|| head.display().to_string())?;
    for line in text.lines() {
        let head: AuditHead = serde_json::from_str(line).context("not a line of `audit head`")?;
        match head.compare(&store).await? {
            AtHead::Missing => bail!("chain {}: entry {} is missing", head.chain, head.number),
            AtHead::Other => {
                bail!("chain {}: entry {} is not the one of then", head.chain, head.number)
            }
            AtHead::Same => {}
        }
    }
    println!("the log goes on from {}", head.display());
    Ok(())
}

async fn list(folder: &Path, after: u64) -> anyhow::Result<()> {
    let store = super::open(folder).await?;
    let mut out = std::io::stdout().lock();
    for chain in store.audit_chains().await? {
        let mut after = after;
        loop {
            let entries = store.audit_after(&chain, after, PAGE).await?;
            let Some(last) = entries.last() else { break };
            after = last.number;
            for entry in &entries {
                writeln!(out, "{}", serde_json::to_string(&Line::of(entry))?)?;
            }
        }
    }
    Ok(())
}

async fn reports(folder: &Path, ambient: &Ambient) -> anyhow::Result<(Store, Vec<ChainReport>)> {
    let config = Config::read(folder)?;
    let pem = std::fs::read(&config.assertion.certificate)
        .with_context(|| config.assertion.certificate.display().to_string())?;
    let certificate = Certificate::from_pem(pem)?;
    let store = super::open(folder).await?;
    let file = folder.join(HEAD_FILE);
    let signed = AuditHead::read(&file).with_context(|| file.display().to_string())?;
    let reports = audit::verify(&store, certificate.spki(), ambient.now(), signed.as_ref()).await?;
    Ok((store, reports))
}

fn sound(report: &ChainReport) -> anyhow::Result<()> {
    match &report.fault {
        None => Ok(()),
        Some(fault) => bail!("chain {}: {fault}", report.chain),
    }
}

const PAGE: u32 = 1000;
