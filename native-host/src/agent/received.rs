//! Documents as they were received: whole where they are read or shown, by their digests where that
//! is all that is needed.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256, Sha384, Sha512};
use wardkey_crypto::Hash;
use wardkey_protocol::command::sign::Document;

/// A document: what the page says of it, and what of it is here.
pub struct Received<'a> {
    /// What the page says of it.
    pub document: &'a Document,
    content: Content<'a>,
}

/// What of a document is here.
pub enum Content<'a> {
    /// A digest that the page gave in its place.
    Digest(&'a [u8]),
    /// Its digests; the octets have gone by.
    Digests(Digests),
    /// Its octets, with their SHA-256.
    Octets(Cow<'a, [u8]>, Vec<u8>),
}

/// The digests of octets that were not kept, by each hash that a card may sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    sha256: Vec<u8>,
    sha384: Vec<u8>,
    sha512: Vec<u8>,
}

/// A document that is coming, chunk by chunk.
pub enum Coming {
    /// Its octets are kept.
    Kept(Vec<u8>, Sha256),
    /// They are hashed and let go.
    Passing(Box<(Sha256, Sha384, Sha512)>),
}

impl<'a> Received<'a> {
    /// A document that is in the message itself. `None`: it follows in chunks.
    pub fn inline(document: &'a Document) -> Option<Self> {
        let content = match (&document.digest, &document.content) {
            (Some(digest), _) => Content::Digest(&digest.0),
            (None, Some(content)) => {
                let sha256 = Sha256::digest(&content.0).to_vec();
                Content::Octets(Cow::Borrowed(&content.0), sha256)
            }
            (None, None) => return None,
        };
        Some(Self { document, content })
    }

    /// A document that came in chunks.
    pub fn of(document: &'a Document, coming: Coming) -> Self {
        let content = match coming {
            Coming::Kept(octets, sha256) => {
                Content::Octets(Cow::Owned(octets), sha256.finalize().to_vec())
            }
            Coming::Passing(hashes) => {
                let (sha256, sha384, sha512) = *hashes;
                Content::Digests(Digests {
                    sha256: sha256.finalize().to_vec(),
                    sha384: sha384.finalize().to_vec(),
                    sha512: sha512.finalize().to_vec(),
                })
            }
        };
        Self { document, content }
    }

    /// What of it is here.
    pub fn content(&self) -> &Content<'a> {
        &self.content
    }

    /// Its octets; none where they are not here.
    pub fn octets(&self) -> &[u8] {
        match &self.content {
            Content::Octets(octets, _) => octets,
            Content::Digest(_) | Content::Digests(_) => &[],
        }
    }

    /// How many octets it has; `None` where the page gave a digest in its place.
    pub fn size(&self) -> Option<usize> {
        match self.content {
            Content::Digest(_) => None,
            Content::Digests(_) | Content::Octets(..) => Some(self.document.length()),
        }
    }

    /// The digest that it is known by: SHA-256, or the one that the page gave.
    pub fn digest(&self) -> &[u8] {
        match &self.content {
            Content::Digest(digest) => digest,
            Content::Digests(digests) => &digests.sha256,
            Content::Octets(_, sha256) => sha256,
        }
    }
}

impl std::ops::Deref for Received<'_> {
    type Target = Document;

    fn deref(&self) -> &Document {
        self.document
    }
}

impl Digests {
    /// The one by this hash. `None`: not one that signs here.
    pub fn by(&self, hash: Hash) -> Option<&[u8]> {
        match hash {
            Hash::Sha256 => Some(&self.sha256),
            Hash::Sha384 => Some(&self.sha384),
            Hash::Sha512 => Some(&self.sha512),
            _ => None,
        }
    }
}

impl Coming {
    /// One of so many octets, for which there is room where they are kept.
    pub fn new(size: usize, kept: bool) -> Self {
        match kept {
            true => Self::Kept(Vec::with_capacity(size), Sha256::new()),
            false => Self::Passing(Box::default()),
        }
    }

    /// Takes what came.
    pub fn take(&mut self, octets: &[u8]) {
        match self {
            Self::Kept(kept, sha256) => {
                sha256.update(octets);
                kept.extend_from_slice(octets);
            }
            Self::Passing(hashes) => {
                hashes.0.update(octets);
                hashes.1.update(octets);
                hashes.2.update(octets);
            }
        }
    }
}
