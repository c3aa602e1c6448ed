//! The fix-up of `xml:base` (Canonical XML 1.1, section 2.4): references joined as RFC 3986 does,
//! but so that relative ones stay relative.

/// What a reference means below a base: "join-URI-References".
pub(super) fn join(base: &str, reference: &str) -> String {
    let (base, reference) = (Parts::of(base), Parts::of(reference));
    let joined = if reference.scheme.is_some() {
        Parts { path: without_dots(&reference.path), ..reference }
    } else if reference.authority.is_some() {
        Parts { scheme: base.scheme, path: without_dots(&reference.path), ..reference }
    } else if reference.path.is_empty() {
        Parts { path: without_dots(&base.path), query: reference.query.or(base.query), ..base }
    } else {
        let path = match reference.path.starts_with('/') {
            true => without_dots(&reference.path),
            false => without_dots(&merged(&base, &reference.path)),
        };
        Parts { path, query: reference.query, ..base }
    };
    joined.to_string()
}

/// A reference without its fragment, which means nothing to a base (RFC 3986, section 3).
struct Parts {
    scheme: Option<String>,
    authority: Option<String>,
    path: String,
    query: Option<String>,
}

impl Parts {
    fn of(uri: &str) -> Self {
        let uri = uri.split('#').next().unwrap_or_default();
        let (scheme, rest) = match uri.split_once(':') {
            Some((scheme, rest)) if super::render::has_scheme(uri) => (Some(scheme), rest),
            _ => (None, uri),
        };
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(&rest[..end]), &rest[end..])
            }
            None => (None, rest),
        };
        Self {
            scheme: scheme.map(str::to_owned),
            authority: authority.map(str::to_owned),
            path: path.to_owned(),
            query: query.map(str::to_owned),
        }
    }
}

impl std::fmt::Display for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(scheme) = &self.scheme {
            write!(f, "{scheme}:")?;
        }
        if let Some(authority) = &self.authority {
            write!(f, "//{authority}")?;
        }
        f.write_str(&self.path)?;
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

/// RFC 3986, section 5.2.3; `..` at the end of the base stands for a folder.
fn merged(base: &Parts, path: &str) -> String {
    let folder = without_dots(&base.path);
    match folder.rfind('/') {
        Some(slash) => format!("{}{path}", &folder[..=slash]),
        None if base.authority.is_some() => format!("/{path}"),
        None => path.to_owned(),
    }
}

/// RFC 3986, section 5.2.4, but that `..` stays in front of a relative path, and slashes come one
/// by one.
fn without_dots(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut is_folder = false;
    for segment in path.split('/') {
        is_folder = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => drop(kept.pop()),
            ".." if absolute => {}
            segment => kept.push(segment),
        }
    }
    let end = if is_folder && !kept.is_empty() { "/" } else { "" };
    format!("{}{}{end}", if absolute { "/" } else { "" }, kept.join("/"))
}

#[test]
fn references_are_joined() {
    for (base, reference, joined) in [
        ("http://a.example/b/c?q", "d", "http://a.example/b/d"),
        ("http://a.example/b/c?q", "", "http://a.example/b/c?q"),
        ("http://a.example/b/c", "?r#s", "http://a.example/b/c?r"),
        ("http://a.example/b/c/", "../../../d/./e/..", "http://a.example/d/"),
        ("http://a.example", "d", "http://a.example/d"),
        ("http://a.example/b", "//c.example/./d", "http://c.example/d"),
        ("http://a.example/b", "urn:x", "urn:x"),
        ("..", "..", "../../"),
        ("../../", "x", "../../x"),
        ("foo/bar", "../x//y", "x/y"),
        ("foo/bar", "..", ""),
        ("", "x", "x"),
    ] {
        assert_eq!(join(base, reference), joined, "{base} {reference}");
    }
}
