//! Sizes and counts that every hop keeps, in one place.

use std::time::Duration;

/// The largest frame sent to a browser, in bytes; browsers refuse more than 1 MiB.
pub const MAX_FRAME_TO_BROWSER: usize = 1_000_000;

/// The largest frame accepted from a browser or a local program, in bytes.
pub const MAX_FRAME_FROM_BROWSER: usize = 1_000_000;

/// A frame beyond the limit is skipped up to this many bytes, so that the next call works; beyond
/// it the connection is closed.
pub const MAX_FRAME_SKIPPED: usize = 64 * 1024 * 1024;

/// A chunk of a document or of a signature, in bytes before base64.
pub const CHUNK: usize = 256 * 1024;

/// The most chunks of a call that may be under way in one direction.
pub const CHUNK_WINDOW: u32 = 8;

/// The first chunks of a call, which a page or a program sends to the agent unasked.
pub const CHUNKS_UNASKED: u32 = 2;

/// The most bytes of unasked chunks that the agent holds for one page or program, and for all.
pub const MAX_UNASKED: [usize; 2] = [4 * 1024 * 1024, 32 * 1024 * 1024];

/// The most that stands in one `sign`, or in its answer, in bytes before base64: of documents, or of
/// signatures. What is beyond it travels in chunks.
pub const MAX_INLINE: usize = 256 * 1024;

/// The most documents of one `sign` whose results are sure to fit one message.
pub const MAX_INLINE_RESULTS: usize = 16;

/// The largest document of which no more than its digest is needed, in bytes.
pub const MAX_DOCUMENT: usize = 128 * 1024 * 1024;

/// The largest document that has to be read for its format, in bytes.
pub const MAX_READ_DOCUMENT: usize = 16 * 1024 * 1024;

/// The most bytes of documents that the agent holds for all pages.
pub const MAX_HELD: usize = 256 * 1024 * 1024;

/// The most bytes of signatures that the agent keeps for calls that ask again.
pub const MAX_KEPT_RESULTS: usize = 64 * 1024 * 1024;

/// How long a call waits for the next chunk, or for credit.
pub const CHUNK_TIMEOUT: Duration = Duration::from_secs(30);

/// The most documents in one `sign`.
pub const MAX_DOCUMENTS: usize = 250;

/// The most page ports that one relay may hold open.
pub const MAX_PORTS: usize = 1_000;

/// The most calls that one page port may have under way.
pub const MAX_CALLS_PER_PORT: usize = 1_024;

/// The shortest and the longest `authenticate` nonce, in characters (as `web-eid:1` has it).
pub const NONCE_LENGTH: std::ops::RangeInclusive<usize> = 44..=128;

/// The shortest and the longest idempotency key of `sign`, in characters.
pub const IDEMPOTENCY_KEY_LENGTH: std::ops::RangeInclusive<usize> = 16..=64;

/// The longest request of `authorize`, in characters: a compact JWS.
pub const MAX_AUTHORIZE_REQUEST: usize = 4 * 1024;

/// The longest name of a relying party in a request of `authorize`, in characters.
pub const MAX_CLIENT_NAME: usize = 200;

/// The longest origin, in characters.
pub const MAX_ORIGIN: usize = 255;

/// The longest free text (a reason, a document's name), in characters.
pub const MAX_TEXT: usize = 512;

/// How long a page waits for the extension's `hello`.
pub const HELLO_TIMEOUT: Duration = Duration::from_millis(300);
