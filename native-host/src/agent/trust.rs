//! Whether a content-commitment certificate may be signed with: its path to the anchors of policy,
//! and its revocation, which fails closed.

use std::sync::Arc;

use wardkey_pki::{
    AlgorithmPolicy, Certificate, ObjectIdentifier, PathError, PathRequest, Purpose, Revocation,
};
use wardkey_protocol::{ErrorCode, Fault};

use super::{
    Agent,
    certificate::{self, Chosen},
};
use crate::{clock, policy::ServerPolicy};

/// Judges the certificate, whose key is admitted already; done before the passcode is asked for. Gives the authorities between it
/// and its anchor, for signatures that have a place for them.
///
/// # Errors
///
/// The certificate's code, or `revocation_unavailable`.
pub fn check(
    agent: &Arc<Agent>,
    policy: &ServerPolicy,
    chosen: &Chosen,
) -> Result<Vec<Certificate>, Fault> {
    let anchors = certificate::from_files(&policy.signing_anchors)?;
    let authorities = certificate::from_files(&policy.signing_authorities)?;
    let issuers: Vec<&Certificate> = authorities.iter().chain(&anchors).collect();
    let asked = authorities.iter().chain([&chosen.certificate]);
    let gathered = agent.revocation.gather_among(asked, &issuers, clock::now());
    for (url, error) in &gathered.failures {
        tracing::warn!("revocation by {url}: {error}");
    }
    let freshness = agent.revocation.settings().freshness;
    let mut request = PathRequest::new(
        chosen.certificate.clone(),
        anchors,
        clock::now(),
        Purpose::ContentCommitment,
        Revocation::required(gathered.lists).with_answers(gathered.answers, freshness),
    )
    .with_intermediates(authorities)
    .with_algorithms(AlgorithmPolicy {
        legacy_rsa_1024: chosen.exception().is_some(),
        ..AlgorithmPolicy::default()
    });
    if let Some(required) = &policy.signing_policy {
        let required = ObjectIdentifier::new(required).map_err(|_| {
            Fault::new(ErrorCode::PolicyInvalid).with("key", "server.signing_policy")
        })?;
        request = request.with_required_policies(vec![required]);
    }
    let report = request.start().discharge();
    report.outcome().map_err(|error| of_path(&error))?;
    let between = report.path.len().saturating_sub(2);
    Ok(report.path.into_iter().skip(1).take(between).collect())
}

fn of_path(error: &PathError) -> Fault {
    let code = match error {
        PathError::Expired { .. } => ErrorCode::CertificateExpired,
        PathError::NotYetValid { .. } => ErrorCode::CertificateNotYetValid,
        PathError::Revoked { .. } => ErrorCode::CertificateRevoked,
        PathError::RevocationUnknown { .. } => ErrorCode::RevocationUnavailable,
        PathError::WrongUsage { .. } => ErrorCode::CertificateWrongUsage,
        _ => ErrorCode::CertificateUntrusted,
    };
    Fault::new(code).with("reason", error.to_string())
}
