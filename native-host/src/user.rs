//! `user`: who is signed in, for scripts.

use std::process::ExitCode;

use serde_json::json;
use wardkey_agent_link::Instance;
use wardkey_protocol::{
    CommandName,
    command::user::User,
    view::{RoleView, UserView},
};

use crate::local;

/// How to say it.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the user, and asks nobody to sign in. The exit status is as for `ticket`.
///
/// # Errors
///
/// What the output says.
pub fn run(arguments: &Arguments, instance: &Instance) -> anyhow::Result<ExitCode> {
    let outcome = local::connect(instance)
        .and_then(|client| client.call(CommandName::User, &json!({})).map_err(local::fault));
    local::finish(arguments.json, outcome, |User { user }| {
        match arguments.json {
            true => println!("{}", serde_json::to_string_pretty(&user)?),
            false => print(&user),
        }
        Ok(())
    })
}

fn print(user: &UserView) {
    println!("uid   {}", user.uid);
    println!("name  {}", user.name);
    user.role.iter().for_each(|role| println!("role  {}", line(role)));
    let others = user.roles.iter().filter(|role| Some(*role) != user.role.as_ref());
    others.for_each(|role| println!("also  {}", line(role)));
}

fn line(role: &RoleView) -> String {
    let RoleView { id, name, organisation, organisation_code } = role;
    format!("{id} {name}, {organisation} ({organisation_code})")
}
