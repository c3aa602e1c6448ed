//! Writes `docs/vectors/authenticate.json`: tokens of `authenticate`, good ones and others, under an
//! authority made on the spot with OpenSSL, for verifiers in any language. Keys are thrown away.

use std::{error::Error, fs, path::Path, process::Command};

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};
use wardkey_crypto::{Obligation, SignatureAlgorithm};
use wardkey_signatures::web_eid;

fn main() -> Result<(), Box<dyn Error>> {
    let work = tempfile::tempdir()?;
    let maker = Maker::new(work.path())?;
    for (name, key, extensions, from, to) in SIGNERS {
        maker.signer(name, key, extensions, from, to)?;
    }
    maker.openssl("ca -config openssl.cnf -revoke revoked.pem -crl_reason superseded")?;
    maker.revoked_at("261101000000Z")?;
    maker.openssl(
        "ca -config openssl.cnf -gencrl -crl_lastupdate 20261123090000Z \
         -crl_nextupdate 20361123090000Z -out root.crl",
    )?;

    let valid = |user: &str| json!({"verdict": "valid", "failed": null, "userId": user});
    let invalid = |failed: &str| json!({"verdict": "invalid", "failed": failed, "userId": USER});
    let unread = |failed: &str| json!({"verdict": "invalid", "failed": failed, "userId": null});
    let token = |signer: &str, algorithm| maker.token(signer, algorithm);
    let es256 = token("es256", ES256)?;
    let changed = |member: &str, value: Value| -> Result<String, Box<dyn Error>> {
        let mut token: Value = serde_json::from_str(&es256)?;
        token[member] = value;
        Ok(token.to_string())
    };
    let signature = serde_json::from_str::<Value>(&es256)?["signature"].clone();
    let mut octets = Base64::decode_vec(signature.as_str().unwrap_or_default())?;
    octets[10] ^= 1;
    let altered = Base64::encode_string(&octets);
    let der = Base64::encode_string(&ecdsa_der(&octets)?);

    let mut cases = vec![
        case("es256", &es256, valid(USER)),
        case("es384", &token("es384", SignatureAlgorithm::EcdsaP384Sha384)?, valid(USER)),
        case("rs256", &token("rs256", SignatureAlgorithm::RsaPkcs1Sha256)?, valid(USER)),
        case("minor_version", &changed("format", json!("web-eid:1.1"))?, valid(USER)),
        case("member_of_later_version", &changed("new", json!({}))?, valid(USER)),
        case("signature_altered", &changed("signature", json!(altered))?, invalid("signature")),
        case("signature_in_der", &changed("signature", json!(der))?, invalid("signature")),
        case(
            "algorithm_of_another_key",
            &changed("algorithm", json!("RS256"))?,
            invalid("algorithm"),
        ),
        case("algorithm_none", &changed("algorithm", json!("none"))?, invalid("algorithm")),
        case("format_10", &changed("format", json!("web-eid:10"))?, unread("format")),
        case("format_2", &changed("format", json!("web-eid:2.0"))?, unread("format")),
        case("not_json", &es256[1..], unread("format")),
        case(
            "certificate_unreadable",
            &changed("unverifiedCertificate", json!("MAA="))?,
            unread("certificate"),
        ),
        case(
            "key_too_short",
            &token("rs1024", SignatureAlgorithm::RsaPkcs1Sha256)?,
            invalid("algorithm"),
        ),
        case("certificate_for_content", &token("content", ES256)?, invalid("usage")),
        case("certificate_expired", &token("expired", ES256)?, invalid("revocation")),
        case("certificate_revoked", &token("revoked", ES256)?, invalid("revocation")),
    ];
    for (name, member, value, expect) in [
        ("another_origin", "origin", "https://evil.example", invalid("signature")),
        ("another_nonce", "nonce", &NONCE.replace('d', "e"), invalid("signature")),
        ("origin_with_path", "origin", "https://ward.example/", invalid("origin")),
        ("origin_with_default_port", "origin", "https://ward.example:443", invalid("origin")),
        ("nonce_too_short", "nonce", &NONCE[..43], invalid("nonce")),
    ] {
        let mut case = case(name, &es256, expect);
        case[member] = json!(value);
        cases.push(case);
    }
    let unknown = json!({"verdict": "indeterminate", "failed": "revocation", "userId": USER});
    for (name, trust) in
        [("no_list", json!({"crls": []})), ("nobody_trusted", json!({"anchors": []}))]
    {
        let expect = if name == "no_list" { unknown.clone() } else { invalid("revocation") };
        let mut case = case(name, &es256, expect);
        case["trust"] = trust;
        cases.push(case);
    }
    let mut late = case("list_out_of_date", &es256, unknown);
    late["time"] = json!("2036-12-01T00:00:00Z");
    cases.push(late);

    let trust = json!({"anchors": [maker.read("root.pem")?], "crls": [maker.read("root.crl")?]});
    let vectors = json!({"time": "2026-11-23T09:45:00Z", "trust": trust, "cases": cases});
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors/authenticate.json");
    fs::create_dir_all(file.parent().ok_or("no folder")?)?;
    Ok(fs::write(file, serde_json::to_string_pretty(&vectors)? + "\n")?)
}

fn case(name: &str, token: &str, expect: Value) -> Value {
    json!({"name": name, "origin": ORIGIN, "nonce": NONCE, "token": token, "expect": expect})
}

/// OpenSSL in a folder, with an authority.
struct Maker<'a> {
    work: &'a Path,
}

impl<'a> Maker<'a> {
    fn new(work: &'a Path) -> Result<Self, Box<dyn Error>> {
        fs::write(work.join("openssl.cnf"), CONFIGURATION)?;
        fs::write(work.join("index.txt"), "")?;
        fs::write(work.join("number"), "01\n")?;
        let maker = Self { work };
        for command in AUTHORITY {
            maker.openssl(command)?;
        }
        Ok(maker)
    }

    fn signer(
        &self,
        name: &str,
        key: &str,
        extensions: &str,
        from: &str,
        to: &str,
    ) -> Result<(), Box<dyn Error>> {
        self.openssl(&format!("genpkey {key} -out {name}.key"))?;
        let subject = format!("/O=nhs/OU=People/CN={USER}");
        self.openssl(&format!("req -new -key {name}.key -subj {subject} -out {name}.csr"))?;
        self.openssl(&format!(
            "ca -config openssl.cnf -batch -notext -extensions {extensions} -startdate {from} \
             -enddate {to} -in {name}.csr -out {name}.pem"
        ))?;
        self.openssl(&format!("x509 -in {name}.pem -outform DER -out {name}.der"))
    }

    /// OpenSSL knows no other time for it than now.
    fn revoked_at(&self, time: &str) -> Result<(), Box<dyn Error>> {
        let line = |line: &str| {
            let mut fields: Vec<_> = line.split('\t').collect();
            let moved = format!("{time},superseded");
            if fields.first() == Some(&"R") {
                fields[2] = &moved;
            }
            fields.join("\t") + "\n"
        };
        let index: String = self.read("index.txt")?.lines().map(line).collect();
        Ok(fs::write(self.work.join("index.txt"), index)?)
    }

    fn token(&self, signer: &str, algorithm: SignatureAlgorithm) -> Result<String, Box<dyn Error>> {
        let prepared = web_eid::prepare(ORIGIN, NONCE, algorithm)?;
        fs::write(self.work.join("octets"), prepared.to_be_signed())?;
        let hash =
            if algorithm == SignatureAlgorithm::EcdsaP384Sha384 { "sha384" } else { "sha256" };
        self.openssl(&format!("dgst -{hash} -sign {signer}.key -out signature octets"))?;
        let signature = fs::read(self.work.join("signature"))?;
        let raw = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => Some(signature),
            _ => Obligation::ecdsa_from_der(algorithm, &signature),
        };
        let certificate = fs::read(self.work.join(format!("{signer}.der")))?;
        let token = prepared.assemble(&raw.ok_or("not ECDSA")?, &certificate, "wardkey/0.1.0")?;
        Ok(token.to_json()?)
    }

    fn read(&self, name: &str) -> Result<String, Box<dyn Error>> {
        Ok(fs::read_to_string(self.work.join(name))?)
    }

    fn openssl(&self, arguments: &str) -> Result<(), Box<dyn Error>> {
        let mut openssl = Command::new("openssl");
        let output = openssl.args(arguments.split_whitespace()).current_dir(self.work).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

fn ecdsa_der(raw: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(Obligation::ecdsa_to_der(raw).ok_or("not ECDSA")?)
}

const ES256: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;
const NONCE: &str = "d2FyZGtleS10ZXN0LW5vbmNlLXdhcmRrZXktdGVzdC1ub25j";
const ORIGIN: &str = "https://ward.example";
const USER: &str = "555000000101";

/// Name, key, extensions, validity.
const SIGNERS: [(&str, &str, &str, &str, &str); 7] = [
    ("es256", P256, "login", FROM, TO),
    ("es384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "login", FROM, TO),
    ("rs256", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "login", FROM, TO),
    ("rs1024", "-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "login", FROM, TO),
    ("content", P256, "content", FROM, TO),
    ("expired", P256, "login", FROM, "20260201000000Z"),
    ("revoked", P256, "login", FROM, TO),
];
const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
const FROM: &str = "20260101000000Z";
const TO: &str = "20460101000000Z";

const AUTHORITY: [&str; 2] = [
    "req -new -config openssl.cnf -newkey rsa:2048 -nodes -keyout root.key \
     -subj /O=nhs/OU=CA/CN=Synthetic_Login_CA -out root.csr",
    "ca -config openssl.cnf -selfsign -batch -notext -extensions authority \
     -startdate 20260101000000Z -enddate 20560101000000Z -in root.csr -out root.pem",
];

const CONFIGURATION: &str = "
[req]
distinguished_name = name
[name]
[ca]
default_ca = synthetic
[synthetic]
private_key = root.key
certificate = root.pem
new_certs_dir = .
database = index.txt
rand_serial = yes
crlnumber = number
default_md = sha256
default_days = 3650
policy = any
unique_subject = no
crl_extensions = list
[any]
organizationName = optional
organizationalUnitName = optional
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[login]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[content]
basicConstraints = critical, CA:FALSE
keyUsage = critical, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[list]
authorityKeyIdentifier = keyid
";
