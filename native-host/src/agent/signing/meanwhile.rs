use std::{
    sync::mpsc::{self, Receiver, Sender},
    thread::{Builder, Scope, ScopedJoinHandle},
};

use super::Finished;

/// What becomes of signatures while the card makes the next ones: each is verified and finished as the
/// message's of its place among those that came, by a thread of its own. The system may have the one that
/// hears the module share a processor with it, and the module waited for it then.
pub struct Meanwhile<'scope> {
    made: Sender<Vec<u8>>,
    verdicts: Receiver<bool>,
    finishing: Option<ScopedJoinHandle<'scope, Vec<Option<Finished>>>>,
    sent: usize,
    heard: usize,
    hold: usize,
}

impl<'scope> Meanwhile<'scope> {
    /// Begins, with what verifies and finishes one. Without a thread nothing is done meanwhile.
    pub fn begin<'env, F>(scope: &'scope Scope<'scope, 'env>, finish: &'env F) -> Self
    where
        F: Fn(usize, &[u8]) -> Option<Finished> + Sync,
    {
        let (made, coming) = mpsc::channel::<Vec<u8>>();
        let (verdict, verdicts) = mpsc::channel();
        let finish_each = move || {
            let finish_one = |(place, signature): (usize, Vec<u8>)| {
                let finished = finish(place, &signature);
                // Whoever asked for them may have gone.
                let _ = verdict.send(finished.is_some());
                finished
            };
            coming.into_iter().enumerate().map(finish_one).collect()
        };
        let finishing = Builder::new().spawn_scoped(scope, finish_each).ok();
        Self { made, verdicts, finishing, sent: 0, heard: 0, hold: 0 }
    }

    /// Takes the next one.
    pub fn take(&mut self, signature: &[u8]) {
        self.sent += usize::from(self.made.send(signature.to_vec()).is_ok());
    }

    /// How many of those that it took hold; waits until they are verified.
    pub fn hold(&mut self) -> usize {
        while self.heard < self.sent
            && let Ok(holds) = self.verdicts.recv()
        {
            self.heard += 1;
            self.hold += usize::from(holds);
        }
        self.hold
    }

    /// What was made of each that it took, in their order.
    pub fn end(self) -> Vec<Option<Finished>> {
        drop(self.made);
        self.finishing.and_then(|finishing| finishing.join().ok()).unwrap_or_default()
    }
}
