//! The NIST Public Key Interoperability Test Suite, from the folder that `WARDKEY_VECTORS` names.

use std::{fs, path::Path};

use serde::Deserialize;

use crate::{
    Certificate, Crl, ObjectIdentifier, PathReport, PathRequest, Purpose, Revocation, UnixTime,
};

/// 2026-11-23: within the validity of the suite, which ends in 2030.
const NOW: UnixTime = UnixTime::from_seconds(1_795_392_000);

#[derive(Deserialize)]
struct Case {
    name: String,
    cert: String,
    #[serde(default)]
    other_certs: Vec<String>,
    #[serde(default)]
    crls: Vec<String>,
    #[serde(default)]
    params: Params,
    error: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Params {
    user_initial_policy_set: Vec<String>,
    initial_explicit_policy: bool,
    initial_policy_mapping_inhibit: bool,
    initial_any_policy_inhibit: bool,
}

/// Judged in another way than the suite asks, with a part of the error that it gets here, and why;
/// none of it occurs in NHS certificates. An empty error: it is valid here.
const OTHERWISE: [(&str, &str, &str); 21] = [
    ("valid_dsa_signatures_test4", "not supported", DSA),
    ("valid_dsa_parameter_inheritance_test5", "not supported", DSA),
    (
        "valid_pre2000_utc_notbefore_date_test3",
        "can't be read",
        "valid since 1950: no time before 1970 is read",
    ),
    ("valid_separate_certificate_and_crl_keys_test19", "may not sign lists", OTHER_KEY),
    ("valid_basic_self_issued_new_with_old_test4", "not signed by the issuer", OTHER_KEY),
    ("valid_basic_self_issued_crl_signing_key_test6", "not signed by the issuer", OTHER_KEY),
    (
        "all_certs_same_policy_test1_with_constraint_mismatch_ignored",
        "no required certificate",
        "a policy that is required by name has to hold; the suite can ask for less",
    ),
    ("valid_distributionpoint_test4", NO_LIST, RELATIVE),
    ("valid_distributionpoint_test5", NO_LIST, RELATIVE),
    ("valid_distributionpoint_test7", NO_LIST, RELATIVE),
    ("valid_onlysomereasons_test18", NO_LIST, SOME_REASONS),
    ("valid_onlysomereasons_test19", NO_LIST, SOME_REASONS),
    ("valid_idp_with_indirectcrl_test22", NO_LIST, INDIRECT),
    ("valid_idp_with_indirectcrl_test24", NO_LIST, INDIRECT),
    ("valid_idp_with_indirectcrl_test25", NO_LIST, INDIRECT),
    ("valid_crlissuer_test28", NO_LIST, INDIRECT),
    ("valid_crlissuer_test29", NO_LIST, INDIRECT),
    ("valid_crlissuer_test30", NO_LIST, INDIRECT),
    ("valid_crlissuer_test33", NO_LIST, INDIRECT),
    ("invalid_deltacrl_test4", "", "a delta list adds the revocation, and none is read"),
    ("valid_deltacrl_test5", "certificateHold", "a delta list ends the hold, and none is read"),
];
const DSA: &str = "DSA: no card here has such a key";
const INDIRECT: &str = "an indirect list: only an issuer's own lists count";
const NO_LIST: &str = "no list or answer covers the certificate";
const OTHER_KEY: &str = "a list by a key whose certificate is not on the path";
const RELATIVE: &str = "a distribution point named relative to its issuer";
const SOME_REASONS: &str = "a list of some reasons only";

#[test]
fn the_suite_is_judged_as_nist_says() {
    let Ok(vectors) = std::env::var("WARDKEY_VECTORS") else {
        eprintln!("skipped: the_suite_is_judged_as_nist_says (WARDKEY_VECTORS is not set)");
        return;
    };
    let folder = Path::new(&vectors).join("pkits");
    let cases = fs::read(folder.join("pkits.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_slice(&cases).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let error = match judge(&folder, case) {
            Ok(report) => report.error().map(|error| error.to_string()),
            Err(unreadable) => Some(unreadable),
        };
        let otherwise = OTHERWISE.iter().find(|(name, ..)| *name == case.name);
        let right = match (otherwise, &error) {
            (Some((_, because, _)), Some(error)) => !because.is_empty() && error.contains(because),
            (Some((_, because, _)), None) => because.is_empty(),
            (None, error) => case.error.is_some() == error.is_some(),
        };
        let judged = error.as_deref().unwrap_or("valid");
        let note = match otherwise {
            Some((_, _, purpose)) => format!("otherwise than NIST: {purpose}"),
            None => "as NIST says".to_owned(),
        };
        println!("{:<64} {judged:<64} {note}", case.name);
        if !right {
            wrong.push(format!("{}: {error:?}", case.name));
        }
    }
    let (all, otherwise) = (cases.len(), OTHERWISE.len());
    println!("PKITS: {} of {all} cases as NIST says", all - otherwise - wrong.len());
    assert!(wrong.is_empty(), "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
}

fn judge(folder: &Path, case: &Case) -> Result<PathReport, String> {
    let certificate = |name: &str| {
        let der = fs::read(folder.join("certs").join(name)).unwrap();
        Certificate::from_der(&der).map_err(|error| format!("{name}: {error}"))
    };
    let anchor = certificate("TrustAnchorRootCertificate.crt")?;
    let intermediates = case.other_certs.iter().map(|name| certificate(name));
    // A list that is not accepted counts as one that is not there.
    let names = case.crls.iter().map(String::as_str).chain(["TrustAnchorRootCRL.crl"]);
    let lists = names
        .filter_map(|name| Crl::from_der(&fs::read(folder.join("crls").join(name)).unwrap()).ok());
    let revocation = Revocation::required(lists.collect());
    let required = case.params.user_initial_policy_set.iter();
    let required = required.map(|oid| ObjectIdentifier::new(oid).unwrap());
    let end_entity = certificate(&case.cert)?;
    let mut request = PathRequest::new(end_entity, vec![anchor], NOW, Purpose::Login, revocation)
        .with_intermediates(intermediates.collect::<Result<_, _>>()?)
        .with_required_policies(required.collect());
    request.explicit_policy = case.params.initial_explicit_policy;
    request.inhibit_policy_mapping = case.params.initial_policy_mapping_inhibit;
    request.inhibit_any_policy = case.params.initial_any_policy_inhibit;
    Ok(request.start().discharge())
}
