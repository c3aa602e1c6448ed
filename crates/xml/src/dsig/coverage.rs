use super::{
    DsigError, Reference, Signature, Transform,
    signature::{base64, decode},
};
use crate::{Canonicalization, Document, Element, Limits, Node};

/// What a reference covers, its digest being right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage<'a> {
    /// What the caller gave, which stands outside of the document.
    Detached,
    /// The document around the signature; but for the signature where it lies inside.
    Document,
    /// This element with everything inside of it; but for the signature where it lies inside.
    Element(Element<'a>),
    /// The octets that this element holds in base64, and nothing else of it.
    Octets(Element<'a>),
}

/// A document beside a signature, or what is known of it where it is too large to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detached<'d> {
    /// Its octets.
    Octets(&'d [u8]),
    /// Its digest by the reference's method.
    Digest(&'d [u8]),
}

impl<'a> Reference<'a> {
    /// What the reference of a signature covers, once its digest is found right. A reference that
    /// names neither the document nor an element of it stands for `detached`; nothing is fetched.
    ///
    /// # Errors
    /// [`DsigError`] when it names nothing or something twice, when a transform can't be applied
    /// where it stands, when the canonical forms of the signature's references are too large
    /// together, or when the digest is another.
    pub fn check(
        &self,
        signature: &Signature<'a>,
        detached: Option<Detached<'_>>,
    ) -> Result<Coverage<'a>, DsigError> {
        let around = signature.element();
        let (mut data, mut coverage) = match Target::of(self.uri(), around.document())? {
            Target::Nodes { apex, comments } => {
                let coverage = apex.map_or(Coverage::Document, Coverage::Element);
                let document = around.document();
                (Data::Nodes(Nodes { document, apex, comments, without: None }), coverage)
            }
            Target::Detached => match detached.ok_or(DsigError::OtherElement)? {
                Detached::Octets(octets) => (Data::Octets(octets.to_vec()), Coverage::Detached),
                Detached::Digest(digest) => {
                    let same = self.transforms().is_empty() && digest == self.digest();
                    return if same {
                        Ok(Coverage::Detached)
                    } else {
                        Err(DsigError::DigestMismatch)
                    };
                }
            },
        };
        for transform in self.transforms() {
            data = match (transform, data) {
                (Transform::Enveloped, Data::Nodes(nodes)) => Data::Nodes(nodes.without(around)?),
                (Transform::Canonicalization(method), data) => {
                    Data::Octets(data.canonical(method, signature)?)
                }
                (Transform::Base64, Data::Nodes(Nodes { apex: Some(apex), .. })) => {
                    coverage = Coverage::Octets(apex);
                    Data::Octets(base64(apex)?)
                }
                (Transform::Base64, Data::Octets(octets)) if coverage == Coverage::Detached => {
                    let text =
                        str::from_utf8(&octets).map_err(|_| DsigError::Malformed("base64"))?;
                    Data::Octets(decode(text)?)
                }
                (transform, _) => return Err(DsigError::AlgorithmRefused(transform.uri())),
            };
        }
        let octets = match data {
            Data::Octets(octets) => octets,
            // Section 4.4.3.2.
            nodes => nodes.canonical(&Canonicalization::inclusive(), signature)?,
        };
        if self.digest_method().digest(&octets) != self.digest() {
            return Err(DsigError::DigestMismatch);
        }
        Ok(coverage)
    }
}

enum Target<'a> {
    Detached,
    /// The document where there is no apex.
    Nodes {
        apex: Option<Element<'a>>,
        comments: bool,
    },
}

impl<'a> Target<'a> {
    /// Dereferences a URI (section 4.4.3.3); the two forms of XPointer that are known there keep
    /// comments.
    fn of(uri: Option<&str>, document: &'a Document) -> Result<Self, DsigError> {
        let uri = uri.ok_or(DsigError::Malformed("URI"))?;
        let Some(fragment) = uri.strip_prefix('#') else {
            return Ok(match uri {
                "" => Self::Nodes { apex: None, comments: false },
                _ => Self::Detached,
            });
        };
        if fragment == "xpointer(/)" {
            return Ok(Self::Nodes { apex: None, comments: true });
        }
        let pointed = fragment.strip_prefix("xpointer(id('").and_then(|id| id.strip_suffix("'))"));
        let apex = element_by_id(document, pointed.unwrap_or(fragment))?;
        Ok(Self::Nodes { apex: Some(apex), comments: pointed.is_some() })
    }
}

/// The one element with this id, in whatever attribute another reader might take for one.
fn element_by_id<'a>(document: &'a Document, id: &str) -> Result<Element<'a>, DsigError> {
    let mut holders = document.elements().filter(|element| {
        element.attributes().iter().any(|attribute| {
            attribute.local().eq_ignore_ascii_case("id") && attribute.value() == id
        })
    });
    let holder = holders.next().filter(|_| !id.is_empty()).ok_or(DsigError::IdMissing)?;
    holders.next().map_or(Ok(holder), |_| Err(DsigError::DuplicateId))
}

enum Data<'a> {
    Nodes(Nodes<'a>),
    Octets(Vec<u8>),
}

struct Nodes<'a> {
    document: &'a Document,
    /// `None`: the whole document.
    apex: Option<Element<'a>>,
    comments: bool,
    without: Option<Element<'a>>,
}

impl<'a> Nodes<'a> {
    fn without(self, signature: Element<'a>) -> Result<Self, DsigError> {
        let mut around = std::iter::successors(signature.parent(), |element| element.parent());
        let inside = self.apex.is_none_or(|apex| around.any(|element| element == apex));
        if !inside {
            return Err(DsigError::OtherElement);
        }
        Ok(Self { without: Some(signature), ..self })
    }
}

impl Data<'_> {
    fn canonical(
        self,
        method: &Canonicalization,
        signature: &Signature<'_>,
    ) -> Result<Vec<u8>, DsigError> {
        let Nodes { document, apex, comments, without } = match self {
            Self::Octets(octets) => {
                let document = Document::parse(&octets, &Limits::DEFAULT)?;
                return signature.canonical(method, |method| method.document(&document));
            }
            Self::Nodes(nodes) => nodes,
        };
        let keep = |node: Node<'_>| match node {
            Node::Comment(_) => comments,
            Node::Element(element) => without != Some(element),
            _ => true,
        };
        signature.canonical(method, |method| match apex {
            Some(apex) => method.element_filtered(apex, &keep),
            None => method.document_filtered(document, &keep),
        })
    }
}
