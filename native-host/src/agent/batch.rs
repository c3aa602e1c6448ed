//! Many documents with one consent: the card signs one after the other, and what is signed stays
//! signed whatever becomes of the rest.

use std::{
    cell::OnceCell,
    sync::Arc,
    time::{Duration, Instant},
};

use wardkey_protocol::{ErrorCode, Fault, command::sign::Document};
use wardkey_smartcard::CardError;

use super::{
    Agent,
    certificate::Chosen,
    dialogs::{Conversation, Proposal},
    fault,
    port::Caller,
    signing::{Finish, Over, Refusal, Terms},
};
use crate::{dialog::screen::ContentItem, policy::BatchPolicy};

/// Documents that the user is asked for, with what the card signs of each.
pub struct Batch<'a> {
    /// The agent.
    pub agent: &'a Arc<Agent>,
    /// The key.
    pub chosen: &'a Chosen,
    /// Its bounds.
    pub policy: &'a BatchPolicy,
    /// Its time.
    pub time: &'a TimeBound,
    /// What is shown, and what is signed.
    pub documents: Vec<(&'a ContentItem, Over<'a>)>,
    /// Makes of the card's signatures what becomes of the documents, while the card is at work.
    pub finish: &'a Finish<'a>,
}

/// How long a batch may take: from its first passcode on, however often it is asked for.
pub struct TimeBound {
    most: Duration,
    begun: OnceCell<Instant>,
}

/// Told how many of how many signatures of a batch are made: before the first, after the last, and
/// every now and then between.
pub type OnSigned<'a> = dyn FnMut(usize, usize) + 'a;

/// One result a document: `None` while it is not decided.
type Results = Vec<Option<Result<Vec<u8>, Fault>>>;

/// Bounds what a page asks for at once.
///
/// # Errors
///
/// `batch_too_large` with the limit.
pub fn check(documents: &[Document], policy: &BatchPolicy, caller: &Caller) -> Result<(), Fault> {
    let too_large = |name: &str, limit: usize| {
        Err(Fault::new(ErrorCode::BatchTooLarge).with("of", name).with("limit", limit))
    };
    let most = policy.documents.min(caller.batch_documents);
    if documents.len() > most {
        return too_large("documents", most);
    }
    let bytes: usize = documents.iter().map(Document::length).sum();
    if bytes > policy.bytes {
        return too_large("bytes", policy.bytes);
    }
    Ok(())
}

impl TimeBound {
    /// By policy; it has not begun.
    pub fn of(policy: &BatchPolicy) -> Self {
        Self { most: Duration::from_secs(policy.seconds), begun: OnceCell::new() }
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.begun.get().is_some_and(|begun| begun.elapsed() >= self.most)
    }

    /// Begins, once.
    pub(super) fn begin(&self) {
        self.begun.get_or_init(Instant::now);
    }
}

impl Batch<'_> {
    /// Asks the user, and lets the card sign what they did not leave out; one result a document.
    ///
    /// # Errors
    ///
    /// Why nothing was signed.
    pub fn sign(
        &self,
        dialog: &mut Conversation<'_>,
        on_signed: &mut OnSigned<'_>,
    ) -> Result<Vec<Result<Vec<u8>, Fault>>, Fault> {
        let mut results: Results = vec![None; self.documents.len()];
        loop {
            let open: Vec<usize> =
                (0..results.len()).filter(|place| results[*place].is_none()).collect();
            if open.is_empty() {
                break;
            }
            if let Err(fault) = self.round(dialog, &open, &mut results, on_signed) {
                if results.iter().flatten().all(Result::is_err) {
                    return Err(fault);
                }
                for result in results.iter_mut().filter(|result| result.is_none()) {
                    *result = Some(Err(fault.clone()));
                }
            }
        }
        Ok(results.into_iter().flatten().collect())
    }

    /// One passcode for those that are open. A key that demands it again leaves the rest open.
    fn round(
        &self,
        dialog: &mut Conversation<'_>,
        open: &[usize],
        results: &mut Results,
        on_signed: &mut OnSigned<'_>,
    ) -> Result<(), Fault> {
        if self.time.is_over() {
            return Err(ErrorCode::Timeout.into());
        }
        let before = results.iter().flatten().filter(|result| result.is_ok()).count();
        let content: Vec<ContentItem> =
            open.iter().map(|place| self.documents[*place].0.clone()).collect();
        let interrupt = dialog.interrupt();
        let proposal = Proposal { content: &content, signed: before };
        let (wanted, signed) =
            dialog.with_passcode(self.agent, self.chosen, &proposal, |consent, on_progress| {
                let is_wanted = |(number, _): &(usize, &usize)| !consent.left_out.contains(number);
                let wanted: Vec<usize> =
                    open.iter().enumerate().filter(is_wanted).map(|(_, place)| *place).collect();
                let messages: Vec<Over<'_>> =
                    wanted.iter().map(|place| self.documents[*place].1).collect();
                let total = before + wanted.len();
                let mut told = None::<(usize, Instant)>;
                let mut tell = |holding: &mut dyn FnMut() -> usize, is_last: bool| {
                    // Windows and pages that paint for each take longer than a quick card.
                    let is_due = told.is_none_or(|(_, at)| at.elapsed() >= BETWEEN_NEWS);
                    if total == 1 || !(is_due || is_last) {
                        return;
                    }
                    let done = before + holding();
                    if told.is_some_and(|(before, _)| before == done) {
                        return;
                    }
                    // The window says how many are to be signed, and goes after the last.
                    if told.is_some() && !is_last {
                        on_progress(done, total);
                    }
                    on_signed(done, total);
                    told = Some((done, Instant::now()));
                };
                tell(&mut || 0, false);
                self.time.begin();
                let terms = Terms {
                    passcode: &consent.passcode,
                    hold_passcode: self.policy.hold_passcode,
                    interrupt: &interrupt,
                };
                let mut go_on = |holding: &mut dyn FnMut() -> usize| {
                    tell(holding, false);
                    !self.time.is_over()
                };
                let finish = |number: usize, signature: &[u8]| {
                    let place = wanted.get(number).ok_or(ErrorCode::Internal)?;
                    (self.finish)(*place, signature)
                };
                let signed =
                    self.agent.sign_all(self.chosen, &messages, &terms, &finish, &mut go_on)?;
                tell(&mut || signed.iter().filter(|result| result.is_ok()).count(), true);
                Ok((wanted, signed))
            })?;
        for place in open.iter().filter(|place| !wanted.contains(place)) {
            results[*place] = Some(Err(ErrorCode::DocumentLeftOut.into()));
        }
        for (place, signed) in wanted.into_iter().zip(signed) {
            results[place] = match signed {
                Ok(signature) => Some(Ok(signature)),
                Err(Refusal::Card(CardError::PasscodeAgain)) => None,
                Err(Refusal::Card(CardError::Stopped)) => {
                    Some(Err(interrupt.cause().unwrap_or(ErrorCode::Timeout).into()))
                }
                Err(Refusal::Card(error)) => {
                    let cause = interrupt.cause().map(Fault::from);
                    Some(Err(cause.unwrap_or_else(|| fault::of_card(&error))))
                }
                Err(Refusal::Fault(fault)) => Some(Err(fault)),
            };
        }
        Ok(())
    }
}

/// How often window and page are told how many are signed.
const BETWEEN_NEWS: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;
