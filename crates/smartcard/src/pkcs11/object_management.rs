use std::collections::HashMap;

use cryptoki::{
    object::{Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle},
    session::Session,
};

use super::return_values::failed;
use crate::{CardCertificate, CardError, KeyId};

/// A private key.
pub struct PrivateKey {
    pub handle: ObjectHandle,
    /// What it is for; `None` where the module does not say.
    pub kind: Option<KeyType>,
    /// Whether it asks for the passcode at each signature.
    pub always_authenticate: bool,
}

/// The X.509 certificates of a token, with the ids of their keys.
pub fn certificates(session: &Session) -> Result<Vec<CardCertificate>, CardError> {
    let template = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
    ];
    let keys = visible_keys(session)?;
    let mut certificates = Vec::new();
    for object in session.find_objects(&template).map_err(failed)? {
        let wanted = [AttributeType::Id, AttributeType::Value];
        let attributes = session.get_attributes(object, &wanted).map_err(failed)?;
        let (mut key, mut der) = (None, None);
        for attribute in attributes {
            match attribute {
                Attribute::Id(id) => key = Some(KeyId(id)),
                Attribute::Value(value) => der = Some(value),
                _ => {}
            }
        }
        let (Some(key), Some(der)) = (key, der) else { continue };
        let always_authenticate = keys.get(&key.0).copied();
        let read = CardCertificate::read(key, der);
        certificates
            .extend(read.map(|certificate| CardCertificate { always_authenticate, ..certificate }));
    }
    Ok(certificates)
}

/// The private key of an id; the one that signs, where several share it.
pub fn private_key(session: &Session, key: &KeyId) -> Result<PrivateKey, CardError> {
    let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(key.0.clone())];
    let found = session.find_objects(&template).map_err(failed)?;
    let mut spare = None;
    for handle in found {
        let (signs, always_authenticate) = permissions(session, handle);
        let key = PrivateKey { handle, kind: kind(session, handle), always_authenticate };
        if signs {
            return Ok(key);
        }
        spare = spare.or(Some(key));
    }
    spare.ok_or(CardError::KeyMissing)
}

/// The ids of the private keys that are shown without login, and whether each always asks.
fn visible_keys(session: &Session) -> Result<HashMap<Vec<u8>, bool>, CardError> {
    let found = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]);
    let mut keys = HashMap::new();
    for handle in found.map_err(failed)? {
        let attributes = session.get_attributes(handle, &[AttributeType::Id]).map_err(failed)?;
        if let Some(Attribute::Id(id)) = attributes.into_iter().next() {
            keys.insert(id, permissions(session, handle).1);
        }
    }
    Ok(keys)
}

fn kind(session: &Session, key: ObjectHandle) -> Option<KeyType> {
    match session.get_attributes(key, &[AttributeType::KeyType]).ok()?.first()? {
        Attribute::KeyType(kind) => Some(*kind),
        _ => None,
    }
}

/// `CKA_SIGN` and `CKA_ALWAYS_AUTHENTICATE`; a module that does not know one leaves it out.
fn permissions(session: &Session, key: ObjectHandle) -> (bool, bool) {
    let mut permissions = (false, false);
    for wanted in [AttributeType::Sign, AttributeType::AlwaysAuthenticate] {
        match session.get_attributes(key, &[wanted]).unwrap_or_default().first() {
            Some(Attribute::Sign(signs)) => permissions.0 = *signs,
            Some(Attribute::AlwaysAuthenticate(always)) => permissions.1 = *always,
            _ => {}
        }
    }
    permissions
}
