/// What the server answers to role selection and logout when they are done.
pub const STATUS_OK: &str = "<HTML><STATUS>OK</STATUS></HTML>";

/// Whether an answer to role selection or logout says that it is done; white space and the case
/// of the tags do not matter.
#[must_use]
pub fn is_status_ok(body: &[u8]) -> bool {
    let bare: Vec<u8> = body
        .iter()
        .filter(|octet| !octet.is_ascii_whitespace())
        .map(u8::to_ascii_uppercase)
        .take(STATUS_OK.len() + 1)
        .collect();
    bare == STATUS_OK.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::{STATUS_OK, is_status_ok};

    #[test]
    fn only_the_page_itself_is_ok() {
        assert!(is_status_ok(STATUS_OK.as_bytes()));
        assert!(is_status_ok(b"<html>\r\n <status>OK</status></html>\n"));
        for body in ["", "OK", "<HTML><STATUS>FAILED</STATUS></HTML>"] {
            assert!(!is_status_ok(body.as_bytes()), "{body}");
        }
        assert!(!is_status_ok(format!("{STATUS_OK}x").as_bytes()));
    }
}
