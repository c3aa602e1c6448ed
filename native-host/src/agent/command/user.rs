use wardkey_protocol::{Fault, command::user::User};

use crate::agent::call::Call;

/// The user of this page's session.
pub fn run(call: &Call<'_>) -> Result<User, Fault> {
    Ok(User { user: call.agent.session_of(call.port)?.user() })
}
