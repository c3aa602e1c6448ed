use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use super::*;

/// Answers one request with these octets; gives its address.
fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/login.crl", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).unwrap();
        stream.write_all(answer).unwrap();
    });
    url
}

fn get(answer: &'static [u8], limit: usize) -> Result<Vec<u8>, FetchError> {
    HttpFetch::new().get(&answering(answer), limit)
}

#[test]
fn a_body_is_fetched_up_to_its_limit() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlist";
    assert_eq!(get(answer, 4), Ok(b"list".to_vec()));
    assert_eq!(get(answer, 2), Err(FetchError::TooLarge));
}

#[test]
fn another_status_is_none_and_redirects_are_not_followed() {
    let missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(get(missing, 4), Err(FetchError::Status(404)));
    let moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(get(moved, 4), Err(FetchError::Status(302)));
}

#[test]
fn what_is_cut_short_or_not_plain_http_fails() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nlist";
    assert!(matches!(get(cut, 64), Err(FetchError::Failed(_))));
    let refused = HttpFetch::new().get("https://127.0.0.1/login.crl", 64);
    assert!(matches!(refused, Err(FetchError::Failed(_))));
    let refused = HttpFetch::new().get("file:///etc/passwd", 64);
    assert!(matches!(refused, Err(FetchError::Failed(_))));
}
