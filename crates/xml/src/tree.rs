use std::{fmt, ops::Range, sync::Arc};

use crate::XML_NAMESPACE;

/// A well-formed document as a tree, read by [`Document::parse`].
pub struct Document {
    pub(crate) nodes: Vec<NodeData>,
    pub(crate) root: NodeId,
}

/// One element of a [`Document`]; a view that is cheap to copy.
///
/// Two views are equal when they are the same element of the same document.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    document: &'a Document,
    id: NodeId,
    data: &'a ElementData,
}

/// One node of a [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Node<'a> {
    /// A comment, without its delimiters.
    Comment(&'a str),
    /// An element.
    Element(Element<'a>),
    /// A processing instruction.
    ProcessingInstruction {
        /// The name it begins with.
        target: &'a str,
        /// What follows the name; empty when nothing does.
        data: &'a str,
    },
    /// Character data, CDATA sections merged into it, references resolved.
    Text(&'a str),
}

/// An attribute that is not a namespace declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub(crate) prefix: String,
    pub(crate) local: String,
    pub(crate) namespace: Arc<str>,
    pub(crate) value: String,
}

/// A namespace declaration of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceDeclaration {
    pub(crate) prefix: String,
    pub(crate) uri: Arc<str>,
}

/// A node's place in its document, in document order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

pub(crate) struct NodeData {
    pub(crate) parent: NodeId,
    pub(crate) next: Option<NodeId>,
    pub(crate) kind: NodeKind,
}

pub(crate) enum NodeKind {
    Document { first: Option<NodeId> },
    Element(Box<ElementData>),
    Text(String),
    Comment(String),
    ProcessingInstruction { target: String, data: String },
}

pub(crate) struct ElementData {
    pub(crate) prefix: String,
    pub(crate) local: String,
    pub(crate) namespace: Arc<str>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) declarations: Vec<NamespaceDeclaration>,
    pub(crate) first: Option<NodeId>,
    pub(crate) source: Range<u32>,
    pub(crate) end_tag: Option<u32>,
}

impl Document {
    /// The root element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        match self.element(self.root) {
            Some(root) => root,
            None => unreachable!("the parser gives a document only with its root element"),
        }
    }

    /// The element with this id; `None` when the id is of another kind of node or document.
    #[must_use]
    pub fn element(&self, id: NodeId) -> Option<Element<'_>> {
        match &self.node(id)?.kind {
            NodeKind::Element(data) => Some(Element { document: self, id, data }),
            _ => None,
        }
    }

    /// The root element, and the comments and processing instructions around it, in order.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let first = match self.nodes.first().map(|node| &node.kind) {
            Some(NodeKind::Document { first }) => *first,
            _ => None,
        };
        self.siblings(first)
    }

    /// Every element, in document order.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        (0..self.nodes.len()).filter_map(|id| self.element(NodeId(u32::try_from(id).ok()?)))
    }

    fn node(&self, id: NodeId) -> Option<&NodeData> {
        self.nodes.get(usize::try_from(id.0).ok()?)
    }

    fn siblings(&self, first: Option<NodeId>) -> impl Iterator<Item = Node<'_>> {
        std::iter::successors(first, |id| self.node(*id)?.next).filter_map(|id| self.view(id))
    }

    fn view(&self, id: NodeId) -> Option<Node<'_>> {
        match &self.node(id)?.kind {
            NodeKind::Document { .. } => None,
            NodeKind::Element(data) => Some(Node::Element(Element { document: self, id, data })),
            NodeKind::Text(text) => Some(Node::Text(text)),
            NodeKind::Comment(text) => Some(Node::Comment(text)),
            NodeKind::ProcessingInstruction { target, data } => {
                Some(Node::ProcessingInstruction { target, data })
            }
        }
    }
}

impl<'a> Element<'a> {
    /// The document it belongs to.
    #[must_use]
    pub fn document(self) -> &'a Document {
        self.document
    }

    /// Its place in the document.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The prefix as written; empty: none.
    #[must_use]
    pub fn prefix(self) -> &'a str {
        &self.data.prefix
    }

    /// The local name.
    #[must_use]
    pub fn local(self) -> &'a str {
        &self.data.local
    }

    /// The namespace; empty: none.
    #[must_use]
    pub fn namespace(self) -> &'a str {
        &self.data.namespace
    }

    /// Whether it has this namespace (empty: none) and local name.
    #[must_use]
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.namespace() == namespace && self.local() == local
    }

    /// The element around it; `None` for the root.
    #[must_use]
    pub fn parent(self) -> Option<Element<'a>> {
        self.document.element(self.document.node(self.id)?.parent)
    }

    /// Its child nodes, in order.
    pub fn nodes(self) -> impl Iterator<Item = Node<'a>> {
        self.document.siblings(self.data.first)
    }

    /// Its child elements, in order.
    pub fn children(self) -> impl Iterator<Item = Element<'a>> {
        self.nodes().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// Its child elements of one name, in order.
    pub fn children_named(self, namespace: &str, local: &str) -> impl Iterator<Item = Element<'a>> {
        self.children().filter(move |child| child.is(namespace, local))
    }

    /// Its first child element of this name.
    #[must_use]
    pub fn child(self, namespace: &str, local: &str) -> Option<Element<'a>> {
        self.children_named(namespace, local).next()
    }

    /// Its child element of this name, when there is exactly one.
    #[must_use]
    pub fn only_child(self, namespace: &str, local: &str) -> Option<Element<'a>> {
        let mut found = self.children_named(namespace, local);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The element reached by taking the first child of each local name in turn, whatever its
    /// namespace.
    #[must_use]
    pub fn path(self, locals: &[&str]) -> Option<Element<'a>> {
        locals.iter().try_fold(self, |element, local| {
            element.children().find(|child| child.local() == *local)
        })
    }

    /// The element itself and all elements inside it, in document order.
    pub fn descendants(self) -> impl Iterator<Item = Element<'a>> {
        let end = self.data.source.end;
        let start = usize::try_from(self.id.0).unwrap_or(usize::MAX);
        (start..self.document.nodes.len())
            .filter_map(move |id| self.document.element(NodeId(u32::try_from(id).ok()?)))
            .take_while(move |element| element.data.source.start < end)
    }

    /// Its attributes as written, namespace declarations left out.
    #[must_use]
    pub fn attributes(self) -> &'a [Attribute] {
        &self.data.attributes
    }

    /// The value of its attribute of this name in no namespace.
    #[must_use]
    pub fn attribute(self, local: &str) -> Option<&'a str> {
        self.attribute_in("", local)
    }

    /// The value of its attribute of this namespace (empty: none) and local name.
    #[must_use]
    pub fn attribute_in(self, namespace: &str, local: &str) -> Option<&'a str> {
        self.data
            .attributes
            .iter()
            .find(|attribute| attribute.local == local && &*attribute.namespace == namespace)
            .map(|attribute| attribute.value.as_str())
    }

    /// The namespace declarations written on it.
    #[must_use]
    pub fn declarations(self) -> &'a [NamespaceDeclaration] {
        &self.data.declarations
    }

    /// The namespace that a prefix (empty: the default) stands for here; `None`: not bound.
    #[must_use]
    pub fn namespace_of(self, prefix: &str) -> Option<&'a str> {
        if prefix == "xml" {
            return Some(XML_NAMESPACE);
        }
        std::iter::successors(Some(self), |element| element.parent())
            .flat_map(|element| element.declarations())
            .find(|declaration| declaration.prefix == prefix)
            .map(|declaration| &*declaration.uri)
            .filter(|uri| !uri.is_empty())
    }

    /// Its own character data joined together, that of its children left out; comments do not
    /// split it.
    #[must_use]
    pub fn text(self) -> String {
        self.nodes()
            .filter_map(|node| match node {
                Node::Text(text) => Some(text),
                _ => None,
            })
            .collect()
    }

    /// Where it stands in the octets that were parsed, from `<` to `>`.
    #[must_use]
    pub fn source_range(self) -> Range<usize> {
        self.data.source.start as usize..self.data.source.end as usize
    }

    pub(crate) fn end_tag(self) -> Option<usize> {
        self.data.end_tag.map(|offset| offset as usize)
    }
}

impl Attribute {
    /// The prefix as written; empty: none.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The local name.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The namespace; empty: none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The value, normalised (XML 1.0, section 3.3.3).
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl NamespaceDeclaration {
    /// The prefix it binds; empty: the default namespace.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What it binds it to; empty, for the default namespace only: to none.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Element({{{}}}{})", self.namespace(), self.local())
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.id == other.id
    }
}

impl Eq for Element<'_> {}
