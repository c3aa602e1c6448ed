use super::super::{
    Fault, User, attribute as name,
    attributes::Attributes,
    sds::{self, Column, Lines},
};

/// An entry that a change is about, there or not.
pub(super) enum Entry {
    Organisation(String),
    Person(String),
    Membership { uid: String, id: String },
    Role { uid: String, id: String, place: RolePlace },
}

/// What the place of a role says of its membership.
pub(super) enum RolePlace {
    /// Nothing: an attribute does.
    Attribute,
    Membership(String),
    /// That there is none.
    Person,
}

impl Entry {
    /// Reads this entry, which is one of this person's, in the place of what it was.
    pub(super) fn read_into(
        &self,
        user: &mut User,
        attributes: &Attributes,
    ) -> Result<(), Vec<Fault>> {
        match self {
            Self::Organisation(_) => {}
            Self::Person(uid) => {
                let read = sds::read_person(uid, attributes)?;
                let (memberships, roles) =
                    (std::mem::take(&mut user.memberships), std::mem::take(&mut user.roles));
                *user = User { memberships, roles, ..read };
            }
            Self::Membership { id, .. } => {
                let read = sds::read_membership(id, attributes)?;
                put(&mut user.memberships, read, |membership| &membership.id);
            }
            Self::Role { id, .. } => {
                let read = sds::read_role(id, &user.memberships, attributes)?;
                put(&mut user.roles, read, |role| &role.id);
            }
        }
        Ok(())
    }

    /// The lines of this entry, which is one of this person's; `None`: it is not there.
    pub(super) fn lines_of(&self, user: &User) -> Option<Lines> {
        match self {
            Self::Organisation(_) => None,
            Self::Person(_) => Some(sds::person_lines(user)),
            Self::Membership { id, .. } => user.membership(id).map(sds::membership_lines),
            Self::Role { id, .. } => user.role(id).map(sds::role_lines),
        }
    }

    /// Whether a role hangs where its place says.
    pub(super) fn is_where_said(&self, lines: &Lines) -> bool {
        let at = lines.iter().find(|(name, _)| *name == name::PERSON_ORG_ID);
        let at = at.map(|(_, membership)| membership);
        match self {
            Self::Role { place: RolePlace::Membership(membership), .. } => at == Some(membership),
            Self::Role { place: RolePlace::Person, .. } => at.is_none(),
            _ => true,
        }
    }

    /// Makes an attribute of what the place says.
    pub(super) fn tell_membership(&self, attributes: &mut Attributes) {
        match self {
            Self::Role { place: RolePlace::Membership(membership), .. } => {
                attributes.set(name::PERSON_ORG_ID, std::slice::from_ref(membership));
            }
            Self::Role { place: RolePlace::Person, .. } => {
                attributes.set(name::PERSON_ORG_ID, &[]);
            }
            _ => {}
        }
    }

    fn columns(&self) -> &'static [Column] {
        match self {
            Self::Organisation(_) => sds::ORGANISATION,
            Self::Person(_) => sds::PERSON,
            Self::Membership { .. } => sds::MEMBERSHIP,
            Self::Role { .. } => sds::ROLE,
        }
    }

    /// Whether an attribute means something here, or follows from others that do.
    pub(super) fn knows(&self, attribute: &str) -> bool {
        let derived = [name::OBJECT_CLASS, name::COMMON_NAME, name::ID].into_iter();
        let mut known = self.columns().iter().map(|column| column.name).chain(derived);
        known.any(|name| name.eq_ignore_ascii_case(attribute))
    }
}

/// Puts something in the place of what has its id, or at the end.
fn put<T>(all: &mut Vec<T>, new: T, id: impl Fn(&T) -> &String) {
    match all.iter_mut().find(|one| id(one) == id(&new)) {
        Some(former) => *former = new,
        None => all.push(new),
    }
}
