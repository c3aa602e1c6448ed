//! Authorities in the database, besides those of the configuration.

use super::*;
use crate::{administration::AdministrationError, store::AuthorityKind};

pub(super) async fn an_authority_is_trusted_while_the_database_has_it(world: World) {
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Demo::new(elsewhere.path());
    other.init(&testing::init(), testing::NOW, &Ambient).unwrap();
    let card = Card::login(&other, TOM, testing::NOW);
    world.register(TOM, &card).await;
    assert_eq!(world.refused(TOM, &card).await, ErrorCode::CertificateUntrusted);

    let pem = |name: &str| std::fs::read(elsewhere.path().join("pki").join(name)).unwrap();
    let identity = &world.identity;
    let add = async |name, kind| identity.add_authorities(&pem(name), kind).await;
    assert_eq!(add("root.crt.pem", AuthorityKind::Anchor).await.unwrap(), 1);
    assert_eq!(add("login-ca.crt.pem", AuthorityKind::Intermediate).await.unwrap(), 1);
    // Trusted, but nobody says whether it is revoked.
    assert_eq!(world.refused(TOM, &card).await, ErrorCode::RevocationUnavailable);
    for list in ["root", "login"] {
        let from = elsewhere.path().join(format!("pki/crl/{list}.crl"));
        std::fs::copy(from, world.folder.path().join(format!("pki/crl/other-{list}.crl"))).unwrap();
    }
    let agent = world.sign_in(TOM, &card).await;

    let listed = identity.authorities().await.unwrap();
    let configured: Vec<bool> = listed.iter().map(|authority| authority.configured).collect();
    assert_eq!(configured, [true, true, false, false]);
    let of_configuration = identity.remove_authority(&listed[0].certificate.sha256()).await;
    assert!(matches!(of_configuration, Err(AdministrationError::Unknown(_))));
    identity.remove_authority(&listed[2].certificate.sha256()).await.unwrap();
    assert_eq!(world.refused(TOM, &card).await, ErrorCode::CertificateUntrusted);
    assert_eq!(world.get_session(&agent.ticket, false).await, Ok(TOM.to_owned()));

    let of_a_person = add("tls.crt.pem", AuthorityKind::Anchor).await;
    assert!(matches!(of_a_person, Err(AdministrationError::NoAuthority)), "{of_a_person:?}");
    let nothing = identity.add_authorities(b"nothing", AuthorityKind::Anchor).await;
    assert!(matches!(nothing, Err(AdministrationError::NoAuthority)), "{nothing:?}");
}
