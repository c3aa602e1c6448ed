//! `doctor`: what is installed, what works, and what to do about the rest.

mod checks;

use serde::Serialize;
use wardkey_agent_link::Instance;

/// How to report.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Stable, such as `readers`.
    pub code: &'static str,
    /// Whether it is as it should be.
    pub good: bool,
    /// What was found, in one sentence.
    pub found: String,
    /// What to do; empty when all is well.
    pub remedy: String,
}

/// Checks everything, and prints it.
///
/// # Errors
///
/// When a check failed, so that scripts see it by the exit status.
pub fn run(arguments: &Arguments, instance: &Instance) -> anyhow::Result<()> {
    let findings = checks::all(instance);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            let mark = if finding.good { "ok     " } else { "PROBLEM" };
            println!("{mark}  {:<18} {}", finding.code, finding.found);
            if !finding.good {
                println!("         {:<18} → {}", "", finding.remedy);
            }
        }
    }
    let bad = findings.iter().filter(|finding| !finding.good).count();
    anyhow::ensure!(bad == 0, "{bad} of {} checks found a problem", findings.len());
    Ok(())
}
