//! Escaping as Canonical XML 1.0 prescribes it (section 2.3); the writer uses the same, so that
//! what it writes is read back exactly.

/// Appends character data.
pub(crate) fn text(out: &mut String, text: &str) {
    escaped(out, text, |octet| match octet {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Appends the value of an attribute, for double quotes.
pub(crate) fn attribute(out: &mut String, value: &str) {
    escaped(out, value, |octet| match octet {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Whatever is escaped is ASCII; what lies between goes at once.
fn escaped(out: &mut String, text: &str, escape: impl Fn(u8) -> Option<&'static str>) {
    let mut start = 0;
    for (place, octet) in text.bytes().enumerate() {
        if let Some(escape) = escape(octet) {
            out.push_str(&text[start..place]);
            out.push_str(escape);
            start = place + 1;
        }
    }
    out.push_str(&text[start..]);
}
