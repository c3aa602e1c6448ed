//! In which characters a text says that it is. All are shown as UTF-8; who reads it later goes by what
//! it says.

/// Whether a text of this media type is read as UTF-8 by everybody: neither `charset` (RFC 2045,
/// section 5.1) nor an XML declaration (XML 1.0, section 4.3.3) says otherwise. What is written in an
/// unusual way counts as otherwise.
pub fn is_utf8(media_type: &str, octets: &[u8]) -> bool {
    let mut parameters = media_type.split(';').skip(1).map(compact);
    let of_type = parameters.all(|parameter| match parameter.strip_prefix("charset=") {
        Some(name) => is_read_alike(name, octets),
        None => !parameter.contains("charset"),
    });
    of_type && declaration(octets).is_none_or(|declaration| agrees(&declaration, octets))
}

fn is_read_alike(name: &str, octets: &[u8]) -> bool {
    match name {
        "utf-8" | "utf8" => true,
        // Browsers take this for windows-1252, which is the same for ASCII alone.
        "us-ascii" | "ascii" => octets.is_ascii(),
        _ => false,
    }
}

/// What stands in an XML declaration.
fn declaration(octets: &[u8]) -> Option<String> {
    let octets = octets.strip_prefix(BYTE_ORDER_MARK).unwrap_or(octets);
    let inside = octets.strip_prefix(b"<?xml")?;
    inside.first().filter(|first| first.is_ascii_whitespace())?;
    let end = inside.windows(2).position(|two| two == b"?>").unwrap_or(inside.len());
    Some(compact(&String::from_utf8_lossy(&inside[..end])))
}

fn agrees(declaration: &str, octets: &[u8]) -> bool {
    let versions = ["version=1.0", "version=1.1"];
    let rest = versions.iter().find_map(|version| declaration.strip_prefix(version));
    let Some(rest) = rest else { return false };
    let ends = ["standalone=yes", "standalone=no"];
    let rest = ends.iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
    rest.is_empty()
        || rest.strip_prefix("encoding=").is_some_and(|name| is_read_alike(name, octets))
}

/// In small letters, without white space and quotes.
fn compact(text: &str) -> String {
    text.replace(|char: char| char.is_ascii_whitespace() || "\"'".contains(char), "")
        .to_ascii_lowercase()
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_everybody_reads_as_utf8_is() {
        let long = "é".as_bytes();
        for (media_type, octets, expected) in [
            ("text/plain", long, true),
            ("text/plain;charset=UTF-8", long, true),
            ("text/plain; format=flowed; charset = \"utf-8\"", long, true),
            ("text/plain; charset=us-ascii", b"e", true),
            ("text/plain; charset=us-ascii", long, false),
            ("text/plain; charset=utf-7", b"+ADw-", false),
            ("text/plain; CharSet=\"UTF-16\"", b"e", false),
            ("text/plain; charset=utf-8; charset=utf-16le", b"e", false),
            ("text/plain; x=\"a;b\"; charset=iso-8859-1", b"e", false),
            ("text/plain; charset*=us-ascii''utf-7", b"e", false),
            ("text/plain; charset*0=utf-; charset*1=7", b"e", false),
            ("text/plain; charset", b"e", false),
            ("text/xml", b"<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\"?><a/>", true),
            ("text/xml", b"\xef\xbb\xbf<?xml version='1.0' encoding = \"UTF-8\" ?><a/>", true),
            ("text/xml", b"<?xml version='1.0'?><a encoding='utf-7'/>", true),
            ("text/xml", b"<?xml version='1.0' encoding='UTF-7'?><a/>", false),
            ("text/xml", b"\xef\xbb\xbf<?xml version='1.0' encoding\n=\n'utf-16'?><a/>", false),
            ("text/xml", b"<?xml version='1.0' encoding='utf-7'", false),
            ("text/xml", b"<?xml version='1.0' encoding='utf-7' encoding='utf-8'?><a/>", false),
            ("text/xml", b"<?xml-stylesheet href='a'?><a/>", true),
        ] {
            assert_eq!(is_utf8(media_type, octets), expected, "{media_type}");
        }
    }
}
