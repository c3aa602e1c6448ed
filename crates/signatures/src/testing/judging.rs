//! What the tests of every format judge by, and a timestamp authority.

use std::process::Command;

use wardkey_crypto::{Hash, Obligation};
use wardkey_pki::{Certificate, Crl, UnixTime};

use super::{Authority, CONTENT_POLICY, Key, NOW, Profile, pem};
use crate::{VerifyOptions, judgement::Pending, report::Report, timestamp::TimestampRequest};

/// Trusts the one authority, a minute after [`NOW`].
pub(crate) fn options() -> VerifyOptions {
    let authority = Authority::new();
    VerifyOptions {
        anchors: vec![Certificate::from_der(&authority.certificate()).unwrap()],
        intermediates: Vec::new(),
        crls: vec![Crl::from_der(&authority.revocation_list(&[])).unwrap()],
        required_policies: vec![CONTENT_POLICY],
        time: UnixTime::from_seconds(NOW + 60),
        timestamp_anchors: Vec::new(),
        ocsp_answers: Vec::new(),
        legacy_sha1: false,
        legacy_rsa_1024: false,
    }
}

/// The same for what programs of others make at their own time.
pub(crate) fn options_at_present() -> VerifyOptions {
    #[allow(clippy::disallowed_methods, reason = "others sign at their own time")]
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let list = Authority::new().revocation_list_until("400101000000Z", &[]);
    VerifyOptions {
        time: UnixTime::from_seconds(now),
        crls: vec![Crl::from_der(&list).unwrap()],
        ..options()
    }
}

/// The same, and timestamps below the one authority are trusted.
pub(crate) fn trusting_timestamps() -> VerifyOptions {
    let options = options_at_present();
    VerifyOptions { timestamp_anchors: options.anchors.clone(), ..options }
}

/// The report, each signature verified.
pub(crate) fn judged(pending: Pending) -> Report {
    let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
    pending.conclude(&answers)
}

/// The checks that failed, with spaces between them.
pub(crate) fn failed(report: &Report) -> String {
    let failed = report.checks.iter().filter(|check| !check.passed);
    failed.map(|check| &*check.name).collect::<Vec<_>>().join(" ")
}

/// OpenSSL as a timestamp authority, below the one authority.
pub(crate) struct Stamper {
    folder: tempfile::TempDir,
}

impl Stamper {
    pub(crate) fn new() -> Self {
        Self::naming_by("sha256")
    }

    /// One that names its certificate by this hash.
    pub(crate) fn naming_by(hash: &str) -> Self {
        let key = Key::rsa();
        let certificate = Authority::new().issue(&Self::profile(), &key.spki());
        let this = Self { folder: tempfile::tempdir().unwrap() };
        this.put("root.pem", pem(&Authority::new().certificate()).as_bytes());
        this.put("tsa.pem", pem(&certificate).as_bytes());
        this.put("tsa.key", key.private_pem().as_bytes());
        this.put("tsa.cnf", TSA.replace("HASH", hash).as_bytes());
        this.put("serial", b"01");
        this
    }

    /// What its certificate says.
    pub(crate) fn profile() -> Profile {
        Profile {
            usage: 0x80,
            policy: None,
            serial: 11,
            not_after: "400101000000Z",
            extended_usages: vec![const_oid::db::rfc5280::ID_KP_TIME_STAMPING],
            ..Profile::content("Test Timestamp Authority")
        }
    }

    /// The answer to a request, which OpenSSL verifies as well.
    pub(crate) fn answer(&self, request: &TimestampRequest) -> Vec<u8> {
        self.put("query", &request.to_der());
        self.openssl("ts -reply -config tsa.cnf -queryfile query -out answer");
        self.openssl("ts -verify -queryfile query -in answer -CAfile root.pem -untrusted tsa.pem");
        std::fs::read(self.folder.path().join("answer")).unwrap()
    }

    /// A token over these octets.
    pub(crate) fn token(&self, over: &[u8]) -> Vec<u8> {
        let request = TimestampRequest::over(over, Hash::Sha256, [9; 8]).unwrap();
        request.token(&self.answer(&request)).unwrap().to_vec()
    }

    /// An token over the SHA-1 of these octets, which nobody here asks for.
    pub(crate) fn token_by_sha1(&self, over: &[u8]) -> Vec<u8> {
        self.put("over", over);
        self.openssl("ts -query -data over -sha1 -cert -out query");
        self.openssl("ts -reply -config tsa.cnf -queryfile query -token_out -out token");
        std::fs::read(self.folder.path().join("token")).unwrap()
    }

    fn put(&self, name: &str, octets: &[u8]) {
        std::fs::write(self.folder.path().join(name), octets).unwrap();
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(self.folder.path()).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

const TSA: &str = "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = tsa.pem\n\
    signer_key = tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\n\
    digests = sha1, sha256, sha384, sha512\ness_cert_id_alg = HASH\naccuracy = secs:1\n";
