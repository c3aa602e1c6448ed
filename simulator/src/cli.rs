use std::{path::PathBuf, time::Duration};

use clap::{Parser, Subcommand};

use crate::{act::Act, browser::Browser, control, folder::Folder, run::Run};

/// Simulated cards with an Identity Server of their own, for developers of web apps.
#[derive(Debug, Parser)]
#[command(name = "wardkey-simulator", version)]
pub struct Cli {
    /// The simulation's folder; without it wardkey-simulator in the user's data folder
    #[arg(long, global = true, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start Chromium with extension, host and this simulation, in a profile of its own
    Browser(Browser),
    /// Run a simulation, and take the commands that follow from the terminal
    Run(Run),
    /// Wait until a simulation runs
    Wait {
        /// How long
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        seconds: u64,
    },
    #[command(flatten)]
    Act(Act),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// What went wrong, for people.
    pub fn run(self) -> anyhow::Result<()> {
        let folder = Folder::chosen(self.folder, |name| std::env::var_os(name))?;
        match self.command {
            Command::Browser(browser) => browser.run(&folder),
            Command::Run(run) => run.run(&folder),
            Command::Wait { seconds } => control::wait(&folder, Duration::from_secs(seconds)),
            Command::Act(act) => {
                let said = control::ask(&folder, &act)?;
                if !said.is_empty() {
                    println!("{said}");
                }
                Ok(())
            }
        }
    }
}
