use wardkey_pki::Certificate;
use wardkey_spine::UserId;

use super::{AdministrationError, trail};
use crate::{AuditEvent, Identity, session::Sha256};

impl Identity {
    /// Registers a login certificate for the user whose id is its common name, who is returned.
    ///
    /// # Errors
    /// [`AdministrationError`] when the certificate names nobody, is registered for somebody else,
    /// or the database fails.
    pub async fn add_certificate(&self, pem: &[u8]) -> Result<String, AdministrationError> {
        let certificate = Certificate::from_pem(pem)?;
        let name = certificate.subject().common_name().unwrap_or_default().to_owned();
        let uid = UserId::parse(&name).map_err(|_| AdministrationError::NoUserId)?;
        let (hash, now) = (certificate.sha256(), self.clock.now());
        let mut unit = self.store.begin().await?;
        if !unit.register_certificate(uid.as_str(), &hash, now).await? {
            return Err(AdministrationError::AnothersCertificate);
        }
        unit.audit(now, of("certificate_add", uid.as_str(), &hash)).await?;
        unit.commit().await?;
        Ok(name)
    }

    /// The same for a certificate that has to be this user's.
    ///
    /// # Errors
    /// As there, and when it names somebody else.
    pub async fn add_certificate_of(
        &self,
        uid: &str,
        pem: &[u8],
    ) -> Result<(), AdministrationError> {
        let certificate = Certificate::from_pem(pem)?;
        if certificate.subject().common_name() != Some(uid) {
            return Err(AdministrationError::AnothersCertificate);
        }
        self.add_certificate(pem).await.map(drop)
    }

    /// Removes a login certificate: nobody logs in with it any more, and its sessions end.
    ///
    /// # Errors
    /// [`AdministrationError::Unknown`] when it is not registered.
    pub async fn remove_certificate(&self, hash: &Sha256) -> Result<(), AdministrationError> {
        let mut unit = self.store.begin().await?;
        let uid = unit.remove_certificate(hash).await?;
        let uid = uid.ok_or(AdministrationError::Unknown("certificate"))?;
        unit.audit(self.clock.now(), of("certificate_remove", &uid, hash)).await?;
        unit.commit().await?;
        Ok(self.end_sessions_of_credential(&uid, hash).await?)
    }
}

fn of(action: &str, uid: &str, hash: &Sha256) -> AuditEvent {
    AuditEvent {
        uid: Some(uid.to_owned()),
        certificate: Some(base16ct::lower::encode_string(hash)),
        ..trail(action)
    }
}
