//! Results of `sign`: kept for a call that asks again, and delivered in one message or in chunks.

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use wardkey_protocol::{
    Base64, ErrorCode, Fault,
    command::sign::{DocumentResult, Signed},
    limits::{MAX_INLINE, MAX_KEPT_RESULTS},
    version::CHUNKS,
};

use super::{call::Call, port::Who, transfer};

/// Gives the page a result: what is too much for one message goes before it, in chunks.
///
/// # Errors
///
/// Why it could not be sent; asking again with the same key gives it.
pub fn deliver(call: &Call<'_>, signed: Arc<Signed>) -> Result<Arc<Signed>, Fault> {
    if call.version < CHUNKS {
        return Ok(signed);
    }
    let mut room = MAX_INLINE;
    let mut in_chunks = Vec::new();
    let results = signed.results.iter().map(|result| {
        let length = result.signature.as_ref().map_or(0, |signature| signature.0.len());
        if let Some(left) = room.checked_sub(length) {
            room = left;
            return result.clone();
        }
        let Some(signature) = &result.signature else { return result.clone() };
        in_chunks.push((result.id.as_str(), signature.0.as_slice()));
        DocumentResult {
            id: result.id.clone(),
            signature: None,
            size: u32::try_from(length).ok(),
            join: result.join,
            algorithm: result.algorithm.clone(),
            error: None,
        }
    });
    let results = results.collect();
    let is_whole = in_chunks.is_empty();
    transfer::send(call, in_chunks.into_iter())?;
    if is_whole {
        return Ok(signed);
    }
    Ok(Arc::new(Signed { certificate: Base64(signed.certificate.0.clone()), results }))
}

/// Acts of signing by caller and idempotency key: the same key never signs twice.
#[derive(Default)]
pub struct Finished {
    acts: Mutex<HashMap<(Who, String), Act>>,
    changed: Condvar,
}

enum Act {
    Under,
    Done(Arc<Signed>, Instant),
    /// It was done; there was no room to keep its result.
    Discarded(Instant),
}

impl Finished {
    /// Begins an act, or gives the result of the one with this key. An act under way is waited
    /// for.
    ///
    /// # Errors
    ///
    /// `result_discarded` where the act was done and its result is not kept any more.
    pub fn begin(&self, who: &Who, key: &str, now: Instant) -> Result<Option<Arc<Signed>>, Fault> {
        let name = (who.clone(), key.to_owned());
        let mut acts = self.acts();
        acts.retain(|_, act| match act {
            Act::Under => true,
            Act::Done(_, at) | Act::Discarded(at) => now.saturating_duration_since(*at) < KEPT,
        });
        loop {
            match acts.get(&name) {
                None => {
                    acts.insert(name, Act::Under);
                    return Ok(None);
                }
                Some(Act::Done(signed, _)) => return Ok(Some(signed.clone())),
                Some(Act::Discarded(_)) => {
                    let discarded = Fault::new(ErrorCode::ResultDiscarded);
                    return Err(discarded.with("limit", MAX_KEPT_RESULTS));
                }
                Some(Act::Under) => {
                    acts = self.changed.wait(acts).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// Ends an act: with a result it can be asked for again, without one it never was. The oldest
    /// results are discarded when all of them are too large to be kept.
    pub fn end(&self, who: &Who, key: &str, signed: Option<Arc<Signed>>, now: Instant) {
        let name = (who.clone(), key.to_owned());
        let mut acts = self.acts();
        match signed {
            Some(signed) => {
                let done = Act::Done(signed, now);
                let fits = done.octets() <= MAX_KEPT_RESULTS;
                acts.insert(name, if fits { done } else { Act::Discarded(now) });
            }
            None => drop(acts.remove(&name)),
        }
        discard(&mut acts, MAX_KEPT_RESULTS);
        self.changed.notify_all();
    }

    fn acts(&self) -> MutexGuard<'_, HashMap<(Who, String), Act>> {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn discard(acts: &mut HashMap<(Who, String), Act>, most: usize) {
    let mut all: usize = acts.values().map(Act::octets).sum();
    while all > most {
        let done = acts.values_mut().filter_map(|act| match act {
            Act::Done(_, at) => Some((*at, act)),
            Act::Under | Act::Discarded(_) => None,
        });
        let Some((at, oldest)) = done.min_by_key(|(at, _)| *at) else { return };
        all -= oldest.octets();
        *oldest = Act::Discarded(at);
    }
}

impl Act {
    fn octets(&self) -> usize {
        let Self::Done(signed, _) = self else { return 0 };
        let signatures = signed.results.iter().filter_map(|result| result.signature.as_ref());
        signatures.map(|signature| signature.0.len()).sum()
    }
}

const KEPT: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(octets: usize) -> Arc<Signed> {
        let result = DocumentResult {
            id: "a".to_owned(),
            signature: Some(Base64(vec![0; octets])),
            size: None,
            join: None,
            algorithm: None,
            error: None,
        };
        Arc::new(Signed { certificate: Base64(Vec::new()), results: vec![result] })
    }

    #[test]
    fn the_oldest_results_give_way_and_are_not_signed_again() {
        let (finished, begun) = (Finished::default(), Instant::now());
        let who = Who::Page(wardkey_protocol::Origin::parse("https://app.example").unwrap());
        let at = |seconds| begun + Duration::from_secs(seconds);
        let half = MAX_KEPT_RESULTS / 2;
        for (key, seconds) in [("first", 1), ("second", 2), ("third", 3)] {
            assert_eq!(finished.begin(&who, key, at(seconds)).unwrap(), None);
            finished.end(&who, key, Some(signed(half)), at(seconds));
        }
        let asked = |key, seconds| finished.begin(&who, key, at(seconds));
        let gone = asked("first", 4).unwrap_err();
        assert_eq!(
            (gone.code, &gone.details["limit"]),
            (ErrorCode::ResultDiscarded, &MAX_KEPT_RESULTS.into())
        );
        assert!(asked("second", 4).unwrap().is_some() && asked("third", 4).unwrap().is_some());
        // One that is too large alone makes none of the others give way.
        finished.end(&who, "fourth", Some(signed(MAX_KEPT_RESULTS + 1)), at(5));
        assert_eq!(asked("fourth", 6).unwrap_err().code, ErrorCode::ResultDiscarded);
        assert!(asked("third", 6).unwrap().is_some());
        // After a while a key is as good as new.
        assert_eq!(asked("first", 700).unwrap(), None);
    }
}
