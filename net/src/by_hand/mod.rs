//! What people do by hand and one of them alone should not: which acts need the approval of another token, and jobs whose items are
//! ordinary commands.
//!
//! An act that needs an approval is not carried out when it comes. It becomes an execution of the job `command`, which waits; approved,
//! it is carried out word by word as it was asked for. A repair, the job `compensate`, is many such commands under one plan. Both are
//! read by the parser of every command, and go the way of every command: a key of their own, one answer, one record.
//!
//! The job `export` changes nothing: it writes down all of an event, in the words of the replies.

mod export;
mod frozen;
mod house;
mod line;
mod look;
mod repair;
mod required;

use std::sync::Arc;

use holdfast_engine::{Jobs, Router};

use export::Export;
pub(crate) use frozen::{Frozen, frozen};
pub(crate) use house::ask_again;
use repair::Repair;
pub use required::Required;

/// Adds the jobs whose items are commands or replies. What needs an approval has to be known before.
pub fn add_jobs(jobs: &Jobs, router: &Router) {
    let required = Arc::new(Required::of(&router.approvals()));
    jobs.add(Arc::new(Repair::one(router.clone(), Arc::clone(&required))));
    jobs.add(Arc::new(Export::new(router.clone())));
    jobs.add(Arc::new(Repair::many(router.clone(), required)));
}
