//! Commands of the server itself. They go to the events on the way of any other operator's: each has a key, is logged, and names who
//! gave it and why.

use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use super::words;
use crate::breaker::Who;
use crate::catalogue::Code;
use crate::exchange::request::Ask;
use crate::fault::Fault;
use crate::front::router::Router;
use crate::front::session::Asked;
use crate::limits;
use crate::numbers::{Account, At, EventId};
use crate::state::{Answer, Change, EventStatus, KeyRef, Name, Read, Reply, View, Write};

/// How long is waited for the answers. What is not answered by then is asked again, under the same key.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many pages of an event's feed are looked at for who has paused it. While a sale is paused, little happens in it.
const PAGES: usize = 10;
/// Events that are asked at the same time.
const AT_ONCE: usize = 256;

/// A command for an event.
pub(in crate::life) struct Errand {
    pub(in crate::life) event: EventId,
    pub(in crate::life) key: String,
    pub(in crate::life) write: Write,
}

/// A sale that an earlier process has paused.
pub(in crate::life) struct Paused {
    pub(in crate::life) event: EventId,
    pub(super) name: Name,
    pub(super) who: Who,
    pub(super) since: At,
    pub(super) version: u64,
}

/// The way to the events from a thread that is not one of theirs.
pub(in crate::life) struct Errands {
    router: Router,
}

impl Errands {
    pub(in crate::life) const fn new(router: Router) -> Self {
        Self { router }
    }

    /// Gives the commands to their events. Those that have not answered in time are missing.
    pub(in crate::life) fn run(&self, errands: Vec<Errand>) -> Vec<(EventId, Result<Answer, Fault>)> {
        let go = async |router: Router, errand: Errand| Some((errand.event, answer(&router, &errand).await));
        self.gather(errands, go)
    }

    /// The sales that are paused, and that the server itself has paused last.
    pub(in crate::life) fn paused_by_breaker(&self) -> Vec<Paused> {
        let (mut names, mut cursor) = (Vec::new(), 0);
        loop {
            let page = self.router.directory().page(cursor, limits::EVENTS_MAX);
            names.extend(page.events.into_iter().filter(|(_, status)| *status == EventStatus::Paused));
            cursor = page.next;
            if cursor == 0 {
                break;
            }
        }
        let names = names.into_iter().map(|(name, _)| name).collect();
        self.gather(names, async |router: Router, name| paused_by_breaker(&router, &name).await)
    }

    /// Does something for each on a thread of the events, so many at the same time, and gathers what comes in time.
    fn gather<I, O>(
        &self,
        of: Vec<I>,
        each: impl AsyncFn(Router, I) -> Option<O> + Copy + Send + 'static,
    ) -> Vec<O>
    where
        I: Send + 'static,
        O: Send + 'static,
    {
        let (mut gathered, mut rest) = (Vec::new(), of.into_iter());
        loop {
            let (tell, told) = channel();
            let now: Vec<_> = rest.by_ref().take(AT_ONCE).collect();
            if now.is_empty() {
                return gathered;
            }
            let router = self.router.clone();
            let start =
                move || now.into_iter().for_each(|one| start(each, router.clone(), one, tell.clone()));
            if !self.router.on_a_thread_of_events(start) {
                return gathered;
            }
            let until = Instant::now() + PATIENCE;
            // It ends when all have told, or are gone.
            while let Ok(one) = told.recv_timeout(until.saturating_duration_since(Instant::now())) {
                gathered.push(one);
            }
        }
    }
}

/// To be called on a thread of the events.
fn start<I: 'static, O: 'static>(
    each: impl AsyncFn(Router, I) -> Option<O> + 'static,
    router: Router,
    one: I,
    tell: Sender<O>,
) {
    actix_rt::spawn(async move {
        if let Some(done) = each(router, one).await {
            // Nobody waits any longer: it is asked again.
            let _ = tell.send(done);
        }
    });
}

async fn answer(router: &Router, Errand { event, key, write }: &Errand) -> Result<Answer, Fault> {
    let defect = |what: &str| Fault::new(Code::DEFECT, what);
    let name = router.directory().name_of(*event).ok_or_else(|| defect("payments of no event"))?;
    let key = KeyRef::new(key.as_bytes()).ok_or_else(|| defect("a key of the server is none"))?;
    let mut session = router.session();
    while let Asked::Resting(waking) =
        session.ask(name.borrowed(), |_| Ok(Ask::Write { key, write: write.clone() }))
    {
        waking.await;
    }
    match session.replies().await.pop() {
        Some(Reply::Answer(answer, _) | Reply::Repeated(answer, _)) => Ok(answer),
        Some(Reply::Fault(fault)) => Err(fault),
        _ => Err(defect("a command of the server has no answer")),
    }
}

/// Looks who has paused the event; `None` if it is not the server, or if that is not kept any more.
async fn paused_by_breaker(router: &Router, name: &Name) -> Option<Paused> {
    let event = router.here(name).await.ok()?.id();
    let View::Version(newest) = router.look(name.borrowed(), Account::NOBODY, &Read::Version).await.ok()?
    else {
        return None;
    };
    let (count, mut end) = (limits::FEED_COUNT_MAX, newest + 1);
    for _ in 0..PAGES {
        let from = end.saturating_sub(count as u64).max(1);
        let wanted = usize::try_from(end - from).unwrap_or(count);
        let page = router.hub().read(Account::NOBODY, event, from, wanted).await.ok()?;
        let set = page.iter().rev().find_map(|record| match &record.change {
            Change::StatusSet { operator, reason, status } => Some((record, operator, reason, *status)),
            _ => None,
        });
        if let Some((record, operator, reason, status)) = set {
            let is_ours = status == EventStatus::Paused && words::is_breaker(operator);
            let who = words::whose(reason).filter(|_| is_ours)?;
            return Some(Paused {
                event,
                name: name.clone(),
                who,
                since: record.at,
                version: record.version,
            });
        }
        if from == 1 {
            return None;
        }
        end = from;
    }
    None
}
