//! The first start on a directory that was restored: every sale is paused before anybody can reach it, and then the system event is told
//! that this is another branch.
//!
//! That record comes last, and behind pauses that are durable. A start that ends before it is followed by one that does all of it again:
//! each pause has a key of its own, so none of them happens twice.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::actor::SharedSystem;
use crate::catalogue::Code;
use crate::front::router::Router;
use crate::life::follow::Begins;
use crate::life::payments::{Errand, Errands};
use crate::life::system_watch::SystemWatch;
use crate::limits;
use crate::numbers::EventId;
use crate::state::{EventStatus, Name, StatusAction, Write};
use crate::system::{Branch, Told};

/// The operator that the server names for what it does at the first start on a directory that was restored. Clients may not use it.
pub const RESTORE: &str = "$restore";
/// Why a sale is paused.
const REASON: &str = "restored";
/// Before an event that did not answer is asked again.
const AGAIN: Duration = Duration::from_millis(100);

/// What happens when a node takes over: the start of a process that sells, and all that follows from it.
pub(super) fn beginning(
    branch: Branch,
    router: &Router,
    core: &SharedSystem,
    system: &SystemWatch,
) -> Begins {
    let (router, core, tells) = (router.clone(), Arc::clone(core), system.takes_over());
    Box::new(move || {
        tells(router.directory().len());
        begin(branch, &router, &core)
    })
}

/// Pauses all sales if the directory was restored and that was not done yet.
///
/// # Errors
/// If the log fails meanwhile.
pub(super) fn begin(branch: Branch, router: &Router, core: &SharedSystem) -> io::Result<()> {
    let is_known = core.lock().system().is_some_and(|system| system.branch() == branch);
    if is_known || branch == Branch::FIRST {
        return Ok(());
    }
    let errands = Errands::new(router.clone());
    // The server resumes by itself what it has paused by itself. Nobody can reach a sale yet, so it may be open for a moment.
    let own = errands.paused_by_breaker().into_iter().map(|paused| paused.event).collect();
    ask(&errands, router, own, ("resume", StatusAction::Resume), branch)?;
    let open = not_over(router);
    let count = open.len();
    ask(&errands, router, open, ("pause", StatusAction::Pause), branch)?;
    let Branch { number, from_lsn, at } = branch;
    tracing::warn!(
        branch = number,
        from_lsn,
        at = at.0,
        events = count,
        "the directory was restored: all sales are paused until somebody resumes them"
    );
    core.lock().tell(Told::Branch(branch), router.now());
    Ok(())
}

/// The sales that are open, or have yet to open: the time of one may have come meanwhile.
fn not_over(router: &Router) -> Vec<EventId> {
    let (mut found, mut cursor) = (Vec::new(), 0);
    loop {
        let page = router.directory().page(cursor, limits::EVENTS_MAX);
        let open = page
            .events
            .into_iter()
            .filter(|(_, status)| matches!(status, EventStatus::Open | EventStatus::Pending));
        found.extend(open.filter_map(|(name, _)| router.directory().id_of(name.borrowed())));
        cursor = page.next;
        if cursor == 0 {
            return found;
        }
    }
}

/// Has each of the events answer. One that is out of service sells nothing.
fn ask(
    errands: &Errands,
    router: &Router,
    mut events: Vec<EventId>,
    (step, action): (&str, StatusAction),
    branch: Branch,
) -> io::Result<()> {
    let operator = Name::new(RESTORE.as_bytes()).ok_or_else(|| io::Error::other("no name of an operator"))?;
    while !events.is_empty() {
        let errand = |event: &EventId| Errand {
            event: *event,
            key: format!("{RESTORE}/{step}/{}/{}", branch.number, event.0),
            write: Write::SetStatus { action, operator: operator.clone(), reason: REASON.into() },
        };
        for (event, answer) in errands.run(events.iter().map(errand).collect()) {
            match answer {
                Err(fault) if fault.code != Code::OUT_OF_SERVICE => {
                    tracing::warn!(event = event.0, code = %fault.code, fault.message, "a restored sale is not paused yet");
                }
                _ => events.retain(|other| *other != event),
            }
        }
        if router.log().pressure().failed {
            return Err(io::Error::other("the log failed while the sales that were restored were paused"));
        }
        if !events.is_empty() {
            thread::sleep(AGAIN);
        }
    }
    Ok(())
}
