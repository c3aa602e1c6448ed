use schemars::JsonSchema;
use serde::Deserialize;
use wardkey_protocol::Origin;

use super::{AbsolutePath, Policy, error::Problem, key_path::KeyPath};
use crate::module::Way;

/// Simulated cards, which take the place of every reader and card: for development alone, and with
/// identity servers on this computer alone.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationPolicy {
    /// The socket of the program that simulates them; without it nothing is simulated.
    #[serde(default)]
    pub socket: Option<AbsolutePath>,
    /// Dangerous anywhere else: that program answers dialogs too, which nobody sees then.
    #[serde(default)]
    pub answers: bool,
}

impl SimulationPolicy {
    /// The socket of the program that answers dialogs; `None`: the user does.
    #[must_use]
    pub fn answerer(&self) -> Option<&AbsolutePath> {
        self.socket.as_ref().filter(|_| self.answers)
    }
}

impl Policy {
    /// The ways to cards, in the order in which they are tried. Where cards are simulated there is no
    /// way to a real one, so that no answer that nobody gave ever reaches one.
    #[must_use]
    pub fn ways(&self) -> Vec<Way> {
        match &self.simulation.socket {
            Some(socket) => vec![Way::Simulated(socket.to_path_buf())],
            None => self.cards.ways(),
        }
    }

    /// What of the simulation contradicts itself or the rest.
    pub(super) fn simulation_contradictions(&self) -> Vec<Problem> {
        let at = KeyPath::of("simulation");
        if self.simulation.socket.is_none() {
            let nothing = Problem::at(at.key("answers"), "it is nothing without `socket`");
            return self.simulation.answers.then_some(nothing).into_iter().collect();
        }
        let mut found = Vec::new();
        if !self.development {
            let reason = "cards are simulated with `development = true` alone";
            found.push(Problem::at(at.key("socket"), reason));
        }
        for (index, server) in self.servers.iter().enumerate() {
            let is_here = Origin::parse(&server.url).is_ok_and(|origin| origin.is_loopback());
            if !is_here {
                let at = KeyPath::of("server").entry(index).key("url");
                let reason = format!("`{}` is not on this computer, as it has to be", server.url);
                found.push(Problem::at(at, format!("{reason} where cards are simulated")));
            }
        }
        let (cards, dialog) = (KeyPath::of("cards"), KeyPath::of("dialog"));
        for (said, key) in [
            (!self.cards.modules.is_empty(), cards.key("modules")),
            (!self.cards.remote.is_empty(), cards.key("remote")),
            (self.dialog.pinentry.is_some(), dialog.key("pinentry")),
        ] {
            if said {
                found.push(Problem::at(key, "it can't stand beside simulated cards"));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
