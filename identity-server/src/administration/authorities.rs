use wardkey_pki::Certificate;

use super::{AdministrationError, trail};
use crate::{
    AuditEvent, Identity,
    session::Sha256,
    store::{AuthorityKind, StoreError, StoredAuthority},
};

/// An authority that login certificates may come from.
#[derive(Clone, Debug)]
pub struct Authority {
    /// What it is for.
    pub kind: AuthorityKind,
    /// Its certificate.
    pub certificate: Certificate,
    /// Named by the configuration, so that only a change of it removes the authority.
    pub configured: bool,
}

impl Identity {
    /// Every authority that login certificates may come from: first those of the configuration.
    ///
    /// # Errors
    /// [`AdministrationError::Internal`] when the database fails.
    pub async fn authorities(&self) -> Result<Vec<Authority>, AdministrationError> {
        let configured = self.rules.trust.configured().map(|(kind, certificate)| Authority {
            kind,
            certificate: certificate.clone(),
            configured: true,
        });
        let mut all: Vec<Authority> = configured.collect();
        for stored in self.store.authorities().await? {
            let certificate = Certificate::from_der(&stored.certificate)
                .map_err(|_| StoreError::Corrupt("authority"))?;
            all.push(Authority { kind: stored.kind, certificate, configured: false });
        }
        Ok(all)
    }

    /// Keeps the authorities of these certificates; all nodes go by them within a second.
    ///
    /// # Errors
    /// [`AdministrationError`] when there is no certificate of an authority, or the database fails.
    pub async fn add_authorities(
        &self,
        pem: &[u8],
        kind: AuthorityKind,
    ) -> Result<usize, AdministrationError> {
        let certificates = Certificate::chain_from_pem(pem)?;
        if certificates.is_empty() || !certificates.iter().all(Certificate::is_authority) {
            return Err(AdministrationError::NoAuthority);
        }
        let now = self.clock.now();
        let mut unit = self.store.begin().await?;
        for certificate in &certificates {
            let hash = certificate.sha256();
            let stored = StoredAuthority { kind, certificate: certificate.der().to_vec() };
            unit.put_authority(&hash, &stored, now).await?;
            unit.audit(now, of(&format!("authority_add_{}", kind.as_str()), &hash)).await?;
        }
        unit.commit().await?;
        self.refresh_trust().await?;
        Ok(certificates.len())
    }

    /// Removes an authority of the database: nobody logs in below it any more. Sessions go on.
    ///
    /// # Errors
    /// [`AdministrationError::Unknown`] when there is none, or one of the configuration.
    pub async fn remove_authority(&self, hash: &Sha256) -> Result<(), AdministrationError> {
        let mut unit = self.store.begin().await?;
        if !unit.remove_authority(hash).await? {
            return Err(AdministrationError::Unknown("authority in the database"));
        }
        unit.audit(self.clock.now(), of("authority_remove", hash)).await?;
        unit.commit().await?;
        Ok(self.refresh_trust().await?)
    }
}

fn of(action: &str, hash: &Sha256) -> AuditEvent {
    AuditEvent { certificate: Some(base16ct::lower::encode_string(hash)), ..trail(action) }
}
