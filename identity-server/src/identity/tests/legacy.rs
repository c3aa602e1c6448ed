//! Logins of agents that sign the bare challenge.

use der::{Decode as _, Encode as _};
use p256::ecdsa::{Signature, signature::Signer as _};
use rsa::signature::SignatureEncoding as _;

use super::{card::Key, *};
use crate::{LegacyDigest, LegacyLogin};

pub(super) async fn a_legacy_agent_logs_in_where_configuration_says_so(mut world: World) {
    let card = world.card(AMIRA).await;
    assert_eq!(legacy(&world, &card).await.unwrap_err().code, ErrorCode::LoginRefused);
    let admit = |world: &mut World, digests: &[LegacyDigest], users: Option<&[&str]>| {
        let mut trust = Config::read(world.folder.path()).unwrap().trust;
        let users = users.map(|users| users.iter().map(|user| (*user).to_owned()).collect());
        trust.legacy_login = Some(LegacyLogin { digests: digests.to_vec(), users });
        world.rules().trust = LoginTrust::read(&trust).unwrap();
    };
    for (digests, users) in
        [(&[LegacyDigest::Sha1][..], None), (&[LegacyDigest::Sha2], Some(&[TOM][..]))]
    {
        admit(&mut world, digests, users);
        assert_eq!(legacy(&world, &card).await.unwrap_err().code, ErrorCode::LoginRefused);
    }

    admit(&mut world, &[LegacyDigest::Sha2], Some(&[AMIRA]));
    let response = legacy(&world, &card).await.unwrap();
    assert_eq!((response.cn.as_str(), response.session), ("Okafor Amira Dr", None));
    let ticket = response.sso_ticket;
    // Nobody renews a lease, and the session lasts.
    world.pass(120);
    assert_eq!(world.get_session(&ticket, true).await, Ok(AMIRA.to_owned()));
    world.assertion(&ticket).await.unwrap();
    // No key, so no proof holds, with whatever key it is made.
    let id = world.identity.store.sessions(Some(AMIRA), 1).await.unwrap().remove(0).id;
    let key = SessionKey::new(7);
    let same_ticket = same(&ticket);
    let mut agent = Agent { id: id.clone(), uid: AMIRA.into(), ticket, key, sequence: 0 };
    assert_eq!(world.lease(&mut agent).await, Err(Refusal::ProofInvalid));
    // The same certificate gives the session a key.
    let anew = world.sign_in_again(AMIRA, &card, Some(&id)).await;
    assert_eq!(anew.id, id);

    world.logout(&same_ticket, AMIRA).await.unwrap_err();
    world.logout(&anew.ticket, AMIRA).await.unwrap();
    world.assert_invalid(&anew.ticket).await;
    let log = world.identity.store.audit_after("main", 0, 100).await.unwrap();
    let of_legacy: Vec<&str> = log
        .iter()
        .filter(|entry| entry.event.action == "legacy_login")
        .map(|entry| entry.event.outcome.as_str())
        .collect();
    assert_eq!(of_legacy, ["ok"]);
    assert!(log.iter().any(|entry| entry.event.action == "resume"));
}

async fn legacy(world: &World, card: &Card) -> Result<ValidateResponse, ErrorBody> {
    let mut request = world.request(AMIRA, card, &SessionKey::new(7)).await;
    request.response = legacy_answer(card, &request.challenge);
    world.validate(&request).await
}

/// What a legacy agent sends: CMS without signed attributes, by SHA-256.
fn legacy_answer(card: &Card, challenge: &[u8]) -> Vec<u8> {
    let read = x509_cert::Certificate::from_der(card.certificate.der()).unwrap();
    let issuer = read.tbs_certificate().issuer().to_der().unwrap();
    let serial = read.tbs_certificate().serial_number().to_der().unwrap();
    let (algorithm, signature) = match &card.key {
        Key::P256(key) => {
            let signature: Signature = key.sign(challenge);
            (tlv(SEQUENCE, &[ECDSA_WITH_SHA256]), signature.to_der().as_bytes().to_vec())
        }
        Key::Rsa(key) => (tlv(SEQUENCE, &[RSA_ENCRYPTION, &[5, 0]]), key.sign(challenge).to_vec()),
    };
    let digest = tlv(SEQUENCE, &[SHA256, &[5, 0]]);
    let sid = tlv(SEQUENCE, &[&issuer, &serial]);
    let signature = tlv(OCTET_STRING, &[&signature]);
    let signer = tlv(SEQUENCE, &[ONE, &sid, &digest, &algorithm, &signature]);
    let content = tlv(CONTEXT_0, &[&tlv(OCTET_STRING, &[challenge])]);
    let signed_data = tlv(
        SEQUENCE,
        &[
            ONE,
            &tlv(SET, &[&digest]),
            &tlv(SEQUENCE, &[DATA, &content]),
            &tlv(CONTEXT_0, &[card.certificate.der()]),
            &tlv(SET, &[&signer]),
        ],
    );
    tlv(SEQUENCE, &[SIGNED_DATA, &tlv(CONTEXT_0, &[&signed_data])])
}

/// DER of up to 65,535 octets.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let header: &[u8] = match (high, low) {
        (0, 0..0x80) => &[tag, low],
        (0, _) => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    [header, &content].concat()
}

const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xa0;
const ONE: &[u8] = &[0x02, 1, 1];
const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const ECDSA_WITH_SHA256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
const SHA256: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
