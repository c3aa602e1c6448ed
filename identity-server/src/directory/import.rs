use std::collections::{BTreeMap, BTreeSet};

use super::{
    Change, Directory, Edit, Refusal, Report,
    draft::{Draft, Effect},
};

/// What a set of changes makes of a directory: everything is judged, and nothing is kept yet.
#[derive(Clone, Debug)]
pub struct Import {
    /// What came of each record.
    pub report: Report,
    /// What to do where the directory is kept, all of it or nothing; empty when something was
    /// refused that the mode does not skip.
    pub edits: Vec<Edit>,
    /// The directory after these edits.
    pub directory: Directory,
}

/// How a set of changes meets what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// What the set does not name stays as it is; when anything is refused nothing changes.
    Merge,
    /// What the set does not name stays as it is; records that are refused are left out.
    MergeSkippingRefused,
    /// The set is the whole directory: what it does not name goes. When anything is refused
    /// nothing changes.
    Replace,
}

/// A set of changes that can't be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody would be left who has a role")]
pub struct NobodyLeft;

impl Import {
    /// Judges these changes, in their order.
    ///
    /// # Errors
    /// [`NobodyLeft`] when they replace everything and, with nothing refused, leave nobody who
    /// has a role: a file is missing then.
    pub fn plan(base: &Directory, changes: &[Change], mode: Mode) -> Result<Self, NobodyLeft> {
        let mut draft = match mode {
            Mode::Merge | Mode::MergeSkippingRefused => Draft::of(base),
            Mode::Replace => Draft::default(),
        };
        let mut report = Report::default();
        for change in changes {
            judge(&mut draft, base, change, &mut report);
        }
        if !report.refused.is_empty() && mode != Mode::MergeSkippingRefused {
            return Ok(Self { report, edits: Vec::new(), directory: base.clone() });
        }
        let directory = draft.into_directory();
        if mode == Mode::Replace && directory.users().all(|user| user.roles.is_empty()) {
            return Err(NobodyLeft);
        }
        let edits = edits(base, &directory);
        let gone =
            |edit: &&Edit| matches!(edit, Edit::DeleteOrganisation(_) | Edit::DeletePerson(_));
        report.deleted = edits.iter().filter(gone).count();
        Ok(Self { report, edits, directory })
    }
}

impl Directory {
    /// Makes an edit. What it puts has to have been judged by [`Import::plan`].
    pub fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::DeleteOrganisation(code) => {
                self.organisations.remove(code.as_str());
            }
            Edit::DeletePerson(uid) => {
                self.users.remove(&uid);
            }
            Edit::PutOrganisation(organisation) => {
                self.organisations.insert(organisation.code.clone(), organisation);
            }
            Edit::PutPerson(user) => {
                self.users.insert(user.uid.clone(), *user);
            }
        }
    }
}

fn judge(draft: &mut Draft, base: &Directory, change: &Change, report: &mut Report) {
    let source = &change.source;
    let judged = match &change.wanted {
        Ok((subject, action)) => draft.apply(base, subject, action),
        Err(error) => Err(vec![(None, (*error).into())]),
    };
    match judged {
        Ok(Effect { changed, ignored }) => {
            for name in ignored {
                *report.ignored.entry(name).or_default() += 1;
            }
            match changed {
                None => return,
                Some(true) => report.changed += 1,
                Some(false) => report.unchanged += 1,
            }
            report.accepted += 1;
        }
        Err(reasons) => {
            report.refused.extend(reasons.into_iter().map(|(attribute, reason)| Refusal {
                at: source.clone(),
                attribute,
                reason,
            }))
        }
    }
}

/// What turns `base` into `after`: what goes first, so that its ids are free for what comes.
fn edits(base: &Directory, after: &Directory) -> Vec<Edit> {
    let mut edits = Vec::new();
    let gone = missing(&base.users, &after.users);
    edits.extend(gone.map(|uid| Edit::DeletePerson(uid.clone())));
    let gone = missing(&base.organisations, &after.organisations);
    edits.extend(gone.map(|code| Edit::DeleteOrganisation(code.to_string())));
    let new = after
        .organisations
        .iter()
        .filter(|(code, now)| base.organisations.get(*code) != Some(*now));
    edits.extend(new.map(|(_, organisation)| Edit::PutOrganisation(organisation.clone())));
    let new = after.users.iter().filter(|(uid, now)| base.users.get(*uid) != Some(*now));
    edits.extend(new.map(|(_, user)| Edit::PutPerson(Box::new(user.clone()))));
    edits
}

fn missing<'a, K: Ord, V>(
    base: &'a BTreeMap<K, V>,
    after: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = &'a K> {
    let after: BTreeSet<&K> = after.keys().collect();
    base.keys().filter(move |key| !after.contains(key))
}

#[cfg(test)]
mod tests;
