//! Name constraints (RFC 5280, section 4.2.1.10) over directory names, mail addresses, host names
//! and URIs. A constraint of another kind can't be met: the path is refused.

use std::mem::{self, Discriminant};

use der::Encode as _;
use x509_cert::ext::pkix::{constraints::name::GeneralSubtree, name::GeneralName};

use crate::{Certificate, Name, PathError};

/// Whether all names of the path lie within the constraints of the authorities above them.
pub(super) fn check(path: &[Certificate]) -> Result<(), PathError> {
    for (issuer_at, issuer) in path.iter().enumerate().skip(1) {
        let Some(constraints) = &issuer.extensions().name_constraints else { continue };
        for (at, certificate) in path[..issuer_at].iter().enumerate() {
            // Self-issued authorities are exempt, a self-issued end entity is not.
            if at > 0 && certificate.is_self_issued() {
                continue;
            }
            let permitted = constraints.permitted_subtrees.as_deref();
            let excluded = constraints.excluded_subtrees.as_deref().unwrap_or_default();
            if !names(certificate).iter().all(|name| admitted(name, permitted, excluded)) {
                return Err(PathError::NameConstraints { at });
            }
        }
    }
    Ok(())
}

enum Subject {
    Directory(Name),
    Host(String),
    Mail(String),
    /// A kind whose constraints can't be applied here.
    Other(Discriminant<GeneralName>),
    /// The host of a URI; `None`: it has none that is a name.
    Uri(Option<String>),
}

fn names(certificate: &Certificate) -> Vec<Subject> {
    let mut names = Vec::new();
    if !certificate.subject().is_empty() {
        names.push(Subject::Directory(certificate.subject().clone()));
    }
    let alternatives = &certificate.extensions().subject_alt_names;
    names.extend(alternatives.iter().map(subject));
    // A mail address in the subject counts where there is none among the alternatives.
    if !alternatives.iter().any(|name| matches!(name, GeneralName::Rfc822Name(_)))
        && let Some(mail) = certificate.subject().attribute(EMAIL_ADDRESS)
    {
        names.push(Subject::Mail(mail.to_owned()));
    }
    names
}

fn subject(name: &GeneralName) -> Subject {
    let other = Subject::Other(mem::discriminant(name));
    match name {
        GeneralName::DirectoryName(name) => directory(name).map_or(other, Subject::Directory),
        GeneralName::DnsName(host) => Subject::Host(host.to_string()),
        GeneralName::Rfc822Name(mail) => Subject::Mail(mail.to_string()),
        GeneralName::UniformResourceIdentifier(uri) => {
            Subject::Uri(host_of(uri.as_str()).map(str::to_owned))
        }
        _ => other,
    }
}

fn admitted(
    name: &Subject,
    permitted: Option<&[GeneralSubtree]>,
    excluded: &[GeneralSubtree],
) -> bool {
    let mut restricted = false;
    let mut within = false;
    for subtree in permitted.unwrap_or_default() {
        match relation(name, subtree) {
            Relation::OtherKind => {}
            Relation::Outside | Relation::Unknown => restricted = true,
            Relation::Within => within = true,
        }
    }
    let shut_out = excluded
        .iter()
        .any(|subtree| matches!(relation(name, subtree), Relation::Within | Relation::Unknown));
    (within || !restricted) && !shut_out
}

enum Relation {
    OtherKind,
    Outside,
    Unknown,
    Within,
}

fn relation(name: &Subject, subtree: &GeneralSubtree) -> Relation {
    let within = |within: bool| if within { Relation::Within } else { Relation::Outside };
    if subtree.minimum != 0 || subtree.maximum.is_some() {
        return Relation::Unknown;
    }
    match (name, &subtree.base) {
        (Subject::Directory(name), GeneralName::DirectoryName(base)) => {
            directory(base).map_or(Relation::Unknown, |base| within(name.is_within(&base)))
        }
        (Subject::Host(host), GeneralName::DnsName(base)) => {
            within(is_in_domain(host, base.as_str()))
        }
        (Subject::Mail(mail), GeneralName::Rfc822Name(base)) => {
            mail_within(mail, base.as_str()).map_or(Relation::Unknown, within)
        }
        (Subject::Uri(Some(host)), GeneralName::UniformResourceIdentifier(base)) => {
            within(host_within(host, base.as_str()))
        }
        (Subject::Uri(None), GeneralName::UniformResourceIdentifier(_)) => Relation::Unknown,
        (Subject::Other(kind), base) if *kind == mem::discriminant(base) => Relation::Unknown,
        _ => Relation::OtherKind,
    }
}

fn directory(name: &x509_cert::name::Name) -> Option<Name> {
    Some(Name::from_x509(name, &name.to_der().ok()?))
}

/// The host itself or any name below it. A trailing dot does not make another host.
fn is_in_domain(host: &str, base: &str) -> bool {
    let (host, base) = (folded(host), folded(base));
    base.is_empty()
        || host == base
        || host.strip_suffix(&base).is_some_and(|rest| base.starts_with('.') || rest.ends_with('.'))
}

/// A base with a leading dot stands for the names below it, any other for itself.
fn host_within(host: &str, base: &str) -> bool {
    if base.starts_with('.') { is_in_domain(host, base) } else { folded(host) == folded(base) }
}

/// `None`: not a mail address.
fn mail_within(mail: &str, base: &str) -> Option<bool> {
    let (local, host) = mail.rsplit_once('@')?;
    Some(match base.rsplit_once('@') {
        Some((base_local, base_host)) => local == base_local && folded(host) == folded(base_host),
        None => host_within(host, base),
    })
}

fn folded(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn host_of(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let is_name = !host.is_empty()
        && !host.starts_with('[')
        && !host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_name.then_some(host)
}

/// emailAddress (RFC 2985).
const EMAIL_ADDRESS: const_oid::ObjectIdentifier =
    const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
