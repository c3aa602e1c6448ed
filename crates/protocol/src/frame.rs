//! Frames of native messaging and of the agent's socket: a 32-bit length in native byte order,
//! then that many octets of one JSON object
//! (<https://developer.chrome.com/docs/extensions/develop/concepts/native-messaging>).

use std::io::{self, Read, Write};

use crate::{ErrorCode, Fault, limits::MAX_FRAME_SKIPPED};

/// Why no frame was read. After [`FrameError::Empty`] and [`FrameError::TooLarge`] the stream
/// stands at the next frame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A frame of no octets.
    #[error("a frame of no octets")]
    Empty,
    /// The stream failed, or ended within a frame.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A frame beyond the limit; it was skipped.
    #[error("a frame of {length} octets, above the limit of {limit}")]
    TooLarge {
        /// The frame's length.
        length: usize,
        /// The limit.
        limit: usize,
    },
}

impl FrameError {
    /// The fault to answer with, where the stream can go on; `None` where it cannot.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Self::Empty => {
                Some(Fault::new(ErrorCode::MessageMalformed).with("reason", "empty frame"))
            }
            Self::TooLarge { limit, .. } => {
                Some(Fault::new(ErrorCode::FrameTooLarge).with("limit", *limit))
            }
            Self::Io(_) => None,
        }
    }
}

/// Reads one frame of at most `limit` octets. `Ok(None)`: the stream ended between frames.
///
/// # Errors
///
/// See [`FrameError`]. The length is checked before anything is allocated.
pub fn read(stream: &mut impl Read, limit: usize) -> Result<Option<Vec<u8>>, FrameError> {
    let mut prefix = [0; PREFIX];
    if !read_prefix(stream, &mut prefix)? {
        return Ok(None);
    }
    let length = usize::try_from(u32::from_ne_bytes(prefix)).unwrap_or(usize::MAX);
    if length == 0 {
        return Err(FrameError::Empty);
    }
    if length > limit {
        skip(stream, length)?;
        return Err(FrameError::TooLarge { length, limit });
    }
    let mut frame = vec![0; length];
    stream.read_exact(&mut frame)?;
    Ok(Some(frame))
}

/// Writes one frame with a single write, so that no half of it waits for an acknowledgement.
///
/// # Errors
///
/// [`FrameError::TooLarge`] before anything is written; otherwise what the stream says.
pub fn write(stream: &mut impl Write, frame: &[u8], limit: usize) -> Result<(), FrameError> {
    let length = frame.len();
    let prefix = u32::try_from(length).ok().filter(|_| length <= limit);
    let Some(prefix) = prefix else { return Err(FrameError::TooLarge { length, limit }) };
    let mut octets = Vec::with_capacity(PREFIX + length);
    octets.extend_from_slice(&prefix.to_ne_bytes());
    octets.extend_from_slice(frame);
    stream.write_all(&octets)?;
    stream.flush()?;
    Ok(())
}

/// Fills the prefix; `false` when the stream ended before its first octet.
fn read_prefix(stream: &mut impl Read, prefix: &mut [u8; PREFIX]) -> io::Result<bool> {
    let mut filled = 0;
    while filled < PREFIX {
        match stream.read(&mut prefix[filled..]) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

fn skip(stream: &mut impl Read, length: usize) -> io::Result<()> {
    if length > MAX_FRAME_SKIPPED {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame too long to skip"));
    }
    let skipped = io::copy(&mut stream.take(length as u64), &mut io::sink())?;
    if skipped == length as u64 { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

const PREFIX: usize = 4;

#[cfg(test)]
mod tests;
