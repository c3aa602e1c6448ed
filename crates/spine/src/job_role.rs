use std::{fmt, str::FromStr};

/// One role profile in the answer to a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRole {
    /// The role profile's number; what a role selection names.
    pub id: String,
    /// The organisation's ODS code; older servers leave it out.
    pub org_code: Option<String>,
    /// Organisation and role as text: `ORGANISATION, "Group":"Sub group":"Role"`.
    pub text: String,
}

/// The name of a job role, `"Group":"Sub group":"Role"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRoleName {
    /// The staff group.
    pub group: String,
    /// The sub group.
    pub sub_group: String,
    /// The role.
    pub role: String,
}

/// The text is no job role of three quoted parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a job role of three quoted parts")]
pub struct JobRoleNameError;

impl JobRole {
    /// A role profile of this organisation and job role.
    #[must_use]
    pub fn new(id: &str, org_code: &str, organisation: &str, name: &JobRoleName) -> Self {
        Self {
            id: id.to_owned(),
            org_code: Some(org_code.to_owned()),
            text: format!("{organisation}{SEPARATOR}{name}"),
        }
    }

    /// The organisation's name; the whole text where it holds no role.
    #[must_use]
    pub fn organisation(&self) -> &str {
        match self.text.rsplit_once(SEPARATOR_AND_QUOTE) {
            Some((organisation, _)) if self.name().is_some() => organisation,
            _ => &self.text,
        }
    }

    /// The job role's name; `None` where the text is of another form.
    #[must_use]
    pub fn name(&self) -> Option<JobRoleName> {
        let (organisation, _) = self.text.rsplit_once(SEPARATOR_AND_QUOTE)?;
        self.text.get(organisation.len() + SEPARATOR.len()..)?.parse().ok()
    }
}

impl FromStr for JobRoleName {
    type Err = JobRoleNameError;

    fn from_str(text: &str) -> Result<Self, JobRoleNameError> {
        let inner = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .ok_or(JobRoleNameError)?;
        let mut parts = inner.split("\":\"");
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(group), Some(sub_group), Some(role), None)
                if !inner.replace("\":\"", "").contains('"') =>
            {
                let owned = str::to_owned;
                Ok(Self { group: owned(group), sub_group: owned(sub_group), role: owned(role) })
            }
            _ => Err(JobRoleNameError),
        }
    }
}

impl fmt::Display for JobRoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\":\"{}\":\"{}\"", self.group, self.sub_group, self.role)
    }
}

const SEPARATOR: &str = ", ";
const SEPARATOR_AND_QUOTE: &str = ", \"";

#[cfg(test)]
mod tests;
