//! `holdfast look`: an event of a data directory, or of a backup, as it was.

use std::sync::Arc;

use holdfast_engine::{Code, Fault, Identity, Moment, past_of_copy};
use holdfast_net::inside::Look;
use holdfast_wal::Storage;

use super::data;
use crate::exit::Failure;
use crate::flags::LookArgs;

pub(crate) fn run(args: &LookArgs) -> Result<(), Failure> {
    let usage = |Fault { code, message }: Fault| Failure::usage(code, message);
    let look = Look::new(&args.look).map_err(usage)?;
    let moment = match args.as_of.as_deref() {
        None => Moment::Version(u64::MAX),
        Some(text) => Moment::read(text).ok_or_else(|| {
            let what =
                format!("--as-of {text}: it is neither a version nor @ and a time in Unix milliseconds");
            Failure::usage(Code::BAD_USAGE, what)
        })?,
    };
    let storage: Arc<dyn Storage> = Arc::new(data::open_to_look(&args.data)?);
    let refused = |Fault { code, message }: Fault| Failure::refused(code, message);
    let Identity { secret, branch, .. } = Identity::of_copy(&storage)
        .map_err(|error| Failure::refused(Code::NOT_A_DATA_DIRECTORY, error.to_string()))?;
    let event = past_of_copy(&storage, &secret, look.event().as_str(), moment).map_err(refused)?;
    let told = look.at(&event, branch.number).map_err(usage)?;
    data::print(&(holdfast_admin::json_of(&told) + "\n"));
    Ok(())
}
