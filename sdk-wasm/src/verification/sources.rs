use base64ct::{Base64, Encoding as _};
use serde::Serialize;
use wardkey_pki::{Certificate, OcspHash, OcspRequest};
use wardkey_signatures::{
    VerifyOptions,
    file::{claimed_certificates, too_long},
};

use super::{InputError, Options};

/// Where a page may ask whether a certificate is revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// As the certificate has it, `http` or `https`.
    pub url: String,
    /// For a responder, base64 of the OCSPRequest to POST (RFC 6960, appendix A); a list has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ocsp_request: Option<String>,
}

/// For each certificate whose revocation the options leave open, where it can be asked after, lists
/// first: those of the signed file, or the signer's of a bare signature, and the intermediates, as
/// far as their issuer is at hand. Nobody has vouched for the addresses.
///
/// # Errors
///
/// What is wrong with the options.
pub fn sources(
    file: &[u8],
    signer: Option<&[u8]>,
    options: &Options,
) -> Result<Vec<Vec<Source>>, InputError> {
    if too_long(file, None).is_some() {
        return Ok(Vec::new());
    }
    let mut claimed = claimed_certificates(file);
    claimed.extend(signer.and_then(|der| Certificate::from_der(der).ok()));
    let options = options.read(&claimed)?;
    let known = [&claimed, &options.intermediates, &options.anchors, &options.timestamp_anchors];
    let mut asked: Vec<&Certificate> = Vec::new();
    for certificate in claimed.iter().chain(&options.intermediates) {
        let is_trusted = known[2..].iter().any(|anchors| anchors.contains(certificate));
        if !is_trusted && !asked.contains(&certificate) && !is_told(certificate, &options) {
            asked.push(certificate);
        }
    }
    let of = |certificate: &&Certificate| {
        let issuers = known.iter().flat_map(|some| some.iter());
        let mut issuers = issuers.filter(|issuer| issuer.subject() == certificate.issuer());
        issuers.next().map(|issuer| sources_of(certificate, issuer)).unwrap_or_default()
    };
    Ok(asked.iter().map(of).filter(|sources| !sources.is_empty()).collect())
}

fn is_told(certificate: &Certificate, options: &VerifyOptions) -> bool {
    let by_list = options.crls.iter().any(|list| {
        list.issuer() == certificate.issuer()
            && list.covers(certificate)
            && list.is_current(options.time)
    });
    let has_answer = |issuer: &Certificate| {
        options.ocsp_answers.iter().any(|answer| answer.covers(certificate, issuer))
    };
    let mut issuers = options.intermediates.iter().chain(&options.anchors);
    by_list || issuers.any(has_answer)
}

fn sources_of(certificate: &Certificate, issuer: &Certificate) -> Vec<Source> {
    let plain = |url: &&str| url.starts_with("http://") || url.starts_with("https://");
    let list = |url: &str| Source { url: url.to_owned(), ocsp_request: None };
    let lists = certificate.crl_urls().into_iter().filter(plain).take(MOST).map(list);
    let request = OcspRequest::new(certificate, issuer, OcspHash::Sha1);
    let request = request.ok().map(|request| Base64::encode_string(request.der()));
    let responders = certificate.ocsp_urls().iter().map(String::as_str).filter(plain);
    let asks = responders.take(MOST).filter_map(|url| {
        Some(Source { url: url.to_owned(), ocsp_request: Some(request.clone()?) })
    });
    lists.chain(asks).collect()
}

/// The most lists, and the most responders, of one certificate.
const MOST: usize = 4;
