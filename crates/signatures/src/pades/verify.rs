mod changes;

use const_oid::db;
use wardkey_crypto::Hash;
use wardkey_pki::UnixTime;

use super::{
    PadesError, SUB_FILTER, date,
    placed::{self, Placed},
};
use crate::{
    cades::{self, Beside},
    cms::has_attribute,
    judgement::{Facts, Finding, Pending, Signed},
    options::VerifyOptions,
    pdf::{Object, Pdf},
};

/// Begins the verification of the signatures of a PDF. Of each: its place in the file, that it
/// covers all of its revision but itself, what was done to the document later, and what
/// [`cades::verify`] looks at; the claimed time is that of the dictionary, and the attribute
/// signing-time may not be there (ETSI EN 319 142-1, section 6.3).
///
/// The report is that of the last signature; those of the others stand in its `earlier`, and each
/// of them has to hold. It covers `document` when it covers every octet of the file, and
/// `signedRevision` when something follows. Timestamps of documents prove nothing here.
pub fn verify(pades: &[u8], options: &VerifyOptions) -> Pending {
    match signatures(pades) {
        Ok((pdf, signatures)) => {
            let pending = signatures.iter().map(|placed| judge(&pdf, placed, options));
            Pending::several(pending.collect())
        }
        Err(finding) => {
            let facts = Facts { format: Some("pades"), ..Facts::default() };
            Pending::decided(facts, vec![finding])
        }
    }
}

/// Those of people, by where they end; at least one.
fn signatures(pades: &[u8]) -> Result<(Pdf<'_>, Vec<Placed>), Finding> {
    let pdf = Pdf::read(pades).map_err(|error| malformed(&error.to_string()))?;
    let mut all = placed::all(&pdf).map_err(|error| match error {
        PadesError::Placement(detail) => misplaced(detail),
        error => malformed(&error.to_string()),
    })?;
    all.retain(|placed| !placed.dictionary.value("SubFilter").is_name(DOCUMENT_TIMESTAMP));
    if all.is_empty() {
        return Err(malformed("there is no signature"));
    }
    Ok((pdf, all))
}

fn judge(pdf: &Pdf<'_>, placed: &Placed, options: &VerifyOptions) -> Pending {
    let mut findings = Vec::new();
    let mut facts = Facts { format: Some("pades"), ..Facts::default() };
    match begin(pdf, placed, options, &mut facts, &mut findings) {
        Ok(signed) => Pending::open(Signed { facts, before: findings, ..signed }, options),
        Err(finding) => {
            findings.push(finding);
            Pending::decided(facts, findings)
        }
    }
}

fn begin(
    pdf: &Pdf<'_>,
    placed: &Placed,
    options: &VerifyOptions,
    facts: &mut Facts,
    passed: &mut Vec<Finding>,
) -> Result<Signed, Finding> {
    let dictionary = &placed.dictionary;
    let kind = dictionary.value("Type");
    if *kind != Object::Null && !kind.is_name("Sig") {
        return Err(malformed("a dictionary of another type"));
    }
    if !dictionary.value("SubFilter").is_name(SUB_FILTER) {
        return Err(malformed("its SubFilter is not ETSI.CAdES.detached"));
    }
    if !matches!(dictionary.value("Filter"), Object::Name(_)) {
        return Err(malformed("its Filter is missing"));
    }
    let cms = placed.cms(pdf.octets()).ok_or_else(|| malformed("Contents is no CMS"))?;
    let data = cades::read(&cms)?;
    if data.content.is_some() {
        return Err(malformed("another document inside of it"));
    }
    let attribute = |kind| has_attribute(&data.signer.attributes, kind);
    if attribute(db::rfc5911::ID_SIGNING_TIME) {
        return Err(malformed("the attribute signing-time beside the entry M"));
    }
    if attribute(cades::COMMITMENT) && dictionary.get("Reason").is_some() {
        return Err(malformed("a reason beside a commitment"));
    }
    passed.push(Finding::passed("format"));

    let revision = pdf.octets().get(..placed.end).unwrap_or_default();
    let revision = Pdf::read(revision).map_err(|error| misplaced(&error.to_string()))?;
    let before = placed::all(&revision).map_err(|error| misplaced(&error.to_string()))?;
    let is_same =
        |last: &Placed| last.reference == placed.reference && last.contents == placed.contents;
    if !before.last().is_some_and(is_same) {
        return Err(misplaced("it is not the last of the revision that it covers"));
    }
    passed.push(Finding::passed("byteRange"));
    let is_whole = placed.end == pdf.octets().len();
    if !is_whole {
        passed.push(match changes::between(&revision, pdf) {
            Ok(()) => Finding::passed("laterChanges").with_note(ADDED),
            Err(change) => Finding::failed("laterChanges", CHANGED).with_detail(change),
        });
    }
    let time = date_of(placed);
    let time = time.ok_or_else(|| Finding::failed("signingTime", "Signing time is missing"))?;
    let digest_of = |hash: Hash| hash.digest_all(&placed.covered(pdf.octets()));
    let covered = if is_whole { "document" } else { "signedRevision" };
    let beside = Beside { digest_of: &digest_of, covered, time: Some(time) };
    cades::examine_signer(&data, &beside, options, facts, passed)
}

fn date_of(placed: &Placed) -> Option<UnixTime> {
    let seconds = date::read(placed.dictionary.value("M").as_string()?)?;
    Some(UnixTime::from_seconds(seconds))
}

fn malformed(detail: &str) -> Finding {
    Finding::failed("format", FORMAT).with_detail(detail)
}

fn misplaced(detail: &str) -> Finding {
    Finding::failed("byteRange", "Signature does not cover its document").with_detail(detail)
}

const ADDED: &str = "signatures, material for verification or metadata were added after it";
const CHANGED: &str = "Document was changed after it was signed";
/// The value of SubFilter for a timestamp over the document (ETSI EN 319 142-1, section 5.4.3).
const DOCUMENT_TIMESTAMP: &str = "ETSI.RFC3161";
const FORMAT: &str = "Invalid signature format";
