use super::{C14nError, Canonicalization, Method, base};
use crate::{Attribute, Document, Element, Node, XML_NAMESPACE, character::is_same, escape};

pub(super) fn document(
    method: &Canonicalization,
    document: &Document,
    keep: &dyn Fn(Node<'_>) -> bool,
) -> Result<Vec<u8>, C14nError> {
    let mut renderer = Renderer::new(method, keep, document.root());
    let mut after_root = false;
    for node in document.nodes().filter(|node| keep(*node)) {
        if let Node::Element(root) = node {
            renderer.element(root, &[])?;
            after_root = true;
            continue;
        }
        if matches!(node, Node::Comment(_)) && !method.comments {
            continue;
        }
        // Nodes around the root stand on lines of their own (section 2.3).
        if after_root {
            renderer.out.push('\n');
        }
        renderer.other(node)?;
        if !after_root {
            renderer.out.push('\n');
        }
    }
    Ok(renderer.out.into_bytes())
}

pub(super) fn element(
    method: &Canonicalization,
    element: Element<'_>,
    keep: &dyn Fn(Node<'_>) -> bool,
) -> Result<Vec<u8>, C14nError> {
    let mut renderer = Renderer::new(method, keep, element);
    let mut ancestors: Vec<_> =
        std::iter::successors(element.parent(), |ancestor| ancestor.parent()).collect();
    ancestors.reverse();
    for ancestor in &ancestors {
        renderer.enter_scope(*ancestor)?;
    }
    let inherited = inherited_attributes(method.method, element, &ancestors);
    renderer.element(element, &inherited)?;
    Ok(renderer.out.into_bytes())
}

/// The `xml:` attributes that the inclusive methods take over from ancestors that are left out:
/// all of them in 1.0 (section 2.4); in 1.1 `lang` and `space`, and `base` joined with those within,
/// its own among them.
fn inherited_attributes(
    method: Method,
    element: Element<'_>,
    ancestors: &[Element<'_>],
) -> Vec<Attribute> {
    if method == Method::Exclusive {
        return Vec::new();
    }
    let mut inherited: Vec<Attribute> = Vec::new();
    for ancestor in ancestors.iter().rev() {
        for attribute in ancestor.attributes().iter().filter(|a| a.namespace() == XML_NAMESPACE) {
            if method == Method::Inclusive11 && !matches!(attribute.local(), "lang" | "space") {
                continue;
            }
            let nearer = element.attribute_in(XML_NAMESPACE, attribute.local()).is_some()
                || inherited.iter().any(|other| other.local() == attribute.local());
            if !nearer {
                inherited.push(attribute.clone());
            }
        }
    }
    if method == Method::Inclusive11 {
        inherited.extend(joined_base(element, ancestors));
    }
    inherited
}

/// `None`: no ancestor sets a base.
fn joined_base(element: Element<'_>, ancestors: &[Element<'_>]) -> Option<Attribute> {
    let is_base = |a: &&Attribute| a.namespace() == XML_NAMESPACE && a.local() == BASE;
    let base_of = |element: Element<'_>| element.attributes().iter().find(is_base).cloned();
    let mut bases = ancestors.iter().copied().filter_map(base_of);
    let outermost = bases.next()?;
    let value = bases
        .chain(base_of(element))
        .fold(outermost.value.clone(), |around, within| base::join(&around, &within.value));
    Some(Attribute { value, ..outermost })
}

struct Renderer<'m, 'a> {
    method: &'m Canonicalization,
    keep: &'m dyn Fn(Node<'_>) -> bool,
    out: String,
    /// What the document declares, outermost first.
    scope: Vec<(&'a str, &'a str)>,
    /// What the output declares, outermost first.
    rendered: Vec<(&'a str, &'a str)>,
    started: bool,
}

impl<'m, 'a> Renderer<'m, 'a> {
    fn new(
        method: &'m Canonicalization,
        keep: &'m dyn Fn(Node<'_>) -> bool,
        element: Element<'_>,
    ) -> Self {
        // About as long as what was read.
        let out = String::with_capacity(element.source_range().len().min(method.most));
        let (scope, rendered) = (Vec::new(), Vec::new());
        Self { method, keep, out, scope, rendered, started: false }
    }

    fn enter_scope(&mut self, element: Element<'a>) -> Result<(), C14nError> {
        for declaration in element.declarations() {
            if !declaration.uri().is_empty() && !has_scheme(declaration.uri()) {
                return Err(C14nError::RelativeNamespace);
            }
            // The prefix `xml` is never rendered, for it cannot be bound to anything else.
            if declaration.prefix() != "xml" {
                self.scope.push((declaration.prefix(), declaration.uri()));
            }
        }
        Ok(())
    }

    fn element(&mut self, element: Element<'a>, inherited: &[Attribute]) -> Result<(), C14nError> {
        let (scope, rendered) = (self.scope.len(), self.rendered.len());
        self.enter_scope(element)?;
        self.out.push('<');
        self.name(element.prefix(), element.local());
        self.declarations(element, scope);
        self.attributes(element, inherited);
        self.out.push('>');
        self.check_size()?;
        for node in element.nodes() {
            if matches!(node, Node::Comment(_)) && !self.method.comments || !(self.keep)(node) {
                continue;
            }
            match node {
                Node::Element(child) => self.element(child, &[])?,
                other => self.other(other)?,
            }
        }
        self.out.push_str("</");
        self.name(element.prefix(), element.local());
        self.out.push('>');
        self.scope.truncate(scope);
        self.rendered.truncate(rendered);
        Ok(())
    }

    fn declarations(&mut self, element: Element<'a>, outside: usize) {
        // The first element that is rendered brings in what its ancestors declare; after it,
        // what the inclusive rules cover changes only where there is a declaration.
        let declared = if self.started { &self.scope[outside..] } else { &self.scope[..] };
        self.started = true;
        let declared = declared.iter().map(|(prefix, _)| *prefix);
        let mut prefixes: Vec<&'a str> = match self.method.method {
            Method::Exclusive => std::iter::once(element.prefix())
                .chain(element.attributes().iter().map(Attribute::prefix).filter(|p| !p.is_empty()))
                .chain(declared.filter(|prefix| self.method.prefixes.contains(*prefix)))
                .collect(),
            Method::Inclusive | Method::Inclusive11 => declared.collect(),
        };
        prefixes.sort_unstable();
        prefixes.dedup();
        for prefix in prefixes.into_iter().filter(|prefix| *prefix != "xml") {
            let uri = lookup(&self.scope, prefix);
            if is_same(uri, lookup(&self.rendered, prefix)) {
                continue;
            }
            self.rendered.push((prefix, uri));
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            self.out.push_str("=\"");
            escape::attribute(&mut self.out, uri);
            self.out.push('"');
        }
    }

    fn attributes(&mut self, element: Element<'a>, inherited: &[Attribute]) {
        let is_joined = |own: &&Attribute| {
            let same = |a: &Attribute| (&*a.namespace, a.local()) == (&*own.namespace, own.local());
            inherited.iter().any(same)
        };
        let own = element.attributes().iter().filter(|own| !is_joined(own));
        let of_ancestors = inherited.iter().filter(|a| a.local() != BASE || !a.value.is_empty());
        let mut attributes: Vec<&Attribute> = own.chain(of_ancestors).collect();
        attributes
            .sort_unstable_by(|a, b| (a.namespace(), a.local()).cmp(&(b.namespace(), b.local())));
        for attribute in attributes {
            self.out.push(' ');
            self.name(attribute.prefix(), attribute.local());
            self.out.push_str("=\"");
            escape::attribute(&mut self.out, attribute.value());
            self.out.push('"');
        }
    }

    fn other(&mut self, node: Node<'_>) -> Result<(), C14nError> {
        match node {
            Node::Text(text) => escape::text(&mut self.out, text),
            Node::Comment(comment) => {
                self.out.push_str("<!--");
                self.out.push_str(comment);
                self.out.push_str("-->");
            }
            Node::ProcessingInstruction { target, data } => {
                self.out.push_str("<?");
                self.out.push_str(target);
                if !data.is_empty() {
                    self.out.push(' ');
                    self.out.push_str(data);
                }
                self.out.push_str("?>");
            }
            Node::Element(_) => {}
        }
        self.check_size()
    }

    /// One node more than the bound may be there, which is bounded as the document is.
    fn check_size(&self) -> Result<(), C14nError> {
        if self.out.len() > self.method.most { Err(C14nError::TooLarge) } else { Ok(()) }
    }

    fn name(&mut self, prefix: &str, local: &str) {
        if !prefix.is_empty() {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(local);
    }
}

/// What the innermost declaration binds a prefix to; empty: nothing.
fn lookup<'a>(declarations: &[(&'a str, &'a str)], prefix: &str) -> &'a str {
    declarations.iter().rev().find(|(bound, _)| is_same(bound, prefix)).map_or("", |(_, uri)| uri)
}

/// Whether a URI reference is absolute (RFC 3986, section 3.1).
pub(super) fn has_scheme(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

const BASE: &str = "base";
