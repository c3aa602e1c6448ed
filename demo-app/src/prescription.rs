//! The prescriptions that wait for a signature: drafted for whoever signs in, kept while they are
//! signed in.

pub mod document;
pub mod list;
pub mod prepare;
pub mod sign;

use wardkey_spine::UnixTime;

use crate::verification::Finding;

/// One prescription and its signature.
pub struct Draft {
    /// Its name towards the page.
    pub id: &'static str,
    /// The HL7 v3 ParentPrescription, as it is shown and signed.
    pub xml: String,
    /// The same without the time of signing.
    template: String,
    /// What the checks of its signature found; `None`: there is no signature yet.
    pub finding: Option<Finding>,
}

/// Who prescribes, in the role they are signed in with.
pub struct Author<'a> {
    pub user_id: &'a str,
    pub given: &'a str,
    pub family: &'a str,
    pub role_profile: &'a str,
    pub job_role_code: &'a str,
    pub organisation: &'a str,
    pub organisation_code: &'a str,
}

impl Draft {
    /// Sets the time of signing, which is part of what is signed.
    pub fn stamp(&mut self, at: UnixTime) {
        let time: String = at.to_string().chars().filter(char::is_ascii_digit).collect();
        self.xml = self.template.replace(TIME, &time);
    }

    /// Whether there is a signature that holds.
    pub fn is_verified(&self) -> bool {
        self.finding.as_ref().is_some_and(Finding::is_verified)
    }
}

/// Three prescriptions of this author, with this time of signing.
pub fn drafts(author: &Author<'_>, at: UnixTime) -> Vec<Draft> {
    let values = [
        ("{user-id}", author.user_id),
        ("{given}", author.given),
        ("{family}", author.family),
        ("{role-profile}", author.role_profile),
        ("{job-role-code}", author.job_role_code),
        ("{organisation}", author.organisation),
        ("{organisation-code}", author.organisation_code),
    ];
    let draft = |(id, template): &(&'static str, &str)| {
        let fill = |xml: String, (place, value): &(&str, &str)| xml.replace(place, &escape(value));
        let template = values.iter().fold((*template).to_owned(), fill);
        let mut draft = Draft { id, xml: String::new(), template, finding: None };
        draft.stamp(at);
        draft
    };
    TEMPLATES.iter().map(draft).collect()
}

/// Text as it stands in an element or in a quoted attribute. Braces go too, so that no value can
/// hold the place of another.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' | '{' | '}' => {
                out.push_str(&format!("&#{};", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out
}

const TIME: &str = "{author-time}";
const TEMPLATES: [(&str, &str); 3] = [
    ("ainsworth", include_str!("../prescriptions/ainsworth.xml")),
    ("banerjee", include_str!("../prescriptions/banerjee.xml")),
    ("crowther", include_str!("../prescriptions/crowther.xml")),
];
