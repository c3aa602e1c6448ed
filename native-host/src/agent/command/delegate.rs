use wardkey_protocol::{
    ErrorCode, Fault,
    command::delegate::{Args, Delegated},
};

use crate::agent::{call::Call, port::Caller};

/// From now on documents of these origins may call from this document's frames.
pub fn run(call: &Call<'_>, caller: &Caller, args: &Args) -> Result<Delegated, Fault> {
    if !call.port.is_top() || caller.capabilities.is_empty() {
        return Err(Fault::new(ErrorCode::OriginNotAdmitted).with("reason", "framed"));
    }
    call.port.delegate(args.origins.clone());
    Ok(Delegated {})
}
