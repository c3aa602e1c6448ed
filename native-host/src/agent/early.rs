//! Chunks that come before their call has got to its documents.

use wardkey_protocol::{
    Fault,
    chunks::{self, Piece},
    limits::{CHUNK, CHUNKS_UNASKED},
};

use super::{held::Reservation, transfer::Incoming};

/// The first chunks of one call.
pub struct Early {
    pieces: Vec<Piece>,
    fault: Option<Fault>,
    _room: Reservation,
}

impl Early {
    /// None yet, and room for them.
    pub fn new(room: Reservation) -> Self {
        Self { pieces: Vec::new(), fault: None, _room: room }
    }

    /// Keeps a chunk as it is; one that is too much is what the call will hear of.
    pub fn keep(&mut self, piece: Piece) {
        if self.fault.is_some() {
            return;
        }
        if self.pieces.len() == CHUNKS_UNASKED as usize {
            self.fault = Some(chunks::invalid("beyond the credit").with("limit", CHUNKS_UNASKED));
        } else if piece.octets.0.len() > CHUNK {
            self.fault = Some(chunks::invalid("another length is due").with("due", CHUNK));
        } else {
            self.pieces.push(piece);
        }
        if self.fault.is_some() {
            self.pieces.clear();
        }
    }

    /// The call has got to its documents.
    pub fn hand_to(self, incoming: &Incoming) {
        // Credit for them is given with the first.
        let taken = self.pieces.iter().try_for_each(|piece| incoming.take(piece).map(drop));
        if let Some(fault) = self.fault.or(taken.err()) {
            incoming.fail(fault);
        }
    }
}
