use wardkey_protocol::Origin;

use super::{AdministrationError, trail};
use crate::{AuditEvent, Identity};

impl Identity {
    /// Registers an app for tickets, or changes its name.
    ///
    /// # Errors
    /// [`AdministrationError::NotAnOrigin`] when `origin` is none.
    pub async fn put_relying_party(
        &self,
        origin: &str,
        name: &str,
    ) -> Result<(), AdministrationError> {
        let origin = Origin::parse(origin).map_err(|_| AdministrationError::NotAnOrigin)?;
        let mut unit = self.store.begin().await?;
        unit.put_relying_party(origin.as_str(), name).await?;
        unit.audit(self.clock.now(), of("relying_party_add", &origin)).await?;
        Ok(unit.commit().await?)
    }

    /// Removes an app; its tickets end at once.
    ///
    /// # Errors
    /// [`AdministrationError::Unknown`] when it is not registered in the database.
    pub async fn remove_relying_party(&self, origin: &str) -> Result<(), AdministrationError> {
        let origin = Origin::parse(origin).map_err(|_| AdministrationError::NotAnOrigin)?;
        let mut unit = self.store.begin().await?;
        if !unit.remove_relying_party(origin.as_str()).await? {
            return Err(AdministrationError::Unknown("app in the database"));
        }
        unit.audit(self.clock.now(), of("relying_party_remove", &origin)).await?;
        Ok(unit.commit().await?)
    }
}

fn of(action: &str, origin: &Origin) -> AuditEvent {
    AuditEvent { relying_party: Some(origin.as_str().to_owned()), ..trail(action) }
}
