//! Content commitment: real PC/SC, real PKCS#11, the real dialog, and programs of others that judge what
//! was signed. `formats` has a real page sign it; the others go the whole road but the page.

#[path = "signing/algorithms.rs"]
mod algorithms;
#[path = "signing/batch.rs"]
mod batch;
#[path = "signing/bounds.rs"]
mod bounds;
#[path = "signing/cades.rs"]
mod cades;
#[path = "signing/eps.rs"]
mod eps;
#[path = "signing/formats.rs"]
mod formats;
#[path = "signing/jades.rs"]
mod jades;
#[path = "signing/large.rs"]
mod large;
#[path = "signing/one_report.rs"]
mod one_report;
#[path = "signing/outsiders.rs"]
mod outsiders;
#[path = "signing/pades.rs"]
mod pades;
#[path = "signing/timestamps.rs"]
mod timestamps;
#[path = "signing/trust.rs"]
mod trust;
#[path = "signing/verify.rs"]
mod verify;
#[allow(dead_code, reason = "shared with the road")]
#[path = "road/ward.rs"]
mod ward;
#[path = "signing/xades.rs"]
mod xades;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// Here PIV cards are read by OpenSC's module, in the other suites by PIV itself.
const CARDS: &str = "\n[cards]\npiv = false\n";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let all = [
        algorithms::TRIALS,
        batch::TRIALS,
        bounds::TRIALS,
        cades::TRIALS,
        eps::TRIALS,
        formats::TRIALS,
        jades::TRIALS,
        large::TRIALS,
        one_report::TRIALS,
        pades::TRIALS,
        timestamps::TRIALS,
        verify::TRIALS,
        xades::TRIALS,
    ];
    let trials = all.into_iter().flatten().map(|(name, test)| {
        let test = *test;
        Trial::test(*name, move || test().map_err(|error| Failed::from(format!("{error:#}"))))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
