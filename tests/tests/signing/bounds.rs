//! The largest files that are verified, and larger and hostile ones that are refused, each in a program
//! that may have so much memory and time and no more.

use std::{fs, io::Write as _, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use wardkey_signatures::file::MAX_BYTES;
use wardkey_tests::stage::Programs;

use super::trust::Trust;

type Test = fn() -> Result<()>;

pub const TRIALS: &[(&str, Test)] = &[
    ("bounds::the_largest_file_is_verified_and_a_larger_one_is_not_read", largest),
    ("bounds::what_would_be_many_times_its_size_is_refused", hostile),
];

fn largest() -> Result<()> {
    let trust = Trust::new("http://127.0.0.1:1/list")?;
    trust.certify("1_RSA", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "signer")?;
    let document = vec![b'a'; MAX_BYTES - BESIDE];
    fs::write(trust.path("document"), &document)?;
    let sign = "cms -sign -cades -md sha256 -nodetach -binary -signer 1_RSA.pem -inkey 1_RSA.key";
    trust.openssl(&format!("{sign} -in document -outform DER -out signed"))?;
    let length = fs::metadata(trust.path("signed"))?.len();
    let room = (MAX_BYTES as u64).checked_sub(length).context("too long")?;
    ensure!(room < BESIDE as u64, "{room} octets are left");
    let report = verify(&trust, "signed", MUCH)?;
    ensure!(report["verdict"] == "valid", "{report}");

    // What follows is refused by its length alone.
    let mut longer = fs::OpenOptions::new().append(true).open(trust.path("signed"))?;
    longer.write_all(&vec![0; usize::try_from(room)? + 1])?;
    let refused = verify(&trust, "signed", MUCH).map(|report| report.to_string());
    let error = refused.err().context("it was read")?.to_string();
    ensure!(error.contains("longer than what is read here"), "{error}");
    Ok(())
}

fn hostile() -> Result<()> {
    let trust = Trust::new("http://127.0.0.1:1/list")?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk-wasm/npm/test/fixtures");
    let letter = fs::read_to_string(fixtures.join("letter.xml"))?;
    let repeated = |piece: &str, octets: usize| piece.repeat(octets / piece.len());
    let large = 16_000_000;
    // Trees of what nobody asked for.
    let zeros = repeated("0,", large);
    let member = format!("{{\"payload\":\"\",\"more\":[{zeros}0]}}");
    let component =
        format!("{{\"header\":{{\"etsiU\":[{{\"more\":[{zeros}0]}}]}},\"payload\":\"\"}}");
    let components = format!("{{\"header\":{{\"etsiU\":[{}\"\"]}}}}", repeated("\"\",", large));
    let signature = "{\"protected\":\"\",\"signature\":\"\"},";
    let signatures = format!("{{\"signatures\":[{}0]}}", repeated(signature, large));
    // A declaration that canonicalization writes at each of many elements.
    let declaration = format!("<letter xmlns:p=\"urn:{}\"", "a".repeat(1000));
    let uses = repeated("<p:x/>", 2_000_000);
    let amplified = letter.replacen("<letter", &declaration, 1).replacen(
        "<ds:Signature ",
        &format!("{uses}<ds:Signature "),
        1,
    );
    // Hardly anything but attributes.
    let element = "<b c='' d='' e='' f='' g='' h='' i='' j=''/>";
    let attributes = format!("<a>{}</a>", repeated(element, 4_000_000));
    let entries = repeated("0000000000 65535 f\r\n", 20_100_000);
    let references =
        format!("%PDF-1.4\nxref\n0 1005000\n{entries}trailer\n<< >>\nstartxref\n9\n%%EOF\n");
    let indefinite = [[0x30, 0x80].repeat(large / 4), vec![0; large / 2]].concat();
    for (name, octets, reason) in [
        ("a member", member.as_bytes(), "unknown field `more`"),
        ("a component", component.as_bytes(), "the header is missing"),
        ("components", components.as_bytes(), "the header is missing"),
        ("signatures", signatures.as_bytes(), "not exactly one item"),
        ("declarations", amplified.as_bytes(), "its canonical form is too large"),
        ("attributes", attributes.as_bytes(), "no ParentPrescription"),
        ("references", references.as_bytes(), "too large, too deep or too tangled"),
        ("indefinite lengths", &indefinite, "not a SignedData"),
    ] {
        fs::write(trust.path("hostile"), octets)?;
        let report = verify(&trust, "hostile", LITTLE).context(name)?;
        ensure!(report["verdict"] == "invalid", "{name}: {report}");
        let checks = report["checks"].as_array().context("no checks")?;
        let said = checks.last().and_then(|check| check["detail"].as_str()).unwrap_or_default();
        ensure!(said.contains(reason), "{name}: {said}");
        println!("{name:<20} {:>9} octets: {said}", octets.len());
    }
    Ok(())
}

/// The report of the program, which has so many KB of addresses, and so many seconds of a processor.
fn verify(trust: &Trust, file: &str, memory: u64) -> Result<Value> {
    let empty = tempfile::tempdir()?;
    let mut shell = Command::new("sh");
    let limits = format!("ulimit -v {memory} && ulimit -t {SECONDS} && exec \"$@\"");
    shell.arg("-c").arg(limits).arg("sh");
    shell.arg(Programs::find()?.host).args(["verify", file, "--json", "--offline"]);
    shell.args(["--anchor", "root.pem", "--crl", "root.crl"]).current_dir(trust.path(""));
    let output = shell.env("WARDKEY_INSTANCE", empty.path()).output()?;
    ensure!(output.status.code().is_some(), "ended by the system: {}", output.status);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).context(errors)
}

/// Several times the largest file; the program itself takes some of it.
const MUCH: u64 = 1_500_000;
/// Much less than a tree of all that there is in the files that get it.
const LITTLE: u64 = 300_000;
/// Room for what stands beside a document in a signature.
const BESIDE: usize = 8 * 1024;
/// Several times what any of them takes, without optimisation and on a slow processor.
const SECONDS: u64 = 30;
