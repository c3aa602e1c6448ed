//! `sign` as a local program calls it: whole documents in, whole signatures out, however large. What
//! is too much for one message travels in chunks, as between page and agent.

use std::{borrow::Cow, collections::HashMap};

use wardkey_protocol::{
    Base64, CommandName, ErrorCode, Fault,
    chunks::{Chunk, Credit, Piece},
    command::sign::{Args, Join, Joined, Progress, Signed},
    limits::{CHUNK, CHUNK_WINDOW, CHUNKS_UNASKED, MAX_INLINE},
};

use crate::{
    CallError, Client,
    client::{Heard, read},
};

impl Client {
    /// Has documents signed. Each has its `content` in the arguments, of any size, or its `digest`;
    /// each result has its whole `signature`, or its error.
    ///
    /// # Errors
    ///
    /// [`CallError`]; after [`CallError::Gone`] the same call, with the same key, returns what was
    /// signed.
    pub fn sign(
        &self,
        mut args: Args,
        mut progress: impl FnMut(Progress),
    ) -> Result<Signed, CallError> {
        let apart = take_apart(&mut args);
        let mut call = self.begin(CommandName::Sign, args.version(), &args)?;
        let mut pieces = pieces(&apart);
        let (call_id, mut sent, mut received) = (call.id, 0, 0);
        let mut came = HashMap::<String, Vec<u8>>::new();
        let mut post = |credit: u32| -> Result<(), CallError> {
            while sent < credit
                && let Some(chunk) = pieces.next()
            {
                self.send(&Chunk { id: call_id, chunk })?;
                sent += 1;
            }
            Ok(())
        };
        post(CHUNKS_UNASKED)?;
        loop {
            match call.next()? {
                Heard::Chunk(piece) => {
                    received += 1;
                    came.entry(piece.document).or_default().extend(piece.octets.0);
                    let credit = received + CHUNK_WINDOW;
                    self.send(&Credit { id: call.id, credit })?;
                }
                Heard::Credit(credit) => post(credit)?,
                Heard::Progress(value) => {
                    // One of another form is of a newer agent, and no reason to fail.
                    serde_json::from_value(value).into_iter().for_each(&mut progress);
                }
                Heard::Result(value) => return Ok(whole(read(value)?, &apart, came)?),
            }
        }
    }
}

/// What does not stand in the message: each document's id and octets, in the order of the call.
type Apart = Vec<(String, Vec<u8>)>;

/// Takes out what is too much for one message.
fn take_apart(args: &mut Args) -> Apart {
    let mut room = MAX_INLINE;
    let mut apart = Apart::new();
    for document in &mut args.documents {
        let Some(content) = document.content.take() else { continue };
        if let Some(left) = room.checked_sub(content.0.len()) {
            room = left;
            document.content = Some(content);
        } else {
            document.size = Some(content.0.len() as u64);
            apart.push((document.id.clone(), content.0));
        }
    }
    apart
}

fn pieces(apart: &Apart) -> impl Iterator<Item = Piece> {
    let chunks = apart.iter().flat_map(|(id, octets)| octets.chunks(CHUNK).map(move |c| (id, c)));
    (0..).zip(chunks).map(|(number, (id, octets))| Piece {
        document: id.clone(),
        number,
        octets: Base64(octets.to_vec()),
    })
}

/// The result with its signatures in it, each joined with its document where it has to be.
fn whole(
    mut signed: Signed,
    apart: &Apart,
    mut came: HashMap<String, Vec<u8>>,
) -> Result<Signed, Fault> {
    for result in &mut signed.results {
        if let Some(size) = result.size.take() {
            let octets = came.remove(&result.id).unwrap_or_default();
            if octets.len() as u64 != u64::from(size) {
                return Err(internal("a signature is not whole"));
            }
            result.signature = Some(Base64(octets));
        }
        if let Some(joined) = result.join.take() {
            let document = apart.iter().find(|(id, _)| *id == result.id);
            let (Some((_, document)), Some(signature)) = (document, &result.signature) else {
                return Err(internal("nothing to join"));
            };
            result.signature = Some(Base64(join(&signature.0, document, joined)?));
        }
    }
    Ok(signed)
}

fn join(signature: &[u8], document: &[u8], joined: Joined) -> Result<Vec<u8>, Fault> {
    let base64 = || Base64(document.to_vec()).encode();
    let (outer, inner): (_, Cow<'_, [u8]>) = match joined.how {
        Join::Around => (signature, document.into()),
        Join::AroundBase64 => (signature, base64().into_bytes().into()),
        Join::AroundBase64url => {
            let text = base64().replace('+', "-").replace('/', "_");
            (signature, text.trim_end_matches('=').as_bytes().to_vec().into())
        }
        Join::Within => (document, signature.into()),
        // The enum may grow.
        _ => return Err(internal("an unknown way to join")),
    };
    let at = usize::try_from(joined.at).unwrap_or(usize::MAX);
    let (before, after) =
        outer.split_at_checked(at).ok_or_else(|| internal("a place beyond the end"))?;
    Ok([before, &inner, after].concat())
}

fn internal(reason: &str) -> Fault {
    Fault::new(ErrorCode::Internal).with("reason", reason)
}

#[cfg(test)]
mod tests;
