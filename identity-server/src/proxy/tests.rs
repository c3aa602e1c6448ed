use axum::http::HeaderValue;

use super::*;

fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
    let settings =
        ProxySettings { trusted: trusted.iter().map(|net| net.parse().unwrap()).collect() };
    let mut headers = HeaderMap::new();
    for value in forwarded {
        headers.append(FORWARDED, HeaderValue::from_str(value).unwrap());
    }
    settings.client(peer.parse().unwrap(), &headers).to_string()
}

#[test]
fn only_a_trusted_proxy_is_believed() {
    let forged = ["198.51.100.9"];
    assert_eq!(client(&[], "192.0.2.1", &forged), "192.0.2.1");
    assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &forged), "192.0.2.1");
    assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &forged), "198.51.100.9");
}

#[test]
fn what_the_client_wrote_in_front_is_not_looked_at() {
    let trusted = ["10.0.0.0/8", "2001:db8::/32"];
    let chain = ["203.0.113.7, 198.51.100.9, 10.9.9.9"];
    assert_eq!(client(&trusted, "10.1.2.3", &chain), "198.51.100.9");
    assert_eq!(client(&trusted, "2001:db8::1", &["203.0.113.7", "198.51.100.9"]), "198.51.100.9");
    assert_eq!(client(&trusted, "10.1.2.3", &["198.51.100.9, nonsense"]), "10.1.2.3");
    assert_eq!(client(&trusted, "10.1.2.3", &[]), "10.1.2.3");
}
