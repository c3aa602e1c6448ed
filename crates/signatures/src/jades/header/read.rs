use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde_json::{Map, Value};
use wardkey_crypto::Hash;
use wardkey_pki::UnixTime;

use super::COMMITMENTS;
use crate::{Commitment, json};

/// A protected header of anybody's.
#[derive(Debug)]
pub(in crate::jades) struct Header {
    pub(in crate::jades) algorithm: String,
    /// The signer's first, DER.
    pub(in crate::jades) certificates: Vec<Vec<u8>>,
    /// The hash of the signer's certificate, and how it was made.
    pub(in crate::jades) certificate_digest: Option<(Hash, Vec<u8>)>,
    /// When the signer says that it was signed. `None`: it is a plain JWS.
    pub(in crate::jades) time: Option<UnixTime>,
    /// What the signer commits to, where it is one thing.
    pub(in crate::jades) commitment: Option<Commitment>,
}

impl Header {
    /// Reads a header in base64url. Members that are not known and not critical are left alone
    /// (RFC 7515, section 4); those that would name another key or another content are refused.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::jades) fn read(protected: &str) -> Result<Self, String> {
        if protected.len() > MAX_HEADER {
            return Err("the header is too long".to_owned());
        }
        let octets = Base64UrlUnpadded::decode_vec(protected);
        let octets = octets.map_err(|_| "the header is no base64url")?;
        let members: Map<String, Value> = json::read(&octets).map_err(|error| error.to_string())?;
        if let Some(name) = REFUSED.iter().find(|name| members.contains_key(**name)) {
            return Err(format!("{name} is not accepted"));
        }
        check_critical(&members)?;
        let known: Known =
            serde_json::from_value(members.into()).map_err(|error| error.to_string())?;
        let certificates = known.x5c.iter().take(MAX_CERTIFICATES);
        let certificates: Result<Vec<_>, _> =
            certificates.map(|text| Base64::decode_vec(text)).collect();
        Ok(Self {
            algorithm: known.alg,
            certificates: certificates.map_err(|_| "x5c is no base64")?,
            certificate_digest: digest(known.x5t_sha256, known.x5t_other)?,
            time: time(known.iat, known.sig_t)?,
            commitment: commitment(&known.commitments),
        })
    }
}

#[derive(Deserialize)]
struct Known {
    alg: String,
    #[serde(default)]
    iat: Option<u64>,
    #[serde(default, rename = "sigT")]
    sig_t: Option<String>,
    #[serde(default, rename = "srCms")]
    commitments: Vec<Value>,
    #[serde(default)]
    x5c: Vec<String>,
    #[serde(default, rename = "x5t#S256")]
    x5t_sha256: Option<String>,
    #[serde(default, rename = "x5t#o")]
    x5t_other: Option<OtherDigest>,
}

/// `x5t#o` (section 5.2.2.2).
#[derive(Deserialize)]
struct OtherDigest {
    #[serde(rename = "digAlg")]
    method: String,
    #[serde(rename = "digVal")]
    value: String,
}

/// RFC 7515, section 4.1.11: at least one name, each once, there, known here, and none of the
/// standard's own.
fn check_critical(members: &Map<String, Value>) -> Result<(), String> {
    let Some(critical) = members.get("crit") else { return Ok(()) };
    let names = critical.as_array().filter(|names| !names.is_empty()).ok_or("crit is empty")?;
    for (place, name) in names.iter().enumerate() {
        let text = name.as_str().filter(|text| members.contains_key(*text));
        let text = text.ok_or("crit names what is not there")?;
        if !UNDERSTOOD.contains(&text) {
            return Err(format!("crit names {text:?}, which is not known here"));
        }
        if names[..place].contains(name) {
            return Err(format!("crit names {text:?} twice"));
        }
    }
    Ok(())
}

fn digest(
    sha256: Option<String>,
    other: Option<OtherDigest>,
) -> Result<Option<(Hash, Vec<u8>)>, String> {
    let (hash, value) = match (sha256, other) {
        (Some(value), None) => (Hash::Sha256, value),
        (None, Some(OtherDigest { method, value })) => match method.as_str() {
            "S256" => (Hash::Sha256, value),
            "S384" => (Hash::Sha384, value),
            "S512" => (Hash::Sha512, value),
            _ => return Err(format!("the digest {method:?} is not known here")),
        },
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err("the certificate's digest twice".to_owned()),
    };
    let value = Base64UrlUnpadded::decode_vec(&value);
    Ok(Some((hash, value.map_err(|_| "the certificate's digest is no base64url")?)))
}

/// `iat`, or in older signatures `sigT` (section 5.2.1), never both.
fn time(iat: Option<u64>, sig_t: Option<String>) -> Result<Option<UnixTime>, String> {
    match (iat, sig_t) {
        (Some(_), Some(_)) => Err("the time twice".to_owned()),
        (Some(seconds), None) => Ok(Some(UnixTime::from_seconds(seconds))),
        (None, Some(text)) => {
            let time: der::DateTime = text.parse().map_err(|_| "sigT is no time in UTC")?;
            Ok(Some(UnixTime::from_seconds(time.unix_duration().as_secs())))
        }
        (None, None) => Ok(None),
    }
}

/// By URI, or by object identifier as a URN (RFC 3061) or bare.
fn commitment(all: &[Value]) -> Option<Commitment> {
    let [one] = all else { return None };
    let id = one.get("commId")?.get("id")?.as_str()?;
    let oid = || id.strip_prefix("urn:oid:").unwrap_or(id).parse().ok();
    Commitment::from_uri(id).or_else(|| Commitment::from_oid(oid()?))
}

/// Header parameters beyond RFC 7515 that are understood here.
const UNDERSTOOD: [&str; 4] = ["iat", "sigT", COMMITMENTS, "x5t#o"];
/// Names of keys that nobody vouches for or that would have to be fetched, and of other ways to
/// say what is signed: RFC 7797, and `sigD`, which names documents beside the signature.
const REFUSED: [&str; 7] = ["b64", "enc", "jku", "jwk", "sigD", "x5u", "zip"];
const MAX_CERTIFICATES: usize = 32;
/// In base64url; with a long chain.
const MAX_HEADER: usize = 88 * 1024;
