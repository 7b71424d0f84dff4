//! `holdfast checklist`: what is looked at each day and each month, gone through from outside; and the job that does the same inside.
//!
//! `items` are data, `facts` what is known, `judge` what that comes to. What cannot be known is never green.

mod facts;
mod items;
mod job;
mod judge;
mod outside;
mod shown;
#[cfg(test)]
mod tests;

use holdfast_engine::Code;

use super::data::print;
use crate::exit::Failure;
use crate::flags::ChecklistArgs;
use items::Verdict;

pub(crate) use job::add_job;

pub(crate) fn run(args: &ChecklistArgs) -> Result<(), Failure> {
    let items = items::of(args.list).map_err(|error| Failure::usage(Code::BAD_USAGE, error))?;
    let facts = outside::facts(args)?;
    let judged = judge::judge(&items, &facts);
    let about = (args.list, facts.at, args.server.address.as_str());
    print(&if args.json {
        shown::json(&judged, about, args.lang).to_string() + "\n"
    } else {
        shown::text(&judged, about, args.lang)
    });
    let red: Vec<_> =
        judged.iter().filter(|one| one.verdict == Verdict::Red).map(|one| one.item.id.as_str()).collect();
    if red.is_empty() {
        return Ok(());
    }
    Err(Failure::found_wrong(format!("{} is red: {}", args.server.address, red.join(", "))))
}
