//! The rules over both stores, with a clock that stands until it is moved.

mod answers;
mod authorities;
#[path = "../../tests/support/card.rs"]
mod card;
mod clock;
mod ldap;
mod legacy;
mod login;
mod ocsp;
mod oidc;
mod passkeys;
mod people;
mod revocation;
mod secrets;
mod sessions;
mod tickets;
mod world;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::Value;
use tempfile::TempDir;
use wardkey_protocol::{session_api::Refusal, view::SessionState};
use wardkey_revocation::{Fetch, FetchError};
use wardkey_spine::{
    ActivateRequest, ActivateResponse, DeviceId, ErrorBody, ErrorCode, LogSessionId, LogoutRequest,
    RoleSelection, UserId, ValidateRequest, ValidateResponse,
    assertion::{Audience, Expected, read_verified},
    session_service::{Operation, Outcome, SessionRequest},
};

use super::*;
use crate::session::State;
use crate::{
    Ambient, AuditEntry, Config, Directory, Timestamp,
    demo::{Demo, PersonOrder, PersonPurpose, testing},
    directory::KeptDirectory,
    oidc::Provider,
    registry::Registry,
    store::{Database, Store},
};
use answers::{
    a_log_that_is_not_the_one_that_was_signed_is_signed_no_more, applications_are_answered,
    assertions_say_whether_they_are_for_training, the_log_tells_all_and_holds_no_secret,
};
use authorities::an_authority_is_trusted_while_the_database_has_it;
use card::{Asked, Card, SessionKey, claims, order, proof_header};
use clock::a_clock_that_is_set_breaks_nothing_for_good;
use legacy::a_legacy_agent_logs_in_where_configuration_says_so;
use login::{
    a_certificate_is_bound_to_its_user, a_challenge_has_the_shape_of_the_spine,
    a_challenge_works_once_and_for_its_own_login,
    a_login_certificate_has_a_policy_that_is_asked_for,
    an_answer_serves_no_other_server_transaction_or_key, each_fault_of_a_certificate_has_its_code,
    from_login_to_logout,
};
use ocsp::a_responder_decides_and_without_it_login_fails_closed;
use oidc::{
    a_sign_on_keeps_a_session_from_idling_and_a_refresh_does_not,
    the_keys_change_and_what_they_signed_still_holds,
    who_relies_on_a_session_is_told_when_its_time_is_over,
};
use passkeys::{
    a_passkey_is_registered_in_a_cards_session_only,
    a_passkeys_answer_is_good_once_and_for_its_own_sign_in,
};
use people::{
    a_role_that_is_closed_ends_its_sessions, the_entries_of_one_person_are_saved_and_no_others,
    two_who_change_the_directory_lose_nothing, who_comes_back_has_nothing_of_before,
    who_leaves_the_directory_is_out_at_once,
};
use revocation::{lists_are_fetched_for_trusted_paths_only, revocation_fails_closed};
use sessions::{
    a_lapsed_lease_suspends_until_the_card_is_back,
    a_locked_session_gives_nothing_until_the_card_is_back,
    a_night_of_lapsed_sessions_is_settled_at_once, a_session_too_many_ends_the_oldest,
    idleness_and_age_end_a_session, time_is_kept_and_logged_once,
};
use tickets::{
    a_child_ticket_is_bound_and_rules_nothing, a_proof_of_another_key_server_or_form_is_refused,
    a_proof_works_once_whoever_sends_it, a_ticket_needs_a_role_and_a_known_relying_party,
    another_role_needs_the_card_where_policy_says_so, another_role_takes_the_tickets_of_the_former,
    ending_is_final_and_may_be_repeated, sessions_of_one_user_and_of_others_do_not_meet,
};
use world::{Agent, TestClock, World, refusal_only, same};

const AMIRA: &str = "555000000101";
const TOM: &str = "555000000102";
const ROSA: &str = "555000000103";
const TOMS_ROLES: [&str; 2] = ["555900000102", "555900000103"];
const APP: &str = "http://localhost:8300";
const SERVER: &str = "https://localhost:8443";

macro_rules! for_each_database {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let folder = super::testing::copy();
                let file = super::Database::File(folder.path().join("wardkey.db"));
                let store = super::Store::open(&file, "main").await.unwrap();
                super::$name(super::World::new(store.clone(), folder).await).await;
                store.close().await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(address) = crate::postgres_server::database(stringify!($name)) else { return };
                let server = super::Database::Postgres(address);
                let store = super::Store::open(&server, "main").await.unwrap();
                super::$name(super::World::new(store.clone(), super::testing::copy()).await).await;
                store.close().await;
            })*
        }
    };
}

for_each_database!(
    from_login_to_logout,
    a_challenge_has_the_shape_of_the_spine,
    a_challenge_works_once_and_for_its_own_login,
    an_answer_serves_no_other_server_transaction_or_key,
    each_fault_of_a_certificate_has_its_code,
    a_login_certificate_has_a_policy_that_is_asked_for,
    a_certificate_is_bound_to_its_user,
    revocation_fails_closed,
    lists_are_fetched_for_trusted_paths_only,
    a_responder_decides_and_without_it_login_fails_closed,
    a_legacy_agent_logs_in_where_configuration_says_so,
    a_lapsed_lease_suspends_until_the_card_is_back,
    a_locked_session_gives_nothing_until_the_card_is_back,
    idleness_and_age_end_a_session,
    a_sign_on_keeps_a_session_from_idling_and_a_refresh_does_not,
    time_is_kept_and_logged_once,
    a_night_of_lapsed_sessions_is_settled_at_once,
    a_log_that_is_not_the_one_that_was_signed_is_signed_no_more,
    who_relies_on_a_session_is_told_when_its_time_is_over,
    the_keys_change_and_what_they_signed_still_holds,
    a_passkeys_answer_is_good_once_and_for_its_own_sign_in,
    a_passkey_is_registered_in_a_cards_session_only,
    a_session_too_many_ends_the_oldest,
    a_proof_works_once_whoever_sends_it,
    a_proof_of_another_key_server_or_form_is_refused,
    a_ticket_needs_a_role_and_a_known_relying_party,
    a_child_ticket_is_bound_and_rules_nothing,
    another_role_takes_the_tickets_of_the_former,
    another_role_needs_the_card_where_policy_says_so,
    sessions_of_one_user_and_of_others_do_not_meet,
    ending_is_final_and_may_be_repeated,
    an_authority_is_trusted_while_the_database_has_it,
    the_entries_of_one_person_are_saved_and_no_others,
    who_leaves_the_directory_is_out_at_once,
    who_comes_back_has_nothing_of_before,
    a_role_that_is_closed_ends_its_sessions,
    two_who_change_the_directory_lose_nothing,
    a_clock_that_is_set_breaks_nothing_for_good,
    applications_are_answered,
    assertions_say_whether_they_are_for_training,
    the_log_tells_all_and_holds_no_secret,
);
