//! `cargo xtask fuzz`: what strangers send, changed at random by libFuzzer, which looks for new ways
//! through the code. A developer's tool, not a test: `tests/fuzz` builds by itself, on stable Rust.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use crate::command::{self, cargo, repository};

#[derive(clap::Args)]
pub struct Arguments {
    /// Targets: `der`, `message`, `signed_file`, `spine`, `xml`; all of them without a name
    targets: Vec<String>,
    /// How long each runs, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let built = command::built()?.with_file_name("fuzz");
    let manifest = repository().join("tests/fuzz/Cargo.toml");
    let mut build = cargo();
    build.args(["build", "--quiet", "--release", "--manifest-path"]).arg(&manifest);
    // With a target named, build scripts are left as they are.
    let host = command::host()?;
    build.args(["--target", &host]).arg("--target-dir").arg(&built);
    build.env("RUSTFLAGS", INSTRUMENTED);
    command::run(&mut build)?;
    let targets = match &*arguments.targets {
        [] => TARGETS.map(str::to_owned).to_vec(),
        named => named.to_vec(),
    };
    for target in &targets {
        println!("{target}:");
        let corpus = built.join("corpus").join(target);
        fs::create_dir_all(&corpus)?;
        let mut fuzz =
            command::command(&built.join(&host).join("release").join(target).display().to_string());
        // What is found stays in the corpus, which lies with what is built; finds that end it go
        // beside.
        fuzz.arg(&corpus).args(seeds(target)).arg(format!("-max_total_time={}", arguments.seconds));
        fuzz.arg(format!("-artifact_prefix={}/{target}-", built.display()));
        fuzz.args(["-print_final_stats=1", "-verbosity=0", "-rss_limit_mb=1024", "-timeout=10"]);
        command::run(&mut fuzz).with_context(|| target.clone())?;
    }
    Ok(())
}

/// The folders of what a target begins with, all of it synthetic.
fn seeds(target: &str) -> Vec<PathBuf> {
    let own = repository().join("tests/fuzz/seeds").join(target);
    if own.is_dir() { vec![own] } else { SEEDS.map(|folder| repository().join(folder)).to_vec() }
}

const TARGETS: [&str; 5] = ["der", "message", "signed_file", "spine", "xml"];
const SEEDS: [&str; 2] = ["sdk-wasm/npm/test/fixtures", "crates/signatures/fixtures"];
/// What cargo-fuzz sets, without a sanitizer: nearly all of the code is safe Rust.
const INSTRUMENTED: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
     -Ccodegen-units=1";
