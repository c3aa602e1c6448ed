//! Documents and signatures that are too large to stand in one message: numbered chunks, sent as
//! far as the receiver gave credit.
//!
//! The chunks of a call are numbered from 0, document by document in the order of the call; each is
//! [`CHUNK`] octets, and a document's last one may be shorter. Whoever receives says with
//! [`Credit`] how many of them may have been sent in all. Before it does, the first [`CHUNKS_UNASKED`]
//! are sent towards the agent, which gives no credit where that is all of them, and the first
//! [`CHUNK_WINDOW`] towards the page.

use std::collections::VecDeque;

#[cfg(doc)]
use crate::limits::CHUNKS_UNASKED;
use crate::{
    Base64, ErrorCode, Fault,
    limits::{CHUNK, CHUNK_WINDOW},
};

wire_struct! {
    /// A piece of a document on its way to the agent, or of a signature on its way to the page.
    pub struct Chunk {
        /// The call's id.
        pub id: u32,
        /// The piece.
        pub chunk: Piece,
    }

    /// What a chunk holds.
    #[cfg_attr(feature = "bindings", ts(rename = "ChunkPiece"), schemars(rename = "ChunkPiece"))]
    pub struct Piece {
        /// The document's id.
        pub document: String,
        /// Counts the chunks of the call in this direction, from 0.
        pub number: u32,
        /// The octets.
        pub octets: Base64,
    }

    /// How far chunks may be sent.
    #[derive(Copy, Eq)]
    pub struct Credit {
        /// The call's id.
        pub id: u32,
        /// How many chunks may have been sent in all, from the first of the call on.
        pub credit: u32,
    }
}

/// How many chunks a document of so many octets takes.
#[must_use]
pub fn count(size: u64) -> u64 {
    size.div_ceil(CHUNK as u64)
}

/// The receiver's end of a transfer: which chunk is due, and how far credit reaches. Holds nothing
/// of what is received.
#[derive(Clone, Debug)]
pub struct Due {
    documents: VecDeque<(String, u64)>,
    /// What of the first document is still to come.
    left: u64,
    received: u32,
    credit: u32,
    total: u32,
}

/// What a chunk was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Whether its document is whole now.
    pub document_ends: bool,
    /// Whether every document is.
    pub all: bool,
    /// The credit to give now; `None` while there is enough of it.
    pub credit: Option<u32>,
}

impl Due {
    /// A transfer of these documents, each by its id and its size in octets, which is not 0.
    #[must_use]
    pub fn new(documents: impl IntoIterator<Item = (String, u64)>) -> Self {
        let documents: VecDeque<_> = documents.into_iter().collect();
        let total: u64 = documents.iter().map(|(_, size)| count(*size)).sum();
        let left = documents.front().map_or(0, |(_, size)| *size);
        let total = u32::try_from(total).unwrap_or(u32::MAX);
        Self { documents, left, received: 0, credit: CHUNK_WINDOW.min(total), total }
    }

    /// How many chunks may have been sent by now.
    #[must_use]
    pub fn credit(&self) -> u32 {
        self.credit
    }

    /// Takes the chunk that is due, and no other.
    ///
    /// # Errors
    ///
    /// `chunk_invalid` with the reason; then the transfer is at its end.
    pub fn take(&mut self, piece: &Piece) -> Result<Taken, Fault> {
        let Some((document, _)) = self.documents.front() else {
            return Err(invalid("every document is whole"));
        };
        if piece.number != self.received {
            return Err(invalid("another number is due").with("due", self.received));
        }
        if self.received >= self.credit {
            return Err(invalid("beyond the credit").with("limit", self.credit));
        }
        if piece.document != *document {
            return Err(invalid("another document is due").with("due", document.as_str()));
        }
        let length = self.left.min(CHUNK as u64);
        if piece.octets.0.len() as u64 != length {
            return Err(invalid("another length is due").with("due", length));
        }
        self.received += 1;
        self.left -= length;
        let document_ends = self.left == 0;
        if document_ends {
            self.documents.pop_front();
            self.left = self.documents.front().map_or(0, |(_, size)| *size);
        }
        // Given by halves of the window, so that the sender does not wait for each chunk.
        let more = (self.received + CHUNK_WINDOW).min(self.total);
        let credit = (more >= self.credit + CHUNK_WINDOW / 2
            || more == self.total && more > self.credit)
            .then_some(more);
        self.credit = credit.unwrap_or(self.credit);
        Ok(Taken { document_ends, all: self.documents.is_empty(), credit })
    }
}

/// The fault of a chunk that is not due.
#[must_use]
pub fn invalid(reason: &str) -> Fault {
    Fault::new(ErrorCode::ChunkInvalid).with("reason", reason)
}

#[cfg(test)]
mod tests;
