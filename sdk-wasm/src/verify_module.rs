//! `verify.wasm`: verifications for TypeScript. No logic.

use wardkey_pki::{Crl, OcspResponse};
use wardkey_signatures::report::Report;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::verification::{self, InputError, Options, Pending, Question, RawSignature};

/// A verification that waits for public-key operations.
#[wasm_bindgen]
pub struct Verification {
    pending: Pending,
}

#[wasm_bindgen]
impl Verification {
    /// The signatures to verify: a JSON array of questions.
    #[must_use]
    pub fn questions(&self) -> String {
        serde_json::to_string(&Question::all_of(&self.pending)).unwrap_or_default()
    }

    /// The report, JSON, given 1 for each question whose signature holds, and 0 for the others.
    #[must_use]
    pub fn conclude(self, answers: &[u8]) -> String {
        let answers: Vec<bool> = answers.iter().map(|answer| *answer == 1).collect();
        let report: Report = self.pending.conclude(&answers);
        serde_json::to_string(&report).unwrap_or_default()
    }
}

/// Whether octets are those of a revocation list.
#[must_use]
#[wasm_bindgen(js_name = isList)]
pub fn is_list(octets: &[u8]) -> bool {
    Crl::from_der(octets).is_ok()
}

/// Whether octets are those of an OCSP response that answers.
#[must_use]
#[wasm_bindgen(js_name = isAnswer)]
pub fn is_answer(octets: &[u8]) -> bool {
    OcspResponse::from_der(octets).is_ok()
}

/// Where revocation can be asked after: a JSON array of arrays of sources, one a certificate.
///
/// # Errors
///
/// What is wrong with the options.
#[wasm_bindgen]
pub fn sources(file: &[u8], signer: Option<Vec<u8>>, options: &str) -> Result<String, String> {
    let options = Options::from_json(options);
    let sources = options.and_then(|o| verification::sources(file, signer.as_deref(), &o));
    let sources = sources.map_err(|error| error.to_string())?;
    serde_json::to_string(&sources).map_err(|error| error.to_string())
}

/// Begins the verification of a signed file, with its document where that is detached.
///
/// # Errors
///
/// What is wrong with the options.
#[wasm_bindgen(js_name = ofFile)]
pub fn of_file(
    file: &[u8],
    document: Option<Vec<u8>>,
    options: &str,
) -> Result<Verification, String> {
    begin(options, |options| verification::of_file(file, document.as_deref(), options))
}

/// Begins the verification of a signed prescription.
///
/// # Errors
///
/// What is wrong with the options.
#[wasm_bindgen(js_name = ofPrescription)]
pub fn of_prescription(signed: &[u8], options: &str) -> Result<Verification, String> {
    begin(options, |options| verification::of_prescription(signed, options))
}

/// Begins the verification of a bare signature.
///
/// # Errors
///
/// What is wrong with the options or the algorithm.
#[wasm_bindgen(js_name = ofDocument)]
pub fn of_document(
    document: &[u8],
    signature: &[u8],
    algorithm: &str,
    certificate: &[u8],
    signed_at: Option<u32>,
    options: &str,
) -> Result<Verification, String> {
    let signed_at = signed_at.map(u64::from);
    let signed = RawSignature { document, signature, algorithm, certificate, signed_at };
    begin(options, |options| verification::of_document(&signed, options))
}

/// Begins the verification of an `authenticate` token over the relying party's origin and nonce.
///
/// # Errors
///
/// What is wrong with the options.
#[wasm_bindgen(js_name = ofToken)]
pub fn of_token(
    token: &str,
    origin: &str,
    nonce: &str,
    options: &str,
) -> Result<Verification, String> {
    begin(options, |options| verification::of_token(token, origin, nonce, options))
}

/// Begins the verification of a CAdES signature, with its document where that is detached.
///
/// # Errors
///
/// What is wrong with the options.
#[wasm_bindgen(js_name = ofCades)]
pub fn of_cades(
    signature: &[u8],
    document: Option<Vec<u8>>,
    options: &str,
) -> Result<Verification, String> {
    begin(options, |options| verification::of_cades(signature, document.as_deref(), options))
}

/// Begins the verification of a JAdES signature, with its document where that is detached.
///
/// # Errors
///
/// What is wrong with the options.
#[wasm_bindgen(js_name = ofJades)]
pub fn of_jades(
    signature: &[u8],
    document: Option<Vec<u8>>,
    options: &str,
) -> Result<Verification, String> {
    begin(options, |options| verification::of_jades(signature, document.as_deref(), options))
}

/// Begins the verification of the PAdES signatures in a PDF.
///
/// # Errors
///
/// What is wrong with the options.
#[wasm_bindgen(js_name = ofPades)]
pub fn of_pades(signed: &[u8], options: &str) -> Result<Verification, String> {
    begin(options, |options| verification::of_pades(signed, options))
}

/// Begins the verification of a XAdES or plain XML signature, with its document where that is
/// detached.
///
/// # Errors
///
/// What is wrong with the options.
#[wasm_bindgen(js_name = ofXades)]
pub fn of_xades(
    signature: &[u8],
    document: Option<Vec<u8>>,
    options: &str,
) -> Result<Verification, String> {
    begin(options, |options| verification::of_xades(signature, document.as_deref(), options))
}

fn begin(
    options: &str,
    verify: impl FnOnce(Options) -> Result<Pending, InputError>,
) -> Result<Verification, String> {
    let pending = Options::from_json(options).and_then(verify);
    pending.map(|pending| Verification { pending }).map_err(|error| error.to_string())
}
