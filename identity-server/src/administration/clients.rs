use wardkey_oidc::Client;

use super::{AdministrationError, trail};
use crate::{AuditEvent, Identity, InternalError, console};

impl Identity {
    /// The clients of OpenID Connect that are registered.
    ///
    /// # Errors
    /// [`AdministrationError::Internal`] when the database fails.
    pub async fn clients(&self) -> Result<Vec<Client>, AdministrationError> {
        let documents = self.store.clients().await?;
        let read = documents.iter().map(|document| serde_json::from_str(document));
        read.collect::<Result<_, _>>().map_err(|error| client(&error))
    }

    /// Registers a client, or changes its registration.
    ///
    /// # Errors
    /// [`AdministrationError::Client`] when the registration is wrong.
    pub async fn put_client(&self, registration: &Client) -> Result<(), AdministrationError> {
        registration.check().map_err(|error| client(&error))?;
        if registration.id == console::CLIENT {
            let taken = "this id is the server's own".to_owned();
            return Err(AdministrationError::Client(taken));
        }
        let document = serde_json::to_string(registration)
            .map_err(|error| InternalError::Answer(error.to_string()))?;
        let mut unit = self.store.begin().await?;
        unit.put_client(&registration.id, &document).await?;
        unit.audit(self.clock.now(), of("client_put", &registration.id)).await?;
        Ok(unit.commit().await?)
    }

    /// Removes a client; its tokens end at once.
    ///
    /// # Errors
    /// [`AdministrationError::Unknown`] when there is none of this id.
    pub async fn remove_client(&self, id: &str) -> Result<(), AdministrationError> {
        let mut unit = self.store.begin().await?;
        if !unit.remove_client(id).await? {
            return Err(AdministrationError::Unknown("client"));
        }
        unit.remove_grants_of(id).await?;
        unit.audit(self.clock.now(), of("client_remove", id)).await?;
        Ok(unit.commit().await?)
    }
}

/// Reads a registration in JSON or, where it begins like none, TOML.
///
/// # Errors
/// [`AdministrationError::Client`] says what is wrong and where.
pub fn read_client(text: &str) -> Result<Client, AdministrationError> {
    if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| client(&error))
    } else {
        toml::from_str(text).map_err(|error| client(&error))
    }
}

fn client(error: &dyn std::error::Error) -> AdministrationError {
    AdministrationError::Client(error.to_string())
}

fn of(action: &str, id: &str) -> AuditEvent {
    AuditEvent { relying_party: Some(id.to_owned()), ..trail(action) }
}
