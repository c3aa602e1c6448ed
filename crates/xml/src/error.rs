use std::fmt;

/// Why octets are no document that this crate admits, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError {
    kind: XmlErrorKind,
    offset: usize,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum XmlErrorKind {
    /// An attribute is given twice, by its name or by its namespace and local name.
    DuplicateAttribute,
    /// A document type declaration: never read.
    Doctype,
    /// A character that XML 1.0 does not admit here, literally or as a reference.
    ForbiddenCharacter,
    /// A name, or a qualified name, that is not one.
    MalformedName,
    /// The markup at this place is not well formed.
    Malformed,
    /// An end tag that closes another element than the innermost open one.
    MismatchedTag,
    /// A namespace declaration that Namespaces in XML 1.0 forbids.
    NamespaceMisuse,
    /// A namespace's URI that is longer than [`Limits`](crate::Limits) admits.
    NamespaceTooLong,
    /// An encoding other than UTF-8, by declaration or by its octets.
    NotUtf8,
    /// More attributes on one element than [`Limits`](crate::Limits) admits.
    TooManyAttributes,
    /// More namespaces in scope than [`Limits`](crate::Limits) admits.
    TooManyNamespaces,
    /// More nodes than [`Limits`](crate::Limits) admits.
    TooManyNodes,
    /// Deeper nesting than [`Limits`](crate::Limits) admits.
    TooDeep,
    /// More octets than [`Limits`](crate::Limits) admits.
    TooLarge,
    /// Something other than comments and processing instructions after the root element.
    TrailingContent,
    /// A prefix that no declaration in scope binds.
    UnboundPrefix,
    /// The document ends inside a construct, or has no root element.
    UnexpectedEnd,
    /// An entity other than the five predefined ones.
    UnknownEntity,
    /// An XML version other than 1.0.
    UnsupportedVersion,
}

impl XmlError {
    pub(crate) fn new(kind: XmlErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> XmlErrorKind {
        self.kind
    }

    /// The octet at or near which it was seen, from 0.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "XML: {} at octet {}", self.kind.sentence(), self.offset)
    }
}

impl std::error::Error for XmlError {}

impl XmlErrorKind {
    fn sentence(self) -> &'static str {
        match self {
            Self::DuplicateAttribute => "attribute given twice",
            Self::Doctype => "document type declaration refused",
            Self::ForbiddenCharacter => "character not admitted",
            Self::MalformedName => "malformed name",
            Self::Malformed => "markup not well formed",
            Self::MismatchedTag => "end tag of another element",
            Self::NamespaceMisuse => "forbidden namespace declaration",
            Self::NamespaceTooLong => "namespace URI too long",
            Self::NotUtf8 => "not UTF-8",
            Self::TooManyAttributes => "too many attributes",
            Self::TooManyNamespaces => "too many namespaces in scope",
            Self::TooManyNodes => "too many nodes",
            Self::TooDeep => "nested too deep",
            Self::TooLarge => "too large",
            Self::TrailingContent => "content after the root element",
            Self::UnboundPrefix => "prefix without a namespace",
            Self::UnexpectedEnd => "unexpected end",
            Self::UnknownEntity => "unknown entity",
            Self::UnsupportedVersion => "unsupported XML version",
        }
    }
}
