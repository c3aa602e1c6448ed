mod base;
mod render;

use std::collections::BTreeSet;

use crate::{Document, Element, Node};

/// A canonicalization method: Canonical XML 1.0 or 1.1, or Exclusive XML Canonicalization 1.0.
///
/// ```
/// use wardkey_xml::{Canonicalization, Document, Limits};
///
/// let document = Document::parse(b"<a:r xmlns:b='urn:b' xmlns:a='urn:a'><a:x z='1' y='2'/></a:r>", &Limits::DEFAULT)?;
/// let x = document.root().child("urn:a", "x").ok_or("no x")?;
/// let octets = Canonicalization::exclusive().element(x)?;
/// assert_eq!(octets, br#"<a:x xmlns:a="urn:a" y="2" z="1"></a:x>"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonicalization {
    method: Method,
    comments: bool,
    prefixes: BTreeSet<String>,
    most: usize,
}

/// Why a document has no canonical form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum C14nError {
    /// A namespace is a relative reference (Canonical XML 1.0, section 1.3).
    #[error("a namespace URI is relative")]
    RelativeNamespace,
    /// The canonical form is larger than what is made here: a declaration can come to stand at
    /// each of many elements.
    #[error("its canonical form is too large")]
    TooLarge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Exclusive,
    Inclusive,
    Inclusive11,
}

impl Canonicalization {
    /// Exclusive XML Canonicalization 1.0, comments left out.
    #[must_use]
    pub const fn exclusive() -> Self {
        Self::new(Method::Exclusive)
    }

    /// Canonical XML 1.0, comments left out.
    #[must_use]
    pub const fn inclusive() -> Self {
        Self::new(Method::Inclusive)
    }

    /// Canonical XML 1.1, comments left out.
    #[must_use]
    pub const fn inclusive_1_1() -> Self {
        Self::new(Method::Inclusive11)
    }

    /// The same with comments.
    #[must_use]
    pub fn with_comments(self) -> Self {
        Self { comments: true, ..self }
    }

    /// The same with these prefixes treated as inclusive canonicalization does, `#default` for
    /// the default namespace (Exclusive XML Canonicalization 1.0, section 4, `PrefixList`).
    /// Without effect on the inclusive methods.
    #[must_use]
    pub fn with_inclusive_prefixes<'a>(self, prefixes: impl IntoIterator<Item = &'a str>) -> Self {
        let prefixes = prefixes
            .into_iter()
            .map(|prefix| if prefix == "#default" { "" } else { prefix }.to_owned())
            .collect();
        Self { prefixes, ..self }
    }

    /// The same, giving up on what is larger than so many octets; at most
    /// [`Canonicalization::MAX_BYTES`] whatever is asked.
    #[must_use]
    pub fn at_most(self, octets: usize) -> Self {
        Self { most: octets.min(Self::MAX_BYTES), ..self }
    }

    /// The method of this algorithm identifier; `None`: not one of ours.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        [Method::Exclusive, Method::Inclusive, Method::Inclusive11]
            .into_iter()
            .flat_map(|method| [Self::new(method), Self::new(method).with_comments()])
            .find(|method| method.uri() == uri)
    }

    /// The algorithm identifier of the method.
    #[must_use]
    pub fn uri(&self) -> String {
        let uri = self.method.uri();
        match (self.comments, uri.ends_with('#')) {
            (false, _) => uri.to_owned(),
            (true, true) => format!("{uri}WithComments"),
            (true, false) => format!("{uri}#WithComments"),
        }
    }

    /// The canonical octets of a whole document.
    ///
    /// # Errors
    /// [`C14nError`] when the document has no canonical form.
    pub fn document(&self, document: &Document) -> Result<Vec<u8>, C14nError> {
        render::document(self, document, &|_| true)
    }

    /// The canonical octets of an element with everything inside it.
    ///
    /// # Errors
    /// [`C14nError`] when it has no canonical form.
    pub fn element(&self, element: Element<'_>) -> Result<Vec<u8>, C14nError> {
        render::element(self, element, &|_| true)
    }

    /// The same without one element inside it: what the enveloped-signature transform yields
    /// (XML Signature 1.1, section 6.6.4).
    ///
    /// # Errors
    /// [`C14nError`] when it has no canonical form.
    pub fn element_without(
        &self,
        element: Element<'_>,
        omitted: Element<'_>,
    ) -> Result<Vec<u8>, C14nError> {
        self.element_filtered(element, &|node| node != Node::Element(omitted))
    }

    /// The same with only those nodes inside it that `keep` admits; an element that is not kept
    /// goes with everything inside it.
    ///
    /// # Errors
    /// [`C14nError`] when it has no canonical form.
    pub fn element_filtered(
        &self,
        element: Element<'_>,
        keep: &dyn Fn(Node<'_>) -> bool,
    ) -> Result<Vec<u8>, C14nError> {
        render::element(self, element, keep)
    }

    /// A whole document with only those nodes that `keep` admits.
    ///
    /// # Errors
    /// [`C14nError`] when it has no canonical form.
    pub fn document_filtered(
        &self,
        document: &Document,
        keep: &dyn Fn(Node<'_>) -> bool,
    ) -> Result<Vec<u8>, C14nError> {
        render::document(self, document, keep)
    }

    const fn new(method: Method) -> Self {
        Self { method, comments: false, prefixes: BTreeSet::new(), most: Self::MAX_BYTES }
    }

    /// The largest canonical form in octets that is made: four times the largest document of
    /// [`Limits::DEFAULT`](crate::Limits::DEFAULT).
    pub const MAX_BYTES: usize = 64 * 1024 * 1024;
}

impl Method {
    fn uri(self) -> &'static str {
        match self {
            Self::Exclusive => "http://www.w3.org/2001/10/xml-exc-c14n#",
            Self::Inclusive => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            Self::Inclusive11 => "http://www.w3.org/2006/12/xml-c14n11",
        }
    }
}

#[cfg(test)]
mod tests;
