use wardkey_spine::UserId;

use super::AdministrationError;
use crate::{
    Identity, InternalError,
    directory::{Format, Import, KeepError, KeptDirectory, Mode, People, Report, SourceFile, User},
    store::StoreError,
};

/// Files of people, roles and organisations, and what to do with them.
#[derive(Clone, Debug)]
pub struct Upload {
    /// What the files are.
    pub format: Format,
    /// How they meet what is known.
    pub mode: Mode,
    /// Tell what would be, and change nothing.
    pub dry_run: bool,
    /// The files, by name.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Identity {
    /// The directory that the server keeps itself.
    ///
    /// # Errors
    /// [`AdministrationError::PeopleElsewhere`] when people come from LDAP.
    pub fn kept(&self) -> Result<&KeptDirectory, AdministrationError> {
        match &self.people {
            People::Kept(kept) => Ok(kept),
            People::Ldap(_) => Err(AdministrationError::PeopleElsewhere),
        }
    }

    /// People whose user id begins with this, or whose name has it; `limit` of them at the most,
    /// and whether they are kept elsewhere, where only a whole user id finds anybody.
    ///
    /// # Errors
    /// [`InternalError`] of the directory.
    pub async fn find_people(
        &self,
        query: &str,
        limit: usize,
    ) -> Result<(Vec<User>, bool), InternalError> {
        let query = query.trim().to_lowercase();
        let People::Kept(kept) = &self.people else {
            let person = self.person(&query).await?;
            return Ok((person.map(|person| person.user).into_iter().collect(), true));
        };
        let directory = kept.current();
        let wanted = |user: &&User| {
            user.uid.starts_with(&query)
                || user.common_name().to_lowercase().contains(&query)
                || user.display_name().to_lowercase().contains(&query)
        };
        Ok((directory.users().filter(wanted).take(limit).cloned().collect(), false))
    }

    /// Takes over people, roles and organisations, all or none. What is refused is no error: the
    /// report says it.
    ///
    /// # Errors
    /// [`AdministrationError`] when a file can't be read at all, or nobody would be left.
    pub async fn import_people(&self, upload: &Upload) -> Result<Report, AdministrationError> {
        let files: Vec<SourceFile<'_>> =
            upload.files.iter().map(|(name, content)| SourceFile { name, content }).collect();
        if files.is_empty() {
            return Err(AdministrationError::Import("no file was chosen".to_owned()));
        }
        let changes = upload.format.read(&files);
        let changes = changes.map_err(|error| AdministrationError::Import(error.to_string()))?;
        let now = self.clock.now();
        let import = self.kept()?.import(&changes, upload.mode, upload.dry_run, now).await;
        self.imported(import).await
    }

    /// Makes these entries, LDIF, all that is known of a person.
    ///
    /// # Errors
    /// [`AdministrationError`] when people are kept elsewhere, or the entries are of others too.
    pub async fn put_person(&self, uid: &str, ldif: &str) -> Result<Report, AdministrationError> {
        let whole = format!("{}{ldif}\n", deletion(uid)?);
        let file = SourceFile { name: "the entries", content: whole.as_bytes() };
        let changes = Format::Ldif.read(&[file]);
        let changes = changes.map_err(|error| AdministrationError::Import(error.to_string()))?;
        let kept = self.kept()?;
        let now = self.clock.now();
        let planned = kept.import(&changes, Mode::Merge, true, now).await;
        let planned = planned.map_err(keep_error)?;
        if planned.edits.iter().any(|edit| !edit.is_of_person(uid)) {
            let wrong = "the entries are not all of this person".to_owned();
            return Err(AdministrationError::Import(wrong));
        }
        if planned.report.refused.is_empty() && planned.directory.user(uid).is_none() {
            let wrong = "the entries have no person with this user id".to_owned();
            return Err(AdministrationError::Import(wrong));
        }
        self.imported(kept.import(&changes, Mode::Merge, false, now).await).await
    }

    /// Removes a person; the sessions end.
    ///
    /// # Errors
    /// [`AdministrationError::Unknown`] when nobody has the user id.
    pub async fn delete_person(&self, uid: &str) -> Result<(), AdministrationError> {
        let kept = self.kept()?;
        if kept.current().user(uid).is_none() {
            return Err(AdministrationError::Unknown("person"));
        }
        let text = deletion(uid)?;
        let file = SourceFile { name: "the entries", content: text.as_bytes() };
        let changes = Format::Ldif.read(&[file]);
        let changes = changes.map_err(|error| AdministrationError::Import(error.to_string()))?;
        let import = kept.import(&changes, Mode::Merge, false, self.clock.now()).await;
        self.imported(import).await.map(drop)
    }

    async fn imported(
        &self,
        import: Result<Import, KeepError>,
    ) -> Result<Report, AdministrationError> {
        let import = import.map_err(keep_error)?;
        self.refresh_people().await?;
        Ok(import.report)
    }
}

/// The record that removes a person. What is no user id names nobody, and no second line either.
fn deletion(uid: &str) -> Result<String, AdministrationError> {
    let uid = UserId::parse(uid).map_err(|_| AdministrationError::Unknown("person"))?;
    Ok(format!("dn: uid={uid},ou=People,o=nhs\nchangetype: delete\n\n"))
}

fn keep_error(error: KeepError) -> AdministrationError {
    match error {
        KeepError::Store(error) => StoreError::into(error),
        other => AdministrationError::Import(other.to_string()),
    }
}
