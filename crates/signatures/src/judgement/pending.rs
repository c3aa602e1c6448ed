use wardkey_crypto::Obligation;
use wardkey_pki::{Certificate, Pending as PendingPath, UnixTime};

use super::{Facts, Finding, findings, report, strict_validity, unproven, with_earlier};
use crate::{options::VerifyOptions, report::Report, timestamp::PendingTimestamp};

/// A verification that waits for public-key operations.
#[derive(Debug)]
#[must_use = "nothing has been verified yet"]
pub struct Pending {
    state: State,
    obligations: Vec<Obligation>,
}

#[derive(Debug)]
enum State {
    /// Nothing is left to be found out.
    Decided(Box<Report>),
    Open(Box<Open>),
    /// Signatures of one file; the report is the last one's.
    Several(Vec<Pending>),
}

#[derive(Debug)]
struct Open {
    facts: Facts,
    /// Findings before that of the signature.
    before: Vec<Finding>,
    validity: Option<Finding>,
    /// The time of the verification, where the signer's word is all that there is for an earlier one.
    unproven_since: Option<UnixTime>,
    path: PendingPath,
    timestamp: Option<PendingTimestamp>,
}

/// A signature by a certificate's key, ready to be judged.
pub(crate) struct Signed {
    pub(crate) facts: Facts,
    pub(crate) before: Vec<Finding>,
    pub(crate) signature: Obligation,
    pub(crate) certificate: Certificate,
    /// When it was made.
    pub(crate) signed_at: UnixTime,
    /// That is what the signer says; otherwise whoever verifies knows it.
    pub(crate) is_claimed: bool,
    /// A timestamp over it; its time is what the certificate is judged at, for without it the
    /// verdict is not valid.
    pub(crate) timestamp: Option<PendingTimestamp>,
}

impl Pending {
    pub(crate) fn decided(facts: Facts, findings: Vec<Finding>) -> Self {
        let report = report(facts, findings);
        Self { state: State::Decided(Box::new(report)), obligations: Vec::new() }
    }

    pub(crate) fn open(signed: Signed, options: &VerifyOptions) -> Self {
        let Signed { facts, before, signature, certificate, signed_at, is_claimed, timestamp } =
            signed;
        let judged_at = timestamp.as_ref().map_or(signed_at, PendingTimestamp::time);
        let unproven_since = (is_claimed && timestamp.is_none()).then_some(options.time);
        let validity = strict_validity(&certificate, judged_at);
        let path = options.path_request(certificate, judged_at).start();
        let mut obligations = vec![signature];
        obligations.extend_from_slice(path.obligations());
        obligations.extend(timestamp.iter().flat_map(|timestamp| timestamp.obligations()));
        let open = Open { facts, before, validity, unproven_since, path, timestamp };
        Self { state: State::Open(Box::new(open)), obligations }
    }

    /// Of the signatures of one file, in their order.
    pub(crate) fn several(mut all: Vec<Self>) -> Self {
        match all.pop() {
            Some(last) if all.is_empty() => last,
            None => {
                let nothing = Finding::failed("format", "There is no signature");
                Self::decided(Facts::default(), vec![nothing])
            }
            Some(last) => {
                all.push(last);
                let obligations = all.iter().flat_map(|one| one.obligations.iter().cloned());
                Self { obligations: obligations.collect(), state: State::Several(all) }
            }
        }
    }

    /// The signatures to verify.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The result, given for each of [`Pending::obligations`], in their order, whether it holds.
    /// A missing answer counts as one that does not hold.
    #[must_use]
    pub fn conclude(self, answers: &[bool]) -> Report {
        let Open { mut facts, before: mut all, validity, unproven_since, path, timestamp } =
            match self.state {
                State::Decided(report) => return *report,
                State::Several(all) => return conclude_all(all, answers),
                State::Open(open) => *open,
            };
        let (signature, others) = match answers.split_first() {
            Some((signature, others)) => (*signature, others),
            None => (false, answers),
        };
        let (of_path, of_timestamp) = others.split_at(path.obligations().len().min(others.len()));
        all.push(Finding::of(signature, "signature", "Signature is invalid"));
        let path = path.conclude(of_path);
        facts.see_path(&path);
        let unproven = || unproven(&path, unproven_since?);
        all.extend(findings(&path, validity.or_else(unproven)));
        if let Some(timestamp) = timestamp {
            let time = timestamp.time();
            let (finding, path) = timestamp.conclude(of_timestamp);
            facts.timestamp_path = path;
            facts.proven_time = finding.is_passed().then(|| time.to_string());
            all.push(finding);
        }
        report(facts, all)
    }

    /// The result, with the signatures verified here.
    #[cfg(feature = "native")]
    #[must_use]
    pub fn discharge(self) -> Report {
        let answers: Vec<bool> = self.obligations.iter().map(Obligation::discharge).collect();
        self.conclude(&answers)
    }
}

/// The last one's report, which is worth no more than the others'.
fn conclude_all(all: Vec<Pending>, mut answers: &[bool]) -> Report {
    let mut earlier = Vec::with_capacity(all.len());
    for pending in all {
        let (own, others) = answers.split_at(pending.obligations.len().min(answers.len()));
        answers = others;
        earlier.push(pending.conclude(own));
    }
    match earlier.pop() {
        Some(last) => with_earlier(last, earlier),
        None => Pending::several(Vec::new()).conclude(&[]),
    }
}
