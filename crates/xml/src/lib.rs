//! Bounded XML: a strict parser, a writer, canonicalization and XML signatures.
//!
//! What may be parsed is XML 1.0 (fifth edition) with namespaces, in UTF-8, without a document
//! type declaration and thus without entities beyond the five predefined ones. Every size is
//! bounded by [`Limits`]. The crate does no input or output and no public-key arithmetic.
//!
//! ```
//! use wardkey_xml::{Document, Limits};
//!
//! let document = Document::parse(b"<a xmlns='urn:x'><b n='1'>two &amp; three</b></a>", &Limits::DEFAULT)?;
//! let b = document.root().child("urn:x", "b").ok_or("no b")?;
//! assert_eq!(b.attribute("n"), Some("1"));
//! assert_eq!(b.text(), "two & three");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod c14n;
mod character;
pub mod dsig;
mod error;
mod escape;
mod limits;
mod parse;
mod splice;
mod tree;
mod write;

pub use c14n::{C14nError, Canonicalization};
pub use error::{XmlError, XmlErrorKind};
pub use limits::Limits;
pub use splice::{insert_last_child, split_before_end};
pub use tree::{Attribute, Document, Element, NamespaceDeclaration, Node, NodeId};
pub use write::ElementBuilder;

/// The namespace of the prefix `xml` (Namespaces in XML 1.0, section 3).
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of the prefix `xmlns` (Namespaces in XML 1.0, section 3).
pub const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
