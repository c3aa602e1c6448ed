use base64ct::{Base64, Encoding as _};

use crate::ParseError;

/// The DER of each PEM block with this label, text around the blocks ignored (RFC 7468, lax).
pub(crate) fn blocks(
    pem: &[u8],
    label: &str,
    max_bytes: usize,
    max_blocks: usize,
) -> Result<Vec<Vec<u8>>, ParseError> {
    let text = std::str::from_utf8(pem).map_err(|_| ParseError::Pem)?;
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&begin) {
        let (body, after) = after.split_once(&end).ok_or(ParseError::Pem)?;
        if blocks.len() == max_blocks || body.len() / 2 > max_bytes {
            return Err(ParseError::TooLarge);
        }
        let base64: String = body.split_ascii_whitespace().collect();
        blocks.push(Base64::decode_vec(&base64).map_err(|_| ParseError::Pem)?);
        rest = after;
    }
    Ok(blocks)
}

/// One PEM block, 64 characters a line (RFC 7468).
pub(crate) fn encode(der: &[u8], label: &str) -> String {
    let base64 = Base64::encode_string(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

const LINE: usize = 64;
