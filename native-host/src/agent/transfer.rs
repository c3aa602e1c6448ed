//! Documents that come in chunks, and signatures that leave in chunks: as far as there is credit,
//! and no longer than the call.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use wardkey_protocol::{
    Base64, ErrorCode, Fault,
    chunks::{self, Chunk, Credit, Due, Piece},
    command::sign::{Args, Document},
    envelope::ToPage,
    limits::{CHUNK, CHUNK_WINDOW, CHUNKS_UNASKED},
};

use super::{
    call::Call,
    received::{Coming, Received},
};

/// Receives the documents of a call, those in the message and those that follow it; `is_kept` says
/// of which the octets are.
///
/// # Errors
///
/// `chunk_invalid` where the page sends other than it said, `transfer_stalled` where it stops, or
/// why the call is at its end.
pub fn receive<'a>(
    call: &Call<'_>,
    args: &'a Args,
    is_kept: impl Fn(&Document) -> bool,
) -> Result<Vec<Received<'a>>, Fault> {
    let coming: VecDeque<Coming> =
        args.follow().map(|one| Coming::new(one.length(), is_kept(one))).collect();
    let mut came = if coming.is_empty() {
        VecDeque::new()
    } else {
        let due = Due::new(args.follow().map(|one| (one.id.clone(), one.length() as u64)));
        let incoming = Arc::new(Incoming::new(due, coming));
        call.port.receives(call.id, &incoming);
        incoming.wait(call)?
    };
    let received = args.documents.iter().map(|document| {
        let inline = Received::inline(document);
        inline.or_else(|| came.pop_front().map(|coming| Received::of(document, coming)))
    });
    received.collect::<Option<_>>().ok_or_else(|| ErrorCode::Internal.into())
}

/// Sends signatures to the page in chunks, each with its document's id.
///
/// # Errors
///
/// `transfer_stalled` where the page takes no more, or why the call is at its end.
pub fn send<'a>(
    call: &Call<'_>,
    signatures: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), Fault> {
    let outgoing = Arc::new(Outgoing::default());
    call.port.sends(call.id, &outgoing);
    // A page that had gone by then; a user who stopped the card still gets what is signed.
    let ended = [ErrorCode::Cancelled, ErrorCode::ChunkInvalid];
    if let Some(cause) = call.interrupt.cause().filter(|cause| ended.contains(cause)) {
        return Err(cause.into());
    }
    let pieces = signatures.flat_map(|(id, octets)| octets.chunks(CHUNK).map(move |p| (id, p)));
    for (number, (document, octets)) in (0..).zip(pieces) {
        outgoing.wait(number, call.agent.chunk_timeout)?;
        let octets = Base64(octets.to_vec());
        let chunk = Piece { document: document.to_owned(), number, octets };
        call.port.send(&ToPage::Chunk(Chunk { id: call.id, chunk }));
    }
    Ok(())
}

/// The documents of one call on their way from the page.
pub struct Incoming {
    state: Mutex<Receiving>,
    changed: Condvar,
}

struct Receiving {
    due: Due,
    /// Those that are not whole yet, and those that are.
    coming: VecDeque<Coming>,
    whole: VecDeque<Coming>,
    chunks: u32,
    outcome: Option<Result<(), Fault>>,
}

impl Incoming {
    fn new(due: Due, coming: VecDeque<Coming>) -> Self {
        let whole = VecDeque::new();
        let state = Receiving { due, coming, whole, chunks: 0, outcome: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Takes the chunk that is due; the credit to give for it.
    ///
    /// # Errors
    ///
    /// `chunk_invalid`, of which the call is told too while it waits.
    pub fn take(&self, piece: &Piece) -> Result<Option<u32>, Fault> {
        let mut state = self.state();
        if let Some(Err(_)) = state.outcome {
            // The call has its error already.
            return Ok(None);
        }
        match state.due.take(piece) {
            Ok(taken) => {
                state.chunks += 1;
                if let Some(coming) = state.coming.front_mut() {
                    coming.take(&piece.octets.0);
                }
                if taken.document_ends {
                    let whole = state.coming.pop_front();
                    state.whole.extend(whole);
                }
                if taken.all {
                    state.outcome = Some(Ok(()));
                }
                self.changed.notify_all();
                Ok(taken.credit)
            }
            Err(fault) => {
                let told = state.outcome.is_none();
                state.fail(fault.clone());
                self.changed.notify_all();
                if told { Ok(None) } else { Err(fault) }
            }
        }
    }

    /// Ends the transfer: what came of it is let go.
    pub fn fail(&self, fault: Fault) {
        self.state().fail(fault);
        self.changed.notify_all();
    }

    fn wait(self: &Arc<Self>, call: &Call<'_>) -> Result<VecDeque<Coming>, Fault> {
        let timeout = call.agent.chunk_timeout;
        let waiting = self.clone();
        call.interrupt.when_raised(move |cause| waiting.fail(cause.into()));
        let mut state = self.state();
        let credit = state.due.credit();
        // What goes unasked needs none.
        if state.outcome.is_none() && credit > CHUNKS_UNASKED {
            // Sent with the lock held, so that no later credit comes before it.
            call.port.send(&ToPage::Credit(Credit { id: call.id, credit }));
        }
        let (mut seen, mut since) = (0, Instant::now());
        loop {
            if let Some(outcome) = &state.outcome {
                outcome.clone()?;
                return Ok(std::mem::take(&mut state.whole));
            }
            if state.chunks != seen {
                (seen, since) = (state.chunks, Instant::now());
            }
            let Some(left) = timeout.checked_sub(since.elapsed()) else {
                let stalled = Fault::new(ErrorCode::TransferStalled);
                state.fail(stalled.clone());
                return Err(stalled.with("limit", timeout.as_secs()));
            };
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, Receiving> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receiving {
    fn fail(&mut self, fault: Fault) {
        self.coming.clear();
        self.whole.clear();
        if !matches!(self.outcome, Some(Err(_))) {
            self.outcome = Some(Err(fault));
        }
    }
}

/// Signatures on their way to the page.
pub struct Outgoing {
    state: Mutex<Sending>,
    changed: Condvar,
}

struct Sending {
    sent: u32,
    credit: u32,
    fault: Option<Fault>,
}

impl Default for Outgoing {
    fn default() -> Self {
        let state = Sending { sent: 0, credit: CHUNK_WINDOW, fault: None };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl Outgoing {
    /// The page takes more; one that takes back, or asks for more than the window, gets no more.
    pub fn give(&self, credit: u32) {
        let mut state = self.state();
        if credit <= state.credit || credit > state.sent.saturating_add(CHUNK_WINDOW) {
            let fault = Some(
                chunks::invalid("another credit is due").with("limit", state.sent + CHUNK_WINDOW),
            );
            state.fault = fault;
        } else {
            state.credit = credit;
        }
        self.changed.notify_all();
    }

    /// Ends the transfer.
    pub fn fail(&self, fault: Fault) {
        self.state().fault.get_or_insert(fault);
        self.changed.notify_all();
    }

    /// Waits until a chunk may be sent.
    fn wait(&self, number: u32, timeout: Duration) -> Result<(), Fault> {
        let end = Instant::now() + timeout;
        let mut state = self.state();
        loop {
            if let Some(fault) = &state.fault {
                return Err(fault.clone());
            }
            if number < state.credit {
                state.sent = number + 1;
                return Ok(());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let stalled = Fault::new(ErrorCode::TransferStalled);
                return Err(stalled.with("limit", timeout.as_secs()));
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, Sending> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
