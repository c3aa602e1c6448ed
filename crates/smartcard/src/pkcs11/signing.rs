use cryptoki::{
    mechanism::{
        Mechanism, MechanismType,
        rsa::{PkcsMgfType, PkcsPssParams},
    },
    object::KeyType,
};
use cryptoki_sys::CK_ULONG;

use super::{
    general_purpose::Module,
    object_management::{self, PrivateKey},
    return_values::failed,
    session_management::LoggedIn,
    slot_management::Place,
};
use crate::{CardError, GoOn, KeyId, Passcode, SignMechanism, backend::one_by_one};

/// What is signed, with what, and who says so.
pub struct Order<'a> {
    pub place: Place<'a>,
    pub key: &'a KeyId,
    pub mechanism: SignMechanism,
    /// What the mechanism is given: digests, or what wraps them.
    pub inputs: &'a [Vec<u8>],
    pub passcode: &'a Passcode,
    pub hold_passcode: bool,
}

/// One result an input.
pub fn sign_each(
    module: &Module,
    order: &Order<'_>,
    go_on: &mut GoOn<'_>,
    mut explain: impl FnMut(CardError) -> CardError,
) -> Result<Vec<Result<Vec<u8>, CardError>>, CardError> {
    let Order { place, passcode, .. } = *order;
    let ready = LoggedIn::new(&module.context, place, passcode).and_then(|session| {
        let key = object_management::private_key(&session, order.key)?;
        Ok((session, key))
    });
    let (session, key) = ready.map_err(&mut explain)?;
    let mut made = 0;
    one_by_one(order.inputs, go_on, |input| {
        if key.always_authenticate && !order.hold_passcode && made > 0 {
            return Err(CardError::PasscodeAgain);
        }
        made += 1;
        sign(module, &session, &key, order, input).map_err(&mut explain)
    })
}

fn sign(
    module: &Module,
    session: &LoggedIn<'_>,
    key: &PrivateKey,
    order: &Order<'_>,
    input: &[u8],
) -> Result<Vec<u8>, CardError> {
    let (mechanism, kind) = match order.mechanism {
        SignMechanism::Ecdsa => (Mechanism::Ecdsa, KeyType::EC),
        SignMechanism::RsaPkcs1Sha256
        | SignMechanism::RsaPkcs1Sha384
        | SignMechanism::RsaPkcs1Sha512 => (Mechanism::RsaPkcs, KeyType::RSA),
        SignMechanism::RsaPssSha256 => {
            (pss(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32), KeyType::RSA)
        }
        SignMechanism::RsaPssSha384 => {
            (pss(MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48), KeyType::RSA)
        }
        SignMechanism::RsaPssSha512 => {
            (pss(MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64), KeyType::RSA)
        }
    };
    // Not every module finds out before it asks for the passcode again.
    if key.kind.is_some_and(|other| other != kind) {
        return Err(CardError::Unsupported(format!("{:?}", order.mechanism)));
    }
    if !key.always_authenticate {
        return session.sign(&mechanism, key.handle, input).map_err(failed);
    }
    session.sign_init(&mechanism, key.handle).map_err(failed)?;
    session.authenticate_operation(order.passcode)?;
    match &module.direct {
        Some(direct) => direct.sign(session, input).map_err(failed),
        // These mechanisms have a single part, but a module that can't be asked so may allow it.
        None => session.sign_update(input).and_then(|()| session.sign_final()).map_err(failed),
    }
}

/// CKM_RSA_PKCS_PSS (PKCS#11 3.0, section 2.1.10); the salt is as long as the hash.
fn pss(hash_alg: MechanismType, mgf: PkcsMgfType, salt: CK_ULONG) -> Mechanism<'static> {
    Mechanism::RsaPkcsPss(PkcsPssParams { hash_alg, mgf, s_len: salt.into() })
}
