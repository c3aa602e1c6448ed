use std::sync::Arc;

use super::attributes::RawAttribute;
use crate::{
    Attribute, Document, Limits, NamespaceDeclaration, NodeId, XML_NAMESPACE, XMLNS_NAMESPACE,
    XmlError, XmlErrorKind,
    character::{is_same, split_at_colon, split_qualified},
    tree::{ElementData, NodeData, NodeKind},
};

/// Grows the tree, resolves namespaces and keeps to the limits.
pub(super) struct Builder {
    limits: Limits,
    nodes: Vec<NodeData>,
    /// The last child of each open node, the document first.
    open: Vec<Open>,
    /// The declarations in scope, outermost first.
    scope: Vec<NamespaceDeclaration>,
    root: Option<NodeId>,
    none: Arc<str>,
    xml: Arc<str>,
}

struct Open {
    id: NodeId,
    last: Option<NodeId>,
    /// How many declarations were in scope outside of it.
    scope: usize,
}

impl Builder {
    pub(super) fn new(limits: &Limits) -> Self {
        let document =
            NodeData { parent: DOCUMENT, next: None, kind: NodeKind::Document { first: None } };
        Self {
            limits: Limits { depth: limits.depth.min(Limits::MAX_DEPTH), ..*limits },
            nodes: vec![document],
            open: vec![Open { id: DOCUMENT, last: None, scope: 0 }],
            scope: Vec::new(),
            root: None,
            none: Arc::from(""),
            xml: Arc::from(XML_NAMESPACE),
        }
    }

    pub(super) fn finish(self, offset: usize) -> Result<Document, XmlError> {
        let root = self.root.ok_or_else(|| XmlError::new(XmlErrorKind::UnexpectedEnd, offset))?;
        Ok(Document { nodes: self.nodes, root })
    }

    pub(super) fn attribute_limit(&self) -> usize {
        self.limits.attributes
    }

    /// Whether an element is open.
    pub(super) fn is_open(&self) -> bool {
        self.open.len() > 1
    }

    /// Whether the innermost open element has this qualified name.
    pub(super) fn innermost_is(&self, name: &str) -> bool {
        let Some(data) = self.open.last().and_then(|open| self.element(open.id)) else {
            return false;
        };
        match split_at_colon(name) {
            Some((prefix, local)) => data.prefix == prefix && data.local == local,
            None => data.prefix.is_empty() && data.local == name,
        }
    }

    pub(super) fn open(
        &mut self,
        name: &str,
        attributes: &mut Vec<RawAttribute<'_>>,
        offset: usize,
    ) -> Result<(), XmlError> {
        if self.open.len() > self.limits.depth {
            return Err(XmlError::new(XmlErrorKind::TooDeep, offset));
        }
        let outside = self.scope.len();
        let declarations = self.declare(attributes)?;
        let (prefix, local) = split(name, offset)?;
        let namespace = self.resolve(prefix, offset)?;
        let attributes = self.expand(attributes)?;
        let data = ElementData {
            prefix: prefix.to_owned(),
            local: local.to_owned(),
            namespace,
            attributes,
            declarations,
            first: None,
            source: position(offset)..position(offset),
            end_tag: None,
        };
        let id = self.add(NodeKind::Element(Box::new(data)), offset)?;
        if self.root.is_none() {
            self.root = Some(id);
        }
        self.open.push(Open { id, last: None, scope: outside });
        Ok(())
    }

    /// Closes the innermost element, whose end tag starts and ends at these places.
    pub(super) fn close(&mut self, end_tag: Option<usize>, end: usize) {
        let Some(open) = self.open.pop() else { return };
        self.scope.truncate(open.scope);
        if let Some(NodeData { kind: NodeKind::Element(data), .. }) =
            self.nodes.get_mut(open.id.0 as usize)
        {
            data.source.end = position(end);
            data.end_tag = end_tag.map(position);
        }
    }

    /// Adds character data, to the text before it when there is one.
    pub(super) fn text(&mut self, text: String, offset: usize) -> Result<(), XmlError> {
        if text.is_empty() {
            return Ok(());
        }
        let last = self.open.last().and_then(|open| open.last);
        if let Some(last) = last
            && let Some(NodeData { kind: NodeKind::Text(before), .. }) =
                self.nodes.get_mut(last.0 as usize)
        {
            before.push_str(&text);
            return Ok(());
        }
        self.add(NodeKind::Text(text), offset).map(drop)
    }

    pub(super) fn comment(&mut self, comment: String, offset: usize) -> Result<(), XmlError> {
        self.add(NodeKind::Comment(comment), offset).map(drop)
    }

    pub(super) fn processing_instruction(
        &mut self,
        target: String,
        data: String,
        offset: usize,
    ) -> Result<(), XmlError> {
        self.add(NodeKind::ProcessingInstruction { target, data }, offset).map(drop)
    }

    fn add(&mut self, kind: NodeKind, offset: usize) -> Result<NodeId, XmlError> {
        // The document node is not counted.
        let too_many = || XmlError::new(XmlErrorKind::TooManyNodes, offset);
        if self.nodes.len() > self.limits.nodes {
            return Err(too_many());
        }
        let id = NodeId(u32::try_from(self.nodes.len()).map_err(|_| too_many())?);
        let Some(open) = self.open.last_mut() else {
            return Err(XmlError::new(XmlErrorKind::Malformed, offset));
        };
        let parent = open.id;
        let previous = open.last.replace(id);
        let link = self.nodes.get_mut(previous.unwrap_or(parent).0 as usize);
        match (previous, link) {
            (Some(_), Some(sibling)) => sibling.next = Some(id),
            (None, Some(NodeData { kind: NodeKind::Element(data), .. })) => data.first = Some(id),
            (None, Some(NodeData { kind: NodeKind::Document { first }, .. })) => *first = Some(id),
            _ => return Err(XmlError::new(XmlErrorKind::Malformed, offset)),
        }
        self.nodes.push(NodeData { parent, next: None, kind });
        Ok(id)
    }

    fn element(&self, id: NodeId) -> Option<&ElementData> {
        match &self.nodes.get(id.0 as usize)?.kind {
            NodeKind::Element(data) => Some(data),
            _ => None,
        }
    }

    /// Takes the namespace declarations out of the attributes and into scope
    /// (Namespaces in XML 1.0, section 3).
    fn declare(
        &mut self,
        attributes: &mut Vec<RawAttribute<'_>>,
    ) -> Result<Vec<NamespaceDeclaration>, XmlError> {
        let mut declarations = Vec::new();
        for attribute in attributes.iter() {
            let Some(bound) = attribute.binds() else { continue };
            split(attribute.name, attribute.offset)?;
            let uri = attribute.value.as_str();
            let misuse = bound == "xmlns"
                || uri == XMLNS_NAMESPACE
                || (bound == "xml") != (uri == XML_NAMESPACE)
                || (!bound.is_empty() && uri.is_empty());
            if misuse {
                return Err(XmlError::new(XmlErrorKind::NamespaceMisuse, attribute.offset));
            }
            if self.scope.len() >= self.limits.namespaces {
                return Err(XmlError::new(XmlErrorKind::TooManyNamespaces, attribute.offset));
            }
            if uri.len() > self.limits.namespace_bytes {
                return Err(XmlError::new(XmlErrorKind::NamespaceTooLong, attribute.offset));
            }
            let declaration =
                NamespaceDeclaration { prefix: bound.to_owned(), uri: Arc::from(uri) };
            self.scope.push(declaration.clone());
            declarations.push(declaration);
        }
        if !declarations.is_empty() {
            attributes.retain(|attribute| attribute.binds().is_none());
        }
        Ok(declarations)
    }

    fn expand(&self, raw: &mut Vec<RawAttribute<'_>>) -> Result<Vec<Attribute>, XmlError> {
        let mut attributes: Vec<Attribute> = Vec::with_capacity(raw.len());
        for RawAttribute { name, value, offset } in raw.drain(..) {
            let (prefix, local) = split(name, offset)?;
            let namespace = if prefix.is_empty() {
                Arc::clone(&self.none)
            } else {
                self.resolve(prefix, offset)?
            };
            if attributes.iter().any(|other| other.local == local && other.namespace == namespace) {
                return Err(XmlError::new(XmlErrorKind::DuplicateAttribute, offset));
            }
            let (prefix, local) = (prefix.to_owned(), local.to_owned());
            attributes.push(Attribute { prefix, local, namespace, value });
        }
        Ok(attributes)
    }

    fn resolve(&self, prefix: &str, offset: usize) -> Result<Arc<str>, XmlError> {
        if prefix == "xml" {
            return Ok(Arc::clone(&self.xml));
        }
        match self.scope.iter().rev().find(|declaration| is_same(&declaration.prefix, prefix)) {
            Some(declaration) => Ok(Arc::clone(&declaration.uri)),
            None if prefix.is_empty() => Ok(Arc::clone(&self.none)),
            None => Err(XmlError::new(XmlErrorKind::UnboundPrefix, offset)),
        }
    }
}

fn split(name: &str, offset: usize) -> Result<(&str, &str), XmlError> {
    split_qualified(name).ok_or_else(|| XmlError::new(XmlErrorKind::MalformedName, offset))
}

/// A place as stored; the parser admits no document of more octets than 32 bits can count.
fn position(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

const DOCUMENT: NodeId = NodeId(0);
