//! `holdfast load`: puts a server under load, and tells what it stood.

use holdfast_engine::{Code, limits};
use holdfast_load::{Failure as Fault, LoadArgs};

use crate::exit::Failure;

// The harness knows only the protocol, whose limits are those of the engine.
const _: () = assert!(holdfast_load::limits::SEATS_MAX == limits::SEATS_MAX);
const _: () = assert!(holdfast_load::limits::TTL_MS_MAX == limits::TTL_MS_MAX);

pub(crate) fn run(args: &LoadArgs) -> Result<(), Failure> {
    holdfast_load::run(args).map_err(|fault| match fault {
        Fault::Usage(message) => Failure::usage(Code::BAD_USAGE, message),
        Fault::Failed(message) => Failure::found_wrong(message),
        Fault::Defect(message) => Failure::fault(Code::DEFECT, message),
    })
}
