use wardkey_protocol::{
    Origin,
    own::shims::{Args, Shims},
};

use crate::agent::{Agent, admission};

/// Which shims a document has. One that is not admitted has none, and is not told why.
pub fn run(agent: &Agent, args: &Args) -> Shims {
    let policy = agent.policy().as_ref().ok().filter(|_| args.top);
    let origin = Origin::parse(&args.origin).ok();
    let caller =
        policy.zip(origin).and_then(|(policy, origin)| admission::of_origin(policy, &origin));
    Shims { web_eid: caller.is_some_and(|caller| caller.web_eid) }
}
