use cryptoki::{
    object::{Attribute, AttributeType, CertificateType, ObjectClass, ObjectHandle},
    session::Session,
};

use super::return_values::failed;
use crate::{CardCertificate, CardError, KeyId};

/// A private key and whether it asks for the passcode at each signature.
pub struct PrivateKey {
    pub handle: ObjectHandle,
    pub always_authenticate: bool,
}

/// The X.509 certificates of a token, with the ids of their keys.
pub fn certificates(session: &Session) -> Result<Vec<CardCertificate>, CardError> {
    let template = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
    ];
    let mut certificates = Vec::new();
    for object in session.find_objects(&template).map_err(failed)? {
        let wanted = [AttributeType::Id, AttributeType::Value];
        let Ok(attributes) = session.get_attributes(object, &wanted) else { continue };
        let (mut key, mut der) = (None, None);
        for attribute in attributes {
            match attribute {
                Attribute::Id(id) => key = Some(KeyId(id)),
                Attribute::Value(value) => der = Some(value),
                _ => {}
            }
        }
        let (Some(key), Some(der)) = (key, der) else { continue };
        certificates.extend(CardCertificate::read(key, der));
    }
    Ok(certificates)
}

/// The private key of an id.
pub fn private_key(session: &Session, key: &KeyId) -> Result<PrivateKey, CardError> {
    let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(key.0.clone())];
    let found = session.find_objects(&template).map_err(failed)?;
    let handle = found.into_iter().next().ok_or(CardError::KeyMissing)?;
    let asked = session.get_attributes(handle, &[AttributeType::AlwaysAuthenticate]);
    let always_authenticate = asked.is_ok_and(|found| {
        found.iter().any(|attribute| matches!(attribute, Attribute::AlwaysAuthenticate(true)))
    });
    Ok(PrivateKey { handle, always_authenticate })
}
