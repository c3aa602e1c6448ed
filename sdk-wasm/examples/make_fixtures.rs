//! Writes `npm/test/fixtures/`: a synthetic prescription and a note, signed under an authority made
//! on the spot with OpenSSL, for the tests of `verify`. Keys are thrown away.

use std::{
    error::Error,
    fs,
    path::Path,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use wardkey_crypto::SignatureAlgorithm;
use wardkey_signatures::{
    Commitment, Document, cades,
    eps::{self, Prescription},
    jades, pades, xades,
};

fn main() -> Result<(), Box<dyn Error>> {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = sdk.join("npm/test/fixtures");
    fs::create_dir_all(&fixtures)?;
    let work = tempfile::tempdir()?;
    let work = work.path();
    fs::write(work.join("openssl.cnf"), CONFIGURATION)?;
    fs::write(work.join("index.txt"), "")?;
    fs::write(work.join("number"), "01\n")?;
    for command in AUTHORITY {
        openssl(work, command)?;
    }
    for (name, kind) in [("prescriber", "rsa:2048"), ("nurse", "ec:P-256")] {
        signer(work, name, kind)?;
    }
    openssl(
        work,
        "ca -config openssl.cnf -gencrl -crl_lastupdate 20261123090000Z \
        -crl_nextupdate 20361123090000Z -out root.crl",
    )?;
    // What the authority's responder says of the nurse, now: OpenSSL takes the time from the clock.
    openssl(work, "ocsp -issuer root.pem -cert nurse.pem -no_nonce -reqout nurse.ocsp-request")?;
    openssl(
        work,
        "ocsp -index index.txt -CA root.pem -rsigner root.pem -rkey root.key -resp_no_certs \
        -ndays 3650 -reqin nurse.ocsp-request -respout nurse.ocsp",
    )?;

    // Another list, which has the nurse.
    openssl(work, "ca -config openssl.cnf -revoke nurse.pem -crl_reason superseded")?;
    revoked_at(work, "261101000000Z")?;
    openssl(
        work,
        "ca -config openssl.cnf -gencrl -crl_lastupdate 20261123090000Z \
        -crl_nextupdate 20361123090000Z -out root-revoked.crl",
    )?;

    let message = fs::read(sdk.join("../crates/signatures/fixtures/prescription-1.xml"))?;
    let prepared = Prescription::read(&message)?.prepare(SignatureAlgorithm::RsaPkcs1Sha256)?;
    let signature = sign(work, "prescriber", prepared.to_be_signed())?;
    let certificate = fs::read(work.join("prescriber.der"))?;
    let signed = eps::embed(&message, &prepared.assemble(&signature, &certificate))?;
    fs::write(fixtures.join("prescription.xml"), signed)?;
    fs::write(fixtures.join("note.sig"), sign(work, "nurse", NOTE)?)?;
    fs::write(fixtures.join("note.txt"), NOTE)?;
    let nurse = fs::read(work.join("nurse.der"))?;
    let request = cades::Request {
        document: Document::Octets(NOTE),
        attached: true,
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
        certificate_der: &nurse,
        chain: &[],
        signing_time: 1_795_426_200,
        commitment: Some(Commitment::ProofOfApproval),
        media_type: Some("text/plain"),
    };
    for (name, attached) in [("note.p7m", true), ("note.p7s", false)] {
        let prepared = cades::prepare(cades::Request { attached, ..request })?;
        let signature = sign(work, "nurse", prepared.to_be_signed())?;
        fs::write(fixtures.join(name), prepared.assemble(&signature)?)?;
    }
    let request = jades::Request {
        document: NOTE,
        baseline: true,
        serialization: jades::Serialization::Compact,
        attached: true,
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
        certificate_der: &nurse,
        chain: &[],
        signing_time: 1_795_426_200,
        commitment: None,
        media_type: Some("text/plain"),
    };
    // A plain JWS beside the signature of ETSI's baseline.
    for (name, baseline) in [("note.jws", true), ("note-plain.jws", false)] {
        let prepared = jades::prepare(jades::Request { baseline, ..request })?;
        let signature = sign(work, "nurse", prepared.to_be_signed())?;
        fs::write(fixtures.join(name), prepared.assemble(&signature)?)?;
    }
    fs::write(fixtures.join("letter-unsigned.xml"), LETTER)?;
    for (name, packaging, baseline) in [
        ("letter.xml", xades::Packaging::Enveloped, true),
        ("letter-beside.xml", xades::Packaging::Detached { name: "letter.xml" }, true),
        ("letter-plain.xml", xades::Packaging::Enveloped, false),
    ] {
        let prepared = xades::prepare(xades::Request {
            document: Document::Octets(LETTER),
            packaging,
            baseline,
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            certificate_der: &nurse,
            chain: &[],
            signing_time: 1_795_426_200,
            commitment: Some(Commitment::ProofOfApproval),
            media_type: Some("application/xml"),
        })?;
        let signature = sign(work, "nurse", prepared.to_be_signed())?;
        fs::write(fixtures.join(name), prepared.assemble(&signature))?;
    }
    let letter = fs::read(sdk.join("../crates/signatures/fixtures/letter.pdf"))?;
    let request = pades::Request {
        document: &letter,
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
        certificate_der: &nurse,
        chain: &[],
        signing_time: 1_795_426_200,
        commitment: Some(Commitment::ProofOfApproval),
        reason: None,
        room_for_timestamp: false,
    };
    let prepared = pades::prepare(request)?;
    let once = prepared.assemble(&sign(work, "nurse", prepared.to_be_signed())?)?;
    fs::write(fixtures.join("letter.pdf"), &once)?;
    let prepared = pades::prepare(pades::Request {
        document: &once,
        algorithm: SignatureAlgorithm::RsaPkcs1Sha256,
        certificate_der: &certificate,
        commitment: None,
        reason: Some("Seen"),
        ..request
    })?;
    let twice = prepared.assemble(&sign(work, "prescriber", prepared.to_be_signed())?)?;
    fs::write(fixtures.join("letter-twice.pdf"), twice)?;
    #[allow(clippy::disallowed_methods, reason = "the responder's time is the clock's")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    fs::write(fixtures.join("nurse.ocsp-time"), now.to_string())?;
    for name in [
        "root.pem",
        "root.crl",
        "root-revoked.crl",
        "nurse.pem",
        "nurse.ocsp",
        "nurse.ocsp-request",
    ] {
        fs::copy(work.join(name), fixtures.join(name))?;
    }
    Ok(())
}

fn signer(work: &Path, name: &str, kind: &str) -> Result<(), Box<dyn Error>> {
    let key = match kind.split_once(':') {
        Some(("rsa", bits)) => format!("-algorithm RSA -pkeyopt rsa_keygen_bits:{bits}"),
        Some((_, curve)) => format!("-algorithm EC -pkeyopt ec_paramgen_curve:{curve}"),
        None => return Err("kind".into()),
    };
    openssl(work, &format!("genpkey {key} -out {name}.key"))?;
    // The prescription's author; the nurse signs in nobody's name but her own.
    let subject = match name {
        "prescriber" => "/O=nhs/OU=People/CN=555000000102_Tom_Lindqvist",
        _ => "/O=nhs/OU=People/CN=555000000103_Rosa_Whitfield",
    };
    openssl(work, &format!("req -new -key {name}.key -subj {subject} -out {name}.csr"))?;
    openssl(
        work,
        &format!(
            "ca -config openssl.cnf -batch -notext -extensions signer \
        -startdate 20260101000000Z -enddate 20360101000000Z -in {name}.csr -out {name}.pem"
        ),
    )?;
    openssl(work, &format!("x509 -in {name}.pem -outform DER -out {name}.der"))
}

/// OpenSSL knows no other time for it than now.
fn revoked_at(work: &Path, time: &str) -> Result<(), Box<dyn Error>> {
    let line = |line: &str| {
        let mut fields: Vec<_> = line.split('\t').collect();
        let moved = format!("{time},superseded");
        if fields.first() == Some(&"R") {
            fields[2] = &moved;
        }
        fields.join("\t") + "\n"
    };
    let index: String = fs::read_to_string(work.join("index.txt"))?.lines().map(line).collect();
    Ok(fs::write(work.join("index.txt"), index)?)
}

/// RSASSA-PKCS1-v1_5 as it is; ECDSA on P-256 as `r || s`.
fn sign(work: &Path, name: &str, octets: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    fs::write(work.join("octets"), octets)?;
    openssl(work, &format!("dgst -sha256 -sign {name}.key -out signature octets"))?;
    let signature = fs::read(work.join("signature"))?;
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let raw = wardkey_crypto::Obligation::ecdsa_from_der(algorithm, &signature);
    Ok(if name == "nurse" { raw.ok_or("not ECDSA")? } else { signature })
}

fn openssl(work: &Path, arguments: &str) -> Result<(), Box<dyn Error>> {
    let output =
        Command::new("openssl").args(arguments.split_whitespace()).current_dir(work).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr)).into())
}

const AUTHORITY: [&str; 2] = [
    "req -new -config openssl.cnf -newkey rsa:2048 -nodes -keyout root.key \
     -subj /O=nhs/OU=CA/CN=Synthetic_Root -out root.csr",
    "ca -config openssl.cnf -selfsign -batch -notext -extensions authority \
     -startdate 20260101000000Z -enddate 20460101000000Z -in root.csr -out root.pem",
];

const LETTER: &[u8] = b"<letter><to>Dr Whitfield</to><body>Rest.</body></letter>\n";

const NOTE: &[u8] = b"Rest, and drink plenty.\n";

const CONFIGURATION: &str = "
[req]
distinguished_name = name
[name]
[ca]
default_ca = synthetic
[synthetic]
private_key = root.key
certificate = root.pem
new_certs_dir = .
database = index.txt
rand_serial = yes
crlnumber = number
default_md = sha256
default_days = 3650
policy = any
crl_extensions = list
[any]
organizationName = optional
organizationalUnitName = optional
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, nonRepudiation
certificatePolicies = 1.2.826.0.1.3344810.1.1.58
crlDistributionPoints = URI:http://lists.example/root.crl
authorityInfoAccess = OCSP;URI:http://ocsp.example/
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[list]
authorityKeyIdentifier = keyid
";
