use wardkey_crypto::Obligation;
use wardkey_pki::{Pending as PendingPath, UnixTime};

use super::{Statement, TST_INFO};
use crate::{
    cms::{self, Examined, Named, SignedData, examine},
    judgement::Finding,
    options::VerifyOptions,
    report::PathCertificate,
};

/// A timestamp in order but for signatures.
#[derive(Debug)]
pub(crate) struct PendingTimestamp {
    time: UnixTime,
    signature: Obligation,
    path: PendingPath,
}

impl PendingTimestamp {
    /// Begins to judge a token over these octets.
    ///
    /// # Errors
    /// The finding, when there is nothing that could hold.
    pub(crate) fn begin(
        token: &[u8],
        over: &[u8],
        options: &VerifyOptions,
    ) -> Result<Self, Finding> {
        let invalid = |detail: &str| Finding::failed(NAME, INVALID).with_detail(detail);
        let token = cms::der(token);
        let data = SignedData::read(&token).map_err(|error| invalid(&error.to_string()))?;
        let content = data.content.filter(|_| data.content_type == TST_INFO);
        let content = content.ok_or_else(|| invalid("not a timestamp"))?;
        let statement = Statement::read(content).ok_or_else(|| invalid("not a statement"))?;
        let imprint = statement.hash.and_then(|hash| hash.digest(over));
        let imprint = imprint.ok_or_else(|| invalid("its hash is not of the SHA-2 family"))?;
        if imprint != statement.imprint {
            return Err(invalid("it is over something else"));
        }
        let Examined { certificate, obligation, .. } =
            examine(&data, &|hash| hash.digest(content), Named::BySha1, &mut Vec::new())
                .map_err(|finding| invalid(finding.reason()))?;
        let time = UnixTime::from_seconds(statement.time);
        if options.time.plus(CLOCK_SKEW) < time {
            return Err(invalid("its time lies in the future"));
        }
        let path = options.timestamp_path_request(certificate, time).start();
        Ok(Self { time, signature: obligation, path })
    }

    /// What the authority says.
    pub(crate) fn time(&self) -> UnixTime {
        self.time
    }

    pub(crate) fn obligations(&self) -> impl Iterator<Item = Obligation> + '_ {
        std::iter::once(&self.signature).chain(self.path.obligations()).cloned()
    }

    /// The finding, with the path of the authority.
    pub(crate) fn conclude(self, answers: &[bool]) -> (Finding, Vec<PathCertificate>) {
        let (holds, of_path) = match answers.split_first() {
            Some((signature, of_path)) => (*signature, of_path),
            None => (false, answers),
        };
        let path = self.path.conclude(of_path);
        let finding = match path.error() {
            _ if !holds => {
                Finding::failed(NAME, INVALID).with_detail("its signature does not hold")
            }
            None => Finding::passed(NAME),
            // Who is not trusted proves nothing, and disproves nothing.
            Some(error) => {
                Finding::unknown(NAME, "Timestamp authority not trusted").with_detail(error)
            }
        };
        (finding, PathCertificate::all_of(&path))
    }
}

/// The time that a token states, when it is over these octets, by an authority that is trusted:
/// its signature, path, usage and revocation verified here.
///
/// # Errors
/// [`TimestampError::Refuted`](super::TimestampError::Refuted) when anything of it does not hold or is not known.
#[cfg(feature = "native")]
pub fn verify(
    token: &[u8],
    over: &[u8],
    options: &VerifyOptions,
) -> Result<UnixTime, super::TimestampError> {
    let refuted = |finding: Finding| super::TimestampError::Refuted(finding.to_string());
    let pending = PendingTimestamp::begin(token, over, options).map_err(refuted)?;
    let answers: Vec<bool> = pending.obligations().map(|one| one.discharge()).collect();
    let time = pending.time();
    let (finding, _path) = pending.conclude(&answers);
    if finding.is_passed() { Ok(time) } else { Err(refuted(finding)) }
}

const NAME: &str = "timestamp";
const INVALID: &str = "Timestamp is invalid";
/// As of the signer's own clock, in seconds.
const CLOCK_SKEW: u64 = 300;
