use super::AdministrationError;
use crate::{
    Identity, InternalError,
    delivery::EndCause,
    session::{Session, Sha256},
};

impl Identity {
    /// Ends a session; everybody who relies on it is told.
    ///
    /// # Errors
    /// [`AdministrationError::Unknown`] when there is none, or it is over.
    pub async fn end_session(&self, id: &str) -> Result<(), AdministrationError> {
        match self.destroy(id).await? {
            true => Ok(()),
            false => Err(AdministrationError::Unknown("session")),
        }
    }

    /// Ends every session of a user; gives their number.
    ///
    /// # Errors
    /// [`AdministrationError::Unknown`] when there is none.
    pub async fn end_sessions_of(&self, uid: &str) -> Result<usize, AdministrationError> {
        let mut ended = 0;
        for session in self.store.sessions(Some(uid), u32::MAX).await? {
            ended += usize::from(self.destroy(&session.id).await?);
        }
        if ended == 0 { Err(AdministrationError::Unknown("session")) } else { Ok(ended) }
    }

    /// Ends one of a user's own sessions, this or another. `false`: it is none, or over.
    pub(crate) async fn end_own(&self, own: &Session, id: &str) -> Result<bool, InternalError> {
        match self.store.session(id).await? {
            Some(other) if other.uid == own.uid => self.end(id, EndCause::Logout).await,
            _ => Ok(false),
        }
    }

    /// Ends the sessions that this certificate, or passkey, opened.
    pub(crate) async fn end_sessions_of_credential(
        &self,
        uid: &str,
        credential: &Sha256,
    ) -> Result<(), InternalError> {
        for session in self.store.sessions(Some(uid), u32::MAX).await? {
            if session.credential == *credential {
                self.destroy(&session.id).await?;
            }
        }
        Ok(())
    }
}
