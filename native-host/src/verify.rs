//! `verify`: who signed a file, when, and whether that holds.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use wardkey_agent_link::Instance;
use wardkey_crypto::SignatureAlgorithm;
use wardkey_pki::{Certificate, Crl, ObjectIdentifier, OcspAnswer, OcspResponse, UnixTime};
use wardkey_revocation::vouched_for;
use wardkey_signatures::{
    VerifyOptions,
    file::{self, MAX_BYTES, claimed_certificates},
    jws,
    raw::{self, RawSignature},
    report::{PathCertificate, Report, Verdict},
};

use crate::{clock, policy::Policy, server};

/// What to verify, and what to rely on.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The signature, or the file that holds it: CAdES, JAdES, PAdES, XAdES, or a signed prescription
    file: PathBuf,
    /// The document of a signature that does not hold it
    #[arg(long)]
    document: Option<PathBuf>,
    /// How FILE was made where it is a bare signature over --document, such as RS256
    #[arg(long, value_name = "NAME", requires_all = ["document", "certificate"], value_parser = algorithm)]
    algorithm: Option<SignatureAlgorithm>,
    /// The signer's certificate of a bare signature, PEM
    #[arg(long, value_name = "PEM", requires = "algorithm")]
    certificate: Option<PathBuf>,
    /// When a bare signature was made, as you know yourself; without, it is judged as if it were now
    #[arg(long, value_name = "TIME", requires = "algorithm", value_parser = time)]
    signed_at: Option<UnixTime>,
    /// A certification authority that is trusted, PEM; without, those of the policy in force
    #[arg(long, value_name = "PEM")]
    anchor: Vec<PathBuf>,
    /// An authority that may stand between the signer and an anchor, PEM
    #[arg(long, value_name = "PEM")]
    authority: Vec<PathBuf>,
    /// A timestamp authority that is trusted, or an authority above it, PEM; without this and
    /// --anchor, those of the policy in force
    #[arg(long, value_name = "PEM")]
    timestamp_anchor: Vec<PathBuf>,
    /// A revocation list, DER or PEM; those that are missing are fetched
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// What an OCSP responder answered, DER; those that are missing are asked for
    #[arg(long, value_name = "FILE")]
    ocsp: Vec<PathBuf>,
    /// Fetch nothing
    #[arg(long)]
    offline: bool,
    /// A certificate policy of which one has to hold, in dotted form
    #[arg(long, value_name = "OID")]
    policy: Vec<ObjectIdentifier>,
    /// The time of the verification, such as 2026-11-23T09:45:00Z; without, now
    #[arg(long, value_name = "TIME", value_parser = time)]
    time: Option<UnixTime>,
    /// Admit SHA-1, as old prescriptions have it
    #[arg(long)]
    dangerously_admit_sha1: bool,
    /// Admit RSA keys from 1024 bits, as old cards have them
    #[arg(long)]
    dangerously_admit_rsa_1024: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Verifies a file, and prints the report.
///
/// # Errors
///
/// When something can't be read, or the signature is not valid, so that scripts see it by the exit
/// status.
pub fn run(arguments: &Arguments, instance: &Instance) -> anyhow::Result<()> {
    let octets = read(&arguments.file)?;
    let document = arguments.document.as_deref().map(read).transpose()?;
    let report = match arguments.algorithm {
        Some(algorithm) => bare(arguments, &octets, document.as_deref(), algorithm, instance)?,
        None => {
            let options = options(arguments, claimed_certificates(&octets), instance)?;
            file::verify(&octets, document.as_deref(), &options).discharge()
        }
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    match report.verdict {
        Verdict::Valid => Ok(()),
        _ => bail!("not valid: {}", report.reason.unwrap_or_default()),
    }
}

/// The report on a bare signature.
fn bare(
    arguments: &Arguments,
    signature: &[u8],
    document: Option<&[u8]>,
    algorithm: SignatureAlgorithm,
    instance: &Instance,
) -> anyhow::Result<Report> {
    let certificates = certificates(arguments.certificate.as_slice())?;
    let signer = certificates.first().context("no certificate")?;
    let signed = RawSignature {
        document: document.context("no document")?,
        signature,
        algorithm,
        certificate_der: signer.der(),
        signed_at: arguments.signed_at,
    };
    let options = options(arguments, certificates.clone(), instance)?;
    Ok(raw::verify(&signed, &options).discharge())
}

fn options(
    arguments: &Arguments,
    claimed: Vec<Certificate>,
    instance: &Instance,
) -> anyhow::Result<VerifyOptions> {
    let mut anchors = certificates(&arguments.anchor)?;
    let mut intermediates = certificates(&arguments.authority)?;
    let mut timestamp_anchors = certificates(&arguments.timestamp_anchor)?;
    let mut required_policies = arguments.policy.clone();
    if anchors.is_empty() {
        for server in &Policy::load(instance)?.servers {
            anchors.extend(certificates(&server.signing_anchors)?);
            intermediates.extend(certificates(&server.signing_authorities)?);
            let policy = server.signing_policy.as_deref().map(ObjectIdentifier::new);
            // Who names policies or timestamp authorities means these, and no others.
            if arguments.timestamp_anchor.is_empty() {
                timestamp_anchors.extend(certificates(&server.timestamp_anchors)?);
            }
            if arguments.policy.is_empty() {
                required_policies.extend(policy.transpose()?);
            }
        }
        ensure!(!anchors.is_empty(), "nobody is trusted: name an --anchor");
    }
    let now = arguments.time.unwrap_or_else(clock::now);
    let mut crls = Vec::new();
    for path in &arguments.crl {
        let octets = read(path)?;
        let list = Crl::from_der(&octets).or_else(|_| Crl::from_pem(&octets));
        crls.push(list.with_context(|| path.display().to_string())?);
    }
    let known: Vec<&Certificate> =
        anchors.iter().chain(&intermediates).chain(&timestamp_anchors).collect();
    let issuers: Vec<&Certificate> = known.iter().copied().chain(&claimed).collect();
    let mut ocsp_answers = answers(&arguments.ocsp, &issuers)?;
    if !arguments.offline {
        let issued = vouched_for(&known, &claimed);
        let asked = intermediates.iter().chain(issued);
        let gathered = server::revocation_cache(instance)?.gather_among(asked, &issuers, now);
        for (url, error) in &gathered.failures {
            eprintln!("nothing about revocation from {url}: {error}");
        }
        crls.extend(gathered.lists);
        ocsp_answers.extend(gathered.answers);
    }
    intermediates.extend(claimed);
    Ok(VerifyOptions {
        anchors,
        intermediates,
        crls,
        ocsp_answers,
        required_policies,
        time: now,
        timestamp_anchors,
        legacy_sha1: arguments.dangerously_admit_sha1,
        legacy_rsa_1024: arguments.dangerously_admit_rsa_1024,
    })
}

fn print(report: &Report) {
    print_one(report);
    for earlier in &report.earlier {
        print!("before that: ");
        print_one(earlier);
    }
}

fn print_one(report: &Report) {
    let verdict = match report.verdict {
        Verdict::Valid => "valid",
        Verdict::Invalid => "NOT VALID",
        _ => "UNKNOWN whether it is valid",
    };
    println!("{verdict}{}", report.reason.iter().map(|r| format!(": {r}")).collect::<String>());
    report.format.iter().for_each(|format| println!("  {:<12} {format}", "format"));
    let line = |name: &str, value: &str| println!("  {name:<12} {value}");
    if let Some(signer) = &report.signer {
        line("signer", &format!("{} (certificate {})", signer.common_name, signer.serial));
    }
    for (name, value) in [
        ("claimed time", &report.claimed_time),
        ("proven time", &report.proven_time),
        ("commitment", &report.commitment),
        ("digest", &report.digest),
    ] {
        value.iter().for_each(|value| line(name, value));
    }
    if !report.covered.is_empty() {
        line("covers", &report.covered.join(", "));
    }
    report.crl_age_seconds.iter().for_each(|age| line("revocation", &format!("as of {age} s ago")));
    for (name, path) in [("path", &report.path), ("timestamp", &report.timestamp_path)] {
        for certificate in path {
            line(name, &format!("{} ({})", certificate.subject, told(certificate)));
        }
    }
    for check in &report.checks {
        let mark = if check.passed { "ok" } else { "FAILED" };
        let detail = check.detail.as_deref().unwrap_or_default();
        println!("    {mark:<7} {:<20} {detail}", check.name);
    }
}

/// What is known of a certificate's revocation.
fn told(certificate: &PathCertificate) -> String {
    match &certificate.revocation {
        Some(evidence) => {
            let word = if evidence.revoked { "revoked" } else { "not revoked" };
            format!("{word} by {} of {}", evidence.source, evidence.this_update)
        }
        None => "revocation not asked or not known".to_owned(),
    }
}

fn certificates(files: &[impl AsRef<Path>]) -> anyhow::Result<Vec<Certificate>> {
    let mut all = Vec::new();
    for path in files.iter().map(AsRef::as_ref) {
        let chain = Certificate::chain_from_pem(read(path)?);
        all.extend(chain.with_context(|| path.display().to_string())?);
    }
    Ok(all)
}

/// What responders said of any of these certificates.
fn answers(files: &[PathBuf], certificates: &[&Certificate]) -> anyhow::Result<Vec<OcspAnswer>> {
    let certificates: Vec<Certificate> = certificates.iter().copied().cloned().collect();
    let mut all = Vec::new();
    for path in files {
        let response = OcspResponse::from_der(&read(path)?);
        all.extend(response.with_context(|| path.display().to_string())?.answers(&certificates));
    }
    Ok(all)
}

/// By its JOSE name (RFC 7518, section 3.1).
fn algorithm(name: &str) -> Result<SignatureAlgorithm, String> {
    jws::algorithm_named(name).ok_or_else(|| "no algorithm that is known here".to_owned())
}

/// RFC 3339, in UTC.
fn time(text: &str) -> Result<UnixTime, String> {
    let time: der::DateTime = text.parse().map_err(|_| "not a time in UTC".to_owned())?;
    Ok(UnixTime::from_seconds(time.unix_duration().as_secs()))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut octets = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut octets));
    read.with_context(|| path.display().to_string())?;
    ensure!(octets.len() <= MAX_BYTES, "{}: longer than what is read here", path.display());
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_file_of_any_length_so_much_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let refused = read(&path).unwrap_err().to_string();
        assert!(refused.ends_with("sparse: longer than what is read here"), "{refused}");
        std::fs::write(&path, "short").unwrap();
        assert_eq!(read(&path).unwrap(), b"short");
    }
}
