//! A directory that changes are made to, one after the other; each is made whole or not at all.

mod entry;

use std::collections::BTreeMap;

use wardkey_spine::UserId;

use super::{
    CodeError, Directory, Fault, FaultReason, OdsCode, Organisation, RefusalReason, User,
    attribute as name,
    attributes::{Attributes, ModificationError},
    change::{Action, Subject},
    dn::Place,
    sds::{self, Lines},
};
use entry::{Entry, RolePlace};

#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    users: BTreeMap<String, User>,
    organisations: BTreeMap<OdsCode, Organisation>,
    /// Whose each membership and role is.
    owners: BTreeMap<String, String>,
}

/// What a change did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// Whether there is now another entry than there was in the beginning; `None`: nothing that
    /// counts.
    pub(super) changed: Option<bool>,
    /// Attributes that mean nothing here.
    pub(super) ignored: Vec<String>,
}

/// What is wrong with a change, each with its attribute, where it is about one.
pub(super) type Refused = Vec<(Option<&'static str>, RefusalReason)>;

impl Draft {
    pub(super) fn of(base: &Directory) -> Self {
        let mut owners = BTreeMap::new();
        for user in base.users.values() {
            owners.extend(user.profile_ids().map(|id| (id.to_owned(), user.uid.clone())));
        }
        Self { users: base.users.clone(), organisations: base.organisations.clone(), owners }
    }

    /// Everything in a draft is checked as it comes in.
    pub(super) fn into_directory(self) -> Directory {
        Directory { users: self.users, organisations: self.organisations }
    }

    pub(super) fn apply(
        &mut self,
        base: &Directory,
        subject: &Subject,
        action: &Action,
    ) -> Result<Effect, Refused> {
        let Some(entry) = self.entry(subject, action)? else { return Ok(Effect::default()) };
        let former = lines(&entry, &self.users, &self.organisations);
        if matches!(action, Action::Delete | Action::Modify(_))
            && !former.as_ref().is_some_and(|lines| entry.is_where_said(lines))
        {
            return refused(RefusalReason::NotFound);
        }
        let Some((mut attributes, ignored)) = wanted(&entry, former.as_ref(), action)? else {
            self.delete(&entry);
            return Ok(Effect { changed: Some(true), ignored: Vec::new() });
        };
        entry.tell_membership(&mut attributes);
        let made = self.make(&entry, &attributes)?;
        let after = made.lines(&entry);
        if matches!(action, Action::Add(_)) && former.is_some() && former != after {
            return refused(RefusalReason::Exists);
        }
        let changed = lines(&entry, &base.users, &base.organisations) != after;
        self.keep(made);
        Ok(Effect { changed: Some(changed), ignored })
    }

    /// The entry that a change is about; `None`: a folder.
    fn entry(&self, subject: &Subject, action: &Action) -> Result<Option<Entry>, Refused> {
        let entry = match subject {
            Subject::At(Place::Folder) => match action {
                Action::Add(_) | Action::Merge(_) | Action::Put(_) => return Ok(None),
                Action::Delete | Action::Modify(_) => return refused(RefusalReason::Folder),
            },
            Subject::At(Place::Organisation(code)) => Entry::Organisation(code.clone()),
            Subject::At(Place::Person(uid)) => Entry::Person(uid.clone()),
            Subject::At(Place::BelowPerson { uid, id }) => {
                let (uid, id) = (uid.clone(), id.clone());
                if self.is_role(&uid, &id, action) {
                    Entry::Role { uid, id, place: RolePlace::Person }
                } else {
                    Entry::Membership { uid, id }
                }
            }
            Subject::At(Place::BelowMembership { uid, membership, id }) => Entry::Role {
                uid: uid.clone(),
                id: id.clone(),
                place: RolePlace::Membership(membership.clone()),
            },
            Subject::Membership { uid, id } => {
                Entry::Membership { uid: uid.clone(), id: id.clone() }
            }
            Subject::Role { uid, id } => {
                Entry::Role { uid: uid.clone(), id: id.clone(), place: RolePlace::Attribute }
            }
        };
        let (Entry::Membership { uid, .. } | Entry::Role { uid, .. }) = &entry else {
            return Ok(Some(entry));
        };
        // What is told of a user id is one.
        if UserId::parse(uid).is_err() {
            let reason = FaultReason::Code(CodeError::Profile);
            return Err(faulty(vec![Fault { attribute: name::UID, reason }]));
        }
        if !self.users.contains_key(uid) {
            return refused(RefusalReason::PersonUnknown(uid.clone()));
        }
        Ok(Some(entry))
    }

    /// An entry below a person is a role if it says so, or else if there is such a role.
    fn is_role(&self, uid: &str, id: &str, action: &Action) -> bool {
        match action {
            Action::Add(attributes) | Action::Merge(attributes) | Action::Put(attributes) => {
                attributes.has_class(ROLE_CLASS)
                    || !attributes.values(name::JOB_ROLE_CODE).is_empty()
            }
            Action::Delete | Action::Modify(_) => {
                self.users.get(uid).is_some_and(|user| user.role(id).is_some())
            }
        }
    }

    /// What the entry makes of the person or organisation that it belongs to, checked.
    fn make(&self, entry: &Entry, attributes: &Attributes) -> Result<Made, Refused> {
        let uid = match entry {
            Entry::Organisation(code) => {
                let read = sds::read_organisation(code, attributes);
                return read.map(Made::Organisation).map_err(faulty);
            }
            Entry::Person(uid) | Entry::Membership { uid, .. } | Entry::Role { uid, .. } => uid,
        };
        let mut user = self.users.get(uid).cloned().unwrap_or_default();
        entry.read_into(&mut user, attributes).map_err(faulty)?;
        let mut faults = user.faults();
        let of_another = |id: &&str| self.owners.get(*id).is_some_and(|owner| owner != uid);
        if let Some(id) = user.profile_ids().find(of_another) {
            let reason = FaultReason::Duplicate(id.to_owned());
            faults.push(Fault { attribute: name::ID, reason });
        }
        if faults.is_empty() { Ok(Made::Person(Box::new(user))) } else { Err(faulty(faults)) }
    }

    fn keep(&mut self, made: Made) {
        match made {
            Made::Organisation(organisation) => {
                self.organisations.insert(organisation.code.clone(), organisation);
            }
            Made::Person(user) => {
                self.owners.extend(user.profile_ids().map(|id| (id.to_owned(), user.uid.clone())));
                self.users.insert(user.uid.clone(), *user);
            }
        }
    }

    fn delete(&mut self, entry: &Entry) {
        match entry {
            Entry::Organisation(code) => {
                self.organisations.remove(code.as_str());
            }
            Entry::Person(uid) => {
                for id in self.users.remove(uid).iter().flat_map(User::profile_ids) {
                    self.owners.remove(id);
                }
            }
            Entry::Membership { uid, id } => {
                let Some(user) = self.users.get_mut(uid) else { return };
                self.owners.remove(id);
                user.memberships.retain(|membership| membership.id != *id);
                user.roles.retain(|role| {
                    let stays = role.membership.as_ref() != Some(id);
                    if !stays {
                        self.owners.remove(&role.id);
                    }
                    stays
                });
            }
            Entry::Role { uid, id, .. } => {
                let Some(user) = self.users.get_mut(uid) else { return };
                self.owners.remove(id);
                user.roles.retain(|role| role.id != *id);
            }
        }
    }
}

/// A person or an organisation that a change makes.
enum Made {
    Organisation(Organisation),
    Person(Box<User>),
}

impl Made {
    fn lines(&self, entry: &Entry) -> Option<Lines> {
        match self {
            Self::Organisation(organisation) => Some(sds::organisation_lines(organisation)),
            Self::Person(user) => entry.lines_of(user),
        }
    }
}

fn lines(
    entry: &Entry,
    users: &BTreeMap<String, User>,
    organisations: &BTreeMap<OdsCode, Organisation>,
) -> Option<Lines> {
    match entry {
        Entry::Organisation(code) => organisations.get(code.as_str()).map(sds::organisation_lines),
        Entry::Person(uid) | Entry::Membership { uid, .. } | Entry::Role { uid, .. } => {
            entry.lines_of(users.get(uid)?)
        }
    }
}

/// The attributes that an entry is to have, and the names of those that mean nothing; `None`: it
/// is to go.
fn wanted(
    entry: &Entry,
    former: Option<&Lines>,
    action: &Action,
) -> Result<Option<(Attributes, Vec<String>)>, Refused> {
    let mut attributes = former.map(sds::attributes).unwrap_or_default();
    let mut ignored = Vec::new();
    let mut ignore = |name: &str| {
        let meant = entry.knows(name);
        if !meant {
            ignored.push(name.to_owned());
        }
        meant
    };
    match action {
        Action::Delete => return Ok(None),
        Action::Add(all) | Action::Put(all) => {
            for name in all.names() {
                ignore(name);
            }
            attributes = all.clone();
        }
        Action::Merge(some) => {
            for name in some.names() {
                ignore(name);
            }
            attributes.merge(some);
        }
        Action::Modify(modifications) => {
            for modification in modifications {
                let name = modification.name();
                if ignore(name) {
                    attributes.modify(modification).map_err(|error| {
                        let name = name.to_owned();
                        vec![(
                            None,
                            match error {
                                ModificationError::Exists => RefusalReason::ValueExists(name),
                                ModificationError::NotFound => RefusalReason::NoSuchValue(name),
                            },
                        )]
                    })?;
                }
            }
        }
    }
    Ok(Some((attributes, ignored)))
}

fn faulty(faults: Vec<Fault>) -> Refused {
    faults.into_iter().map(|fault| (Some(fault.attribute), fault.reason.into())).collect()
}

fn refused<T>(reason: RefusalReason) -> Result<T, Refused> {
    Err(vec![(None, reason)])
}

const ROLE_CLASS: &str = "nhsOrgPersonRole";
