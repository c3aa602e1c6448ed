//! Canonicalization and verification beside the library of `xmlsec1`, on the same files, in turn.

use std::{hint::black_box, path::Path, process::Command, time::Instant};

use anyhow::{Context as _, Result, ensure};
use wardkey_tests::figure::{Figure, median};
use wardkey_xml::{Canonicalization, Document, Limits, dsig};

use super::{PROFILE, PUBLIC_KEY, Sample, Samples};

pub fn measure(samples: &Samples) -> Result<Vec<Figure>> {
    let floor = build(samples.folder.path())?;
    let mut figures = Vec::new();
    for sample in &samples.documents {
        for (what, mode) in [("C14N", "c14n"), ("verification", "verify")] {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..RUNS {
                ours.push(match mode {
                    "c14n" => timed(sample.rounds, || canonicalize(sample))?,
                    _ => timed(sample.rounds, || verify(sample, &samples.spki))?,
                });
                let mut command = Command::new(&floor);
                command.arg(mode).arg(samples.path(sample.name)).arg(sample.rounds.to_string());
                theirs.push(nanoseconds(command.arg(samples.path(PUBLIC_KEY)))? / 1000.0);
            }
            let name = format!("XML {what}, {}", sample.name);
            let figure = Figure::new("signing", &name, "us", median(ours));
            figures.push(figure.beside("xmlsec1's library", median(theirs)).at_most_times(1.0));
        }
    }
    Ok(figures)
}

/// Parsed and canonicalized, exclusively and without comments.
fn canonicalize(sample: &Sample) -> Result<()> {
    let document = Document::parse(&sample.octets, &Limits::DEFAULT)?;
    black_box(Canonicalization::exclusive().element(document.root())?);
    Ok(())
}

/// Parsed and verified with the key.
fn verify(sample: &Sample, spki: &[u8]) -> Result<()> {
    let document = Document::parse(&sample.octets, &Limits::DEFAULT)?;
    dsig::verify(document.root(), &PROFILE, spki)?.discharge()?;
    Ok(())
}

/// Microseconds of one round.
fn timed(rounds: u32, mut round: impl FnMut() -> Result<()>) -> Result<f64> {
    let begun = Instant::now();
    for _ in 0..rounds {
        round()?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(rounds))
}

/// Builds the floor with the system's compiler and libraries.
fn build(folder: &Path) -> Result<std::path::PathBuf> {
    let program = folder.join("xmlsec-floor");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/floor/xmlsec.c");
    let flags = Command::new("pkg-config").args(["--cflags", "--libs", LIBRARY]).output()?;
    ensure!(flags.status.success(), "{LIBRARY} is missing: use `cargo xtask bench`");
    let flags = String::from_utf8(flags.stdout)?;
    let mut compile = Command::new("cc");
    compile.arg("-O2").arg(source).arg("-o").arg(&program).args(flags.split_whitespace());
    let output = compile.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(program)
}

fn nanoseconds(command: &mut Command) -> Result<f64> {
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    text.trim().parse().context("no figure")
}

const LIBRARY: &str = "xmlsec1-openssl";
const RUNS: usize = 7;
