use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use crate::{Acr, Algorithm, Assurance, Scopes};

/// The claims of an ID token (OpenID Connect Core, section 2), with CIS2's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdToken {
    /// The issuer.
    pub iss: String,
    /// The user: 12 digits.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// The client once more.
    pub azp: String,
    /// When it stops counting, in seconds since 1970.
    pub exp: u64,
    /// When it was made.
    pub iat: u64,
    /// When the user authenticated.
    pub auth_time: u64,
    /// The client's nonce.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The access token's half hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The authentication context.
    pub acr: String,
    /// The authentication methods.
    pub amr: Vec<String>,
    /// The session, as logout tokens name it.
    pub sid: String,
    /// How sure the registration is of who the user is.
    pub id_assurance_level: u8,
    /// How sure the sign-in is.
    pub authentication_assurance_level: u8,
    /// The role profile that was chosen, where the scopes tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected_roleid: Option<String>,
    /// The user once more, as CIS2 has it.
    pub uid: String,
}

/// A person, as claims tell of one. Empty values are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// 12 digits.
    pub uid: String,
    /// The family name.
    pub family_name: String,
    /// The given name.
    pub given_name: String,
    /// The names between.
    pub middle_names: String,
    /// The initials.
    pub initials: String,
    /// The form of address.
    pub title: String,
    /// The name as it is shown.
    pub display_name: String,
    /// The address of electronic mail.
    pub email: String,
    /// How sure the registration is of who the user is.
    pub id_assurance_level: u8,
    /// The role profiles.
    pub roles: Vec<Role>,
    /// The organisations that the person is associated with.
    pub associated: Vec<Organisation>,
    /// The memberships of organisations.
    pub memberships: Vec<Membership>,
    /// Professional numbers by the claim that names them, as in `gmc_id`.
    pub professional: Vec<(&'static str, String)>,
}

/// A role profile, as claims tell of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// The id of the person at the organisation.
    pub person_orgid: String,
    /// The role profile's id.
    pub person_roleid: String,
    /// The organisation's ODS code.
    pub org_code: String,
    /// The job role's name, as `"A":"B":"C"`.
    pub role_name: String,
    /// The job role's code, as `S:G:R`.
    pub role_code: String,
    /// Activities, by name.
    pub activities: Vec<String>,
    /// Activities, by code.
    pub activity_codes: Vec<String>,
    /// Work groups, by name.
    pub workgroups: Vec<String>,
    /// Work groups, by code.
    pub workgroups_codes: Vec<String>,
    /// Areas of work, by name.
    pub aow: Vec<String>,
    /// Areas of work, by code.
    pub aow_codes: Vec<String>,
}

/// An organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organisation {
    /// Its name.
    pub org_name: String,
    /// Its ODS code.
    pub org_code: String,
}

/// A person at an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// The membership's id.
    pub person_orgid: String,
    /// The organisation.
    pub organisation: Organisation,
    /// The person's national code there.
    pub gnc: String,
}

/// The claims of userinfo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UserInfo(Map<String, Value>);

impl IdToken {
    /// The `typ` of its header.
    pub const TYPE: &'static str = "JWT";

    /// Sets what follows from how the user authenticated.
    #[must_use]
    pub fn authenticated(mut self, acr: Acr, assurance: Assurance) -> Self {
        acr.as_str().clone_into(&mut self.acr);
        self.amr = acr.amr().iter().map(|&method| method.to_owned()).collect();
        self.id_assurance_level = assurance.identity;
        self.authentication_assurance_level = assurance.authentication;
        self
    }
}

impl UserInfo {
    /// What the scopes open of a person (CIS2's table of scopes and claims).
    #[must_use]
    pub fn of(person: &Person, selected_role: Option<&str>, scopes: &Scopes) -> Self {
        let mut claims = Claims(Map::new());
        claims.text("sub", &person.uid);
        if scopes.has("profile") {
            let name = format!("{} {}", person.given_name, person.family_name);
            claims.text("name", name.trim());
            claims.text("family_name", &person.family_name);
            claims.text("given_name", &person.given_name);
            claims.text("uid", &person.uid);
        }
        if scopes.has("email") {
            claims.text("email", &person.email);
        }
        if scopes.has("nhsperson") {
            claims.text("nhsid_useruid", &person.uid);
            claims.text("title", &person.title);
            claims.text("initials", &person.initials);
            claims.text("middle_names", &person.middle_names);
            claims.text("display_name", &person.display_name);
            claims.text("idassurancelevel", &person.id_assurance_level.to_string());
        }
        if scopes.has("nationalrbacaccess") {
            let roles = person.roles.iter().map(Role::claim).collect();
            claims.0.insert("nhsid_nrbac_roles".to_owned(), Value::Array(roles));
        }
        if scopes.has("associatedorgs") {
            let organisations = person.associated.iter().map(Organisation::claim).collect();
            claims.0.insert("nhsid_user_orgs".to_owned(), Value::Array(organisations));
        }
        if scopes.has("professionalmemberships") {
            for (name, number) in &person.professional {
                claims.text(name, number);
            }
        }
        if scopes.has("organisationalmemberships") {
            let memberships = person.memberships.iter().map(Membership::claim).collect();
            claims.0.insert("nhsid_org_memberships".to_owned(), Value::Array(memberships));
            let with_roles = person.memberships.iter().filter(|membership| {
                person.roles.iter().any(|role| role.person_orgid == membership.person_orgid)
            });
            let plain = |membership: &Membership| {
                Membership { gnc: String::new(), ..membership.clone() }.claim()
            };
            let roles = with_roles.map(plain).collect();
            claims.0.insert("nhsid_org_roles".to_owned(), Value::Array(roles));
        }
        if let Some(role) = selected_role
            && scopes.tell_role()
        {
            claims.text("selected_roleid", role);
        }
        Self(claims.0)
    }
}

impl Role {
    fn claim(&self) -> Value {
        let mut claims = Claims(Map::new());
        claims.text("person_orgid", &self.person_orgid);
        claims.text("person_roleid", &self.person_roleid);
        claims.text("org_code", &self.org_code);
        claims.text("role_name", &self.role_name);
        claims.text("role_code", &self.role_code);
        claims.list("activities", &self.activities);
        claims.list("activity_codes", &self.activity_codes);
        claims.list("workgroups", &self.workgroups);
        claims.list("workgroups_codes", &self.workgroups_codes);
        claims.list("aow", &self.aow);
        claims.list("aow_codes", &self.aow_codes);
        Value::Object(claims.0)
    }
}

impl Organisation {
    fn claim(&self) -> Value {
        json!({ "org_name": self.org_name, "org_code": self.org_code })
    }
}

impl Membership {
    fn claim(&self) -> Value {
        let mut claims = Claims(Map::new());
        claims.text("person_orgid", &self.person_orgid);
        claims.text("org_name", &self.organisation.org_name);
        claims.text("org_code", &self.organisation.org_code);
        claims.text("gnc", &self.gnc);
        Value::Object(claims.0)
    }
}

struct Claims(Map<String, Value>);

impl Claims {
    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0.insert(name.to_owned(), json!(value));
        }
    }

    fn list(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            self.0.insert(name.to_owned(), json!(values));
        }
    }
}

/// The left half of a hash, as `at_hash` has it (OpenID Connect Core, section 3.1.3.6).
#[must_use]
pub fn half_hash(text: &str, algorithm: Algorithm) -> String {
    let encode = Base64UrlUnpadded::encode_string;
    match algorithm {
        Algorithm::Rs512 => encode(&Sha512::digest(text)[..32]),
        Algorithm::Es256 | Algorithm::Ps256 | Algorithm::Rs256 => {
            encode(&Sha256::digest(text)[..16])
        }
    }
}

#[cfg(test)]
mod tests;
