//! What is done to a simulation that runs, from its own terminal and from others.

use std::time::Duration;

use anyhow::Result;
use clap::{FromArgMatches as _, Subcommand};
use serde::{Deserialize, Serialize};

use crate::{answers::Manner, desk::Fault};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Subcommand)]
pub enum Act {
    /// Answer dialogs so from now on, where it runs with --answer
    Answer {
        /// How
        manner: Manner,
    },
    /// Print the variables that programs which meet the simulation are started with, for a shell
    Env,
    /// Have something wrong with a card
    #[command(subcommand)]
    Fault(FaultArgument),
    /// Put somebody's card in, in place of the one that is there
    Insert {
        /// The beginning of one of their names, or their user id
        #[arg(required = true)]
        name: Vec<String>,
        /// Which reader, counted from 1
        #[arg(long, default_value_t = 1)]
        reader: usize,
    },
    /// Print people, readers, and the cards in them
    List,
    /// End the simulation
    Quit,
    /// Take a card out
    Remove {
        /// Which reader, counted from 1; without it the first that has a card
        #[arg(long)]
        reader: Option<usize>,
    },
    /// Choose a role that has these words in its name or organisation, where dialogs are answered
    Role {
        /// The words, or the role's id; the first role without any
        words: Vec<String>,
    },
    /// Stop the Identity Server, as an outage would, or start it again
    Server {
        /// Which
        power: Power,
    },
    /// Give a card all its tries again
    Unblock(Whose),
}

/// What is wrong with a card.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Subcommand)]
#[command(rename_all = "snake_case")]
pub enum FaultArgument {
    /// Another program holds it
    Busy(Whose),
    /// Its certificates are over
    Expired(Whose),
    /// Nothing any more; tries stay spent
    None(Whose),
    /// It is pulled at an operation, 1 being the next: a reading of the card, or a signature
    RemoveAt {
        /// Which operation
        operation: usize,
        #[command(flatten)]
        whose: Whose,
    },
    /// Each operation takes so long
    Slow {
        /// Milliseconds
        milliseconds: u64,
        #[command(flatten)]
        whose: Whose,
    },
    /// It takes the next passcodes for wrong, whatever they are, and its tries count down
    WrongPin {
        /// How many passcodes
        times: usize,
        #[command(flatten)]
        whose: Whose,
    },
    /// What it gives for a signature at an operation, 1 being the next, is none by its key
    WrongSignature {
        /// Which operation
        operation: usize,
        #[command(flatten)]
        whose: Whose,
    },
}

/// Whose card.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args, Deserialize, Serialize)]
pub struct Whose {
    /// Whose card; without it the one that is in
    #[arg(long, value_name = "NAME")]
    pub card: Option<String>,
}

/// Whether something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize, Serialize)]
pub enum Power {
    /// Let it run
    Start,
    /// Stop it
    Stop,
}

impl Act {
    /// Reads a line as it is typed.
    pub fn read(line: &str) -> Result<Self> {
        let command = clap::Command::new("").no_binary_name(true).disable_version_flag(true);
        let command = Self::augment_subcommands(command).subcommand_required(true);
        Ok(Self::from_arg_matches(&command.try_get_matches_from(line.split_whitespace())?)?)
    }
}

impl FaultArgument {
    /// What it is to the desk; `None`: certificates, or an end of faults.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Self::Busy(_) => Some(Fault::Busy),
            Self::Expired(_) | Self::None(_) => None,
            Self::RemoveAt { operation, .. } => Some(Fault::RemoveAt(*operation)),
            Self::Slow { milliseconds, .. } => {
                Some(Fault::Slow(Duration::from_millis(*milliseconds)))
            }
            Self::WrongPin { times, .. } => Some(Fault::WrongPin(*times)),
            Self::WrongSignature { operation, .. } => Some(Fault::WrongSignature(*operation)),
        }
    }

    /// Whose card.
    pub fn whose(&self) -> &Whose {
        match self {
            Self::Busy(whose) | Self::Expired(whose) | Self::None(whose) => whose,
            Self::RemoveAt { whose, .. }
            | Self::Slow { whose, .. }
            | Self::WrongPin { whose, .. }
            | Self::WrongSignature { whose, .. } => whose,
        }
    }
}

#[cfg(test)]
mod tests;
