//! Chunks that come before their call has got to its documents.

use wardkey_protocol::{
    Fault,
    chunks::{self, Piece},
    limits::{CHUNK, CHUNKS_UNASKED, MAX_TEXT},
};

use super::{held::Reservation, transfer::Incoming};

/// The first chunks of one call.
pub struct Early {
    pieces: Vec<Piece>,
    fault: Option<Fault>,
    room: Reservation,
}

impl Early {
    /// None yet, and room for them.
    pub fn new(room: Reservation) -> Self {
        Self { pieces: Vec::new(), fault: None, room }
    }

    /// Keeps a chunk as it is; one that is too much is what the call will hear of.
    pub fn keep(&mut self, piece: Piece) {
        if self.fault.is_some() {
            return;
        }
        let held: usize = self.pieces.iter().map(|piece| piece.octets.0.len()).sum();
        let due = CHUNK.min(self.room.octets() - held);
        if self.pieces.len() == CHUNKS_UNASKED as usize {
            self.fault = Some(chunks::invalid("beyond the credit").with("limit", CHUNKS_UNASKED));
        } else if piece.document.chars().count() > MAX_TEXT {
            self.fault = Some(chunks::invalid("another document is due"));
        } else if piece.octets.0.len() > due {
            self.fault = Some(chunks::invalid("another length is due").with("due", due));
        } else {
            self.pieces.push(piece);
        }
        if self.fault.is_some() {
            self.pieces.clear();
        }
    }

    /// The call has got to its documents.
    pub fn hand_to(self, incoming: &Incoming) {
        // The credit after them is given when the call waits for more.
        let taken = self.pieces.iter().try_for_each(|piece| incoming.take(piece).map(drop));
        if let Some(fault) = self.fault.or(taken.err()) {
            incoming.fail(fault);
        }
    }
}
