use crate::{GpObject, Message, MessageError, message::Fields};

/// Why a server refuses a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorBody {
    /// The reason, for programs.
    pub code: ErrorCode,
    /// The reason as text, beginning with one of the two phrases of the Spine's error pages:
    /// `Failed To Validate` or `Invalid input request`.
    pub text: String,
}

/// The reasons of refusals; stable, append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The card's certificate has expired.
    CertificateExpired,
    /// The card's certificate is not valid yet.
    CertificateNotYetValid,
    /// The card's certificate has been revoked.
    CertificateRevoked,
    /// The card's certificate does not lead to an anchor of the server.
    CertificateUntrusted,
    /// The card's certificate is not one for login.
    CertificateWrongUsage,
    /// The challenge is unknown, used, too old, or of another login.
    ChallengeInvalid,
    /// The login is refused for a reason that is not given.
    LoginRefused,
    /// The message is not what it should be.
    RequestMalformed,
    /// Whether the certificate is revoked cannot be told.
    RevocationUnavailable,
    /// The directory does not know the user, or not as active.
    UserUnknown,
}

impl ErrorBody {
    /// The refusal with this reason, in more words.
    #[must_use]
    pub fn new(code: ErrorCode, detail: &str) -> Self {
        let phrase = match code {
            ErrorCode::RequestMalformed => INVALID_REQUEST,
            _ => FAILED,
        };
        Self { code, text: format!("{phrase}: {detail}") }
    }

    /// The refusal that a server's answer is: an object with `error_code`, or a page of an older
    /// server. `None` when it is something else.
    #[must_use]
    pub fn recognise(body: &[u8]) -> Option<Self> {
        if let Ok(object) = GpObject::read(body) {
            return Self::from_object(&object).ok();
        }
        let page = body.get(..body.len().min(MAX_PAGE))?;
        let page = String::from_utf8_lossy(page);
        [(INVALID_REQUEST, ErrorCode::RequestMalformed), (FAILED, ErrorCode::LoginRefused)]
            .into_iter()
            .find(|(phrase, _)| page.contains(phrase))
            .map(|(phrase, code)| Self { code, text: phrase.to_owned() })
    }
}

impl ErrorCode {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::CertificateExpired,
        Self::CertificateNotYetValid,
        Self::CertificateRevoked,
        Self::CertificateUntrusted,
        Self::CertificateWrongUsage,
        Self::ChallengeInvalid,
        Self::LoginRefused,
        Self::RequestMalformed,
        Self::RevocationUnavailable,
        Self::UserUnknown,
    ];

    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateNotYetValid => "certificate_not_yet_valid",
            Self::CertificateRevoked => "certificate_revoked",
            Self::CertificateUntrusted => "certificate_untrusted",
            Self::CertificateWrongUsage => "certificate_wrong_usage",
            Self::ChallengeInvalid => "challenge_invalid",
            Self::LoginRefused => "login_refused",
            Self::RequestMalformed => "request_malformed",
            Self::RevocationUnavailable => "revocation_unavailable",
            Self::UserUnknown => "user_unknown",
        }
    }

    /// The reason of this name; `None`: not one of ours.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }
}

impl Message for ErrorBody {
    /// A reason that this version does not know is read as [`ErrorCode::LoginRefused`].
    fn from_object(object: &GpObject) -> Result<Self, MessageError> {
        let fields = Fields(object);
        Ok(Self {
            code: ErrorCode::parse(fields.required("error_code")?)
                .unwrap_or(ErrorCode::LoginRefused),
            text: fields.text("error_text")?.to_owned(),
        })
    }

    fn to_object(&self) -> GpObject {
        GpObject::default().with("error_code", self.code.as_str()).with("error_text", &self.text)
    }
}

const FAILED: &str = "Failed To Validate";
const INVALID_REQUEST: &str = "Invalid input request";
/// Octets of an error page that are looked at.
const MAX_PAGE: usize = 64 * 1024;
