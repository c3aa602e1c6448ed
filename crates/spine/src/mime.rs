use base64ct::{Base64, Encoding as _};

/// Why a login response is not the MIME part that carries CMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MimeError {
    /// The content is not base64.
    #[error("the content is not base64")]
    Content,
    /// A header is missing, or is not the one that CMS needs.
    #[error("missing or unexpected header {0}")]
    Header(&'static str),
    /// There is no empty line between headers and content, or the part is no text.
    #[error("not a MIME part")]
    NotMime,
    /// Larger than any response of a card.
    #[error("too large")]
    TooLarge,
}

/// Wraps a CMS structure in DER into the MIME part of the validate request (RFC 8551, section
/// 3.2, with the media type that the Spine's clients use).
#[must_use]
pub fn wrap_cms(cms: &[u8]) -> String {
    let encoded = Base64::encode_string(cms);
    let mut out = String::from(HEADERS);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE_LENGTH));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out
}

/// Reads such a MIME part: the CMS structure in DER. Line ends, order and case of the headers do
/// not matter.
///
/// # Errors
/// [`MimeError`] when it is none.
pub fn unwrap_cms(part: &[u8]) -> Result<Vec<u8>, MimeError> {
    if part.len() > MAX_LENGTH {
        return Err(MimeError::TooLarge);
    }
    let text = std::str::from_utf8(part).map_err(|_| MimeError::NotMime)?.replace("\r\n", "\n");
    let (headers, content) = text.split_once("\n\n").ok_or(MimeError::NotMime)?;
    let media_type = header(headers, "Content-Type")?;
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !MEDIA_TYPES.iter().any(|known| media_type.eq_ignore_ascii_case(known)) {
        return Err(MimeError::Header("Content-Type"));
    }
    if !header(headers, "Content-Transfer-Encoding")?.eq_ignore_ascii_case("base64") {
        return Err(MimeError::Header("Content-Transfer-Encoding"));
    }
    let content: String = content.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    match Base64::decode_vec(&content) {
        Ok(cms) if !cms.is_empty() => Ok(cms),
        _ => Err(MimeError::Content),
    }
}

/// The value of a header that is there once.
fn header<'a>(headers: &'a str, name: &'static str) -> Result<&'a str, MimeError> {
    let mut found = headers
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim());
    let value = found.next().ok_or(MimeError::Header(name))?;
    if found.next().is_some() { Err(MimeError::Header(name)) } else { Ok(value) }
}

const HEADERS: &str = "MIME-Version: 1.0\n\
    Content-Disposition: attachment; filename=\"smime.p7m\"\n\
    Content-Type: application/x-pkcs7-mime; smime-type=signed-data; name=\"smime.p7m\"\n\
    Content-Transfer-Encoding: base64\n\n";
const MEDIA_TYPES: [&str; 2] = ["application/x-pkcs7-mime", "application/pkcs7-mime"];
const LINE_LENGTH: usize = 64;
const MAX_LENGTH: usize = 128 * 1024;

#[cfg(test)]
mod tests;
