#[path = "signing/batch.rs"]
mod batch;
#[path = "signing/large.rs"]
mod large;
#[path = "signing/page.rs"]
mod page;
#[path = "signing/xml.rs"]
mod xml;

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use wardkey_crypto::SignatureAlgorithm;
use wardkey_tests::{
    figure::Figure,
    stage::{AMIRA, Site, built},
};
use wardkey_xml::{Document, Limits, dsig};

/// Content commitment: XML beside the library of others, in a program and in a page; batches; a
/// large document.
pub fn measure() -> Result<Vec<Figure>> {
    let samples = Samples::make()?;
    let mut figures = xml::measure(&samples)?;
    figures.extend(page::measure(&samples)?);
    figures.extend(batch::measure()?);
    figures.extend(large::measure()?);
    Ok(figures)
}

/// Signed XML, one prescription long and a hundred, and the authority behind its signer.
struct Samples {
    folder: TempDir,
    spki: Vec<u8>,
    documents: Vec<Sample>,
}

struct Sample {
    name: &'static str,
    octets: Vec<u8>,
    /// How often it is read in one run.
    rounds: u32,
}

impl Samples {
    fn make() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let program = built("wardkey-identity")?;
        let site = Site::init(&program, &folder.path().join(SITE), "http://localhost:8300")?;
        let samples = Self { folder, spki: Vec::new(), documents: Vec::new() };
        samples.openssl(&["genrsa", "-out", "key.pem", "2048"])?;
        samples.openssl(&["rsa", "-in", "key.pem", "-pubout", "-out", PUBLIC_KEY])?;
        let mut issue = Command::new(&program);
        issue.arg("issue").arg("--dir").arg(site.folder()).args(["--uid", AMIRA.uid]);
        issue.args(["--purpose", "content", "--public-key"]).arg(samples.path(PUBLIC_KEY));
        let issued = issue.arg("--out").arg(samples.path(CERTIFICATE)).status()?;
        ensure!(issued.success(), "wardkey-identity issue: {issued}");
        let spki = samples.openssl(&["rsa", "-in", "key.pem", "-pubout", "-outform", "DER"])?;
        let certificate = samples.openssl(&["x509", "-in", CERTIFICATE, "-outform", "DER"])?;
        let sizes = [("7 KB", 1, 1000), ("700 KB", 100, 15)];
        let documents = sizes.map(|(name, prescriptions, rounds)| {
            let octets = samples.sign(&document(prescriptions)?, &certificate)?;
            fs::write(samples.path(name), &octets)?;
            Ok(Sample { name, octets, rounds })
        });
        let documents = documents.into_iter().collect::<Result<_>>()?;
        Ok(Self { spki, documents, ..samples })
    }

    fn sign(&self, source: &[u8], certificate: &[u8]) -> Result<Vec<u8>> {
        let parsed = Document::parse(source, &Limits::DEFAULT)?;
        let algorithm = SignatureAlgorithm::RsaPkcs1Sha256;
        let prepared = dsig::prepare(source, parsed.root(), &PROFILE, algorithm)?;
        fs::write(self.path("signed-info"), prepared.to_be_signed())?;
        let signature = self.openssl(&["dgst", "-sha256", "-sign", "key.pem", "signed-info"])?;
        Ok(prepared.assemble(&signature, Some(certificate)))
    }

    fn openssl(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let output = Command::new("openssl").args(arguments).current_dir(&self.folder).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(output.stdout)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Some prescriptions, as they stand in the fixtures, in an element that can be signed.
fn document(prescriptions: usize) -> Result<Vec<u8>> {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/signatures/fixtures/prescription-1.xml");
    let text = fs::read_to_string(file)?;
    let start = text.find("?>").map_or(0, |end| end + 2);
    let one = text.get(start..).context("no element")?.trim();
    let all = one.repeat(prescriptions);
    Ok(format!("<batch xmlns=\"urn:wardkey:bench\" Id=\"b1\">{all}</batch>").into_bytes())
}

const PROFILE: dsig::Profile<'static> = dsig::Profile::new("Id");
const CERTIFICATE: &str = "crt.pem";
const PUBLIC_KEY: &str = "pub.pem";
const SITE: &str = "site";
