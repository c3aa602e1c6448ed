//! `sign`: content commitment for scripts, with the agent's own dialog.

mod output;

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use wardkey_agent_link::{CallError, Instance};
use wardkey_protocol::{
    Base64, ErrorCode, Fault,
    command::sign::{
        Algorithm, Args, Commitment, Document, Format, Packaging, Serialization, Signed,
    },
    limits::MAX_DOCUMENT,
};

use crate::{clock, local};
use output::Output;

/// What to sign, and how.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The documents
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// cades, eps, eps_digest, jades, jws, pades, raw, xades or xmldsig
    #[arg(long, value_parser = named::<Format>)]
    format: Format,
    /// The signature's file, or a folder: there each is named after its document
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// detached, enveloped or enveloping
    #[arg(long, value_parser = named::<Packaging>)]
    packaging: Option<Packaging>,
    /// Such as RS256, PS256 or ES256; without, the card's first
    #[arg(long, value_parser = named::<Algorithm>)]
    algorithm: Option<Algorithm>,
    /// compact or json, for jades and jws
    #[arg(long, value_parser = named::<Serialization>)]
    serialization: Option<Serialization>,
    /// With a timestamp of the authority that the policy names
    #[arg(long)]
    timestamp: bool,
    /// Such as proof_of_approval
    #[arg(long, value_parser = named::<Commitment>)]
    commitment: Option<Commitment>,
    /// Why, for the user who is asked
    #[arg(long)]
    reason: Option<String>,
    /// The media type of the documents; without, by their names
    #[arg(long, value_name = "TYPE")]
    media_type: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What became of one document.
#[derive(Serialize)]
struct Done {
    file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

/// Has documents signed with one consent, and writes each signature whole or not at all. The exit
/// status is as for `ticket`; where some were not signed, that of the first of them.
///
/// # Errors
///
/// Where a document can't be read or a signature can't be written.
pub fn run(arguments: &Arguments, instance: &Instance) -> anyhow::Result<ExitCode> {
    // Before the user is asked, so that nothing is signed in vain.
    let outputs = output::prepare(&arguments.files, &arguments.out, ending(arguments))?;
    let args = read(arguments)?;
    let signed = match sign(instance, args) {
        Ok(signed) => signed,
        Err(fault) => return local::finish::<()>(arguments.json, Err(fault), |()| Ok(())),
    };
    let done = write(&arguments.files, outputs, signed)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&done)?);
    }
    for one in &done {
        match (&one.signature, &one.error) {
            (Some(signature), _) if !arguments.json => {
                println!("{}: {}", one.file.display(), signature.display());
            }
            (_, Some(fault)) => {
                let file = one.file.display();
                eprintln!("{file}: {} {} ({})", fault.message, fault.remedy, fault.code);
            }
            _ => {}
        }
    }
    let failed = done.iter().find_map(|one| one.error.as_ref());
    Ok(failed.map_or(ExitCode::SUCCESS, local::status))
}

/// Where the road breaks, the agent is asked once more with the same key, which never signs twice.
fn sign(instance: &Instance, args: Args) -> Result<Signed, Fault> {
    match local::connect(instance)?.sign(args.clone(), |_| {}) {
        Err(CallError::Gone) => local::connect(instance)?.sign(args, |_| {}).map_err(local::fault),
        outcome => outcome.map_err(local::fault),
    }
}

fn read(arguments: &Arguments) -> anyhow::Result<Args> {
    let documents = arguments.files.iter().enumerate().map(|(index, file)| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let media_type = arguments.media_type.as_deref().unwrap_or_else(|| media_type(file));
        Ok(Document {
            id: (index + 1).to_string(),
            name,
            media_type: media_type.to_owned(),
            content: Some(Base64(content(file)?)),
            digest: None,
            size: None,
        })
    });
    Ok(Args {
        key: clock::random_name::<16>()?,
        format: arguments.format,
        documents: documents.collect::<anyhow::Result<_>>()?,
        packaging: arguments.packaging,
        algorithm: arguments.algorithm,
        serialization: arguments.serialization,
        timestamp: arguments.timestamp,
        commitment: arguments.commitment,
        reason: arguments.reason.clone(),
    })
}

fn content(file: &Path) -> anyhow::Result<Vec<u8>> {
    use anyhow::Context as _;
    let shown = || file.display().to_string();
    let mut octets = Vec::new();
    // One more than is admitted, so that the agent says what is too large, and by which limit.
    let most = MAX_DOCUMENT as u64 + 1;
    fs::File::open(file)
        .with_context(shown)?
        .take(most)
        .read_to_end(&mut octets)
        .with_context(shown)?;
    Ok(octets)
}

fn write(files: &[PathBuf], outputs: Vec<Output>, signed: Signed) -> anyhow::Result<Vec<Done>> {
    let mut results = signed.results.into_iter();
    let pairs = files.iter().zip(outputs);
    pairs
        .map(|(file, output)| {
            let result = results.next();
            let (signature, algorithm, error) = match result {
                Some(result) => (result.signature, result.algorithm, result.error),
                None => (None, None, None),
            };
            let Some(Base64(signature)) = signature else {
                let error = error.or_else(|| Some(ErrorCode::Internal.into()));
                return Ok(Done { file: file.clone(), signature: None, algorithm: None, error });
            };
            let written = output.write(&signature)?;
            Ok(Done { file: file.clone(), signature: Some(written), algorithm, error: None })
        })
        .collect()
}

/// What a signature's file is named after its document.
fn ending(arguments: &Arguments) -> &'static str {
    let detached = arguments.packaging == Some(Packaging::Detached);
    let in_json = arguments.timestamp || arguments.serialization == Some(Serialization::Json);
    match arguments.format {
        Format::Cades if detached => "p7s",
        Format::Cades => "p7m",
        Format::Jades | Format::Jws if in_json => "json",
        Format::Jades | Format::Jws => "jws",
        Format::Pades => "pdf",
        Format::Raw => "sig",
        _ => "xml",
    }
}

/// By the ending of its name; what the agent does not know by it is not shown.
fn media_type(file: &Path) -> &'static str {
    let ending = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        "jpeg" | "jpg" => "image/jpeg",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "txt" => "text/plain",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}

/// A value by its name in the protocol.
fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::String(text.to_owned())).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
