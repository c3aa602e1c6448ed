//! The TLS connection to a server, with the very trust that the agent has.

use std::{
    fs, io,
    net::TcpStream,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, StreamOwned,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime as TlsTime},
};
use wardkey_pki::{Certificate, UnixTime};
use wardkey_protocol::own::Finding;

use super::road::{Address, Unreached};
use crate::doctor::{codes::Code, policy::counted};

/// Why there is no connection that can be trusted.
pub enum Insecure {
    /// The road ended.
    Road(Unreached),
    /// What is wrong with TLS.
    Tls(Box<Finding>),
}

/// A connection to a server whose certificate is trusted.
pub struct Secured {
    /// What is said on it.
    pub stream: StreamOwned<ClientConnection, TcpStream>,
    shown: Option<Certificate>,
    host: String,
}

impl Secured {
    /// What there is to say of the certificate.
    pub fn finding(&self, now: UnixTime) -> Finding {
        let host = &self.host;
        let Some(certificate) = &self.shown else { return Code::Tls.found() };
        let left = certificate.not_after().seconds_since(now);
        let days = counted(usize::try_from(left / DAY).unwrap_or(usize::MAX), "day");
        let finding = if left <= SOON {
            Code::TlsExpiresSoon.says(format!("The TLS certificate of {host} expires in {days}."))
        } else {
            let says = format!(
                "The TLS certificate of {host} is from the authority that the policy names; it \
                 expires in {days}."
            );
            Code::Tls.says(says)
        };
        finding.with("to", certificate.not_after().to_string())
    }
}

/// Makes the connection, where the server shows a certificate of this authority, a PEM file; nothing
/// but the handshake is sent.
///
/// # Errors
///
/// Why there is none.
pub fn secure(stream: TcpStream, address: &Address, authority: &Path) -> Result<Secured, Insecure> {
    let host = address.host.as_str();
    let tls = |finding: Finding| Insecure::Tls(Box::new(finding));
    let failed = |reason: String| {
        let says = format!("No TLS connection comes about with {host}.");
        tls(Code::TlsFailed.says(says).with("reason", reason))
    };
    let recording =
        Recording::new(authority).map_err(|reason| tls(untrusted(host).with("reason", reason)))?;
    let recording = Arc::new(recording);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(recording.clone())
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(error.to_string()))?;
    let client =
        ClientConnection::new(Arc::new(config), name).map_err(|error| failed(error.to_string()))?;
    let mut secured = StreamOwned::new(client, stream);
    while secured.conn.is_handshaking() {
        if let Err(error) = secured.conn.complete_io(&mut secured.sock) {
            let shown = recording.shown();
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
            return Err(match inner {
                Some(inner) => tls(of_tls(host, inner, shown.as_ref())),
                None if is_of_the_network(&error) => {
                    Insecure::Road(Unreached::of(host, address.port, &error))
                }
                None => failed(error.to_string()),
            });
        }
    }
    Ok(Secured { stream: secured, shown: recording.shown(), host: host.to_owned() })
}

fn of_tls(host: &str, error: &Error, shown: Option<&Certificate>) -> Finding {
    let finding = match error {
        Error::InvalidCertificate(error) => match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                let says =
                    format!("The TLS certificate of {host} has expired by this computer's clock.");
                Code::TlsExpired.says(says)
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                let says = format!(
                    "The TLS certificate of {host} is not valid yet by this computer's clock."
                );
                Code::TlsNotYetValid.says(says)
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                let says = format!("What answers at {host} shows a certificate for another name.");
                Code::TlsWrongName.says(says)
            }
            _ => untrusted(host),
        },
        _ => Code::TlsFailed.says(format!("No TLS connection comes about with {host}.")),
    };
    let finding = finding.with("reason", error.to_string());
    // A proxy that inspects TLS has a name of its own here.
    match shown {
        Some(certificate) => finding
            .with("issuer", certificate.issuer().to_string())
            .with("from", certificate.not_before().to_string())
            .with("to", certificate.not_after().to_string()),
        None => finding,
    }
}

fn untrusted(host: &str) -> Finding {
    let says =
        format!("The TLS certificate of {host} is not from the authority that the policy names.");
    Code::TlsUntrusted.says(says)
}

fn is_of_the_network(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// Verifies as the agent does, and keeps the certificate that it was shown.
#[derive(Debug)]
struct Recording {
    verifier: Arc<WebPkiServerVerifier>,
    shown: Mutex<Option<Vec<u8>>>,
}

impl Recording {
    fn new(file: &Path) -> Result<Self, String> {
        let pem = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let authorities = Certificate::chain_from_pem(pem)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let mut roots = RootCertStore::empty();
        let ders =
            authorities.iter().map(|authority| CertificateDer::from(authority.der().to_vec()));
        roots.add_parsable_certificates(ders);
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self { verifier, shown: Mutex::default() })
    }

    fn shown(&self) -> Option<Certificate> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        Certificate::from_der(shown.as_deref()?).ok()
    }
}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: TlsTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// In seconds.
const DAY: u64 = 24 * 60 * 60;
const SOON: u64 = 14 * DAY;
