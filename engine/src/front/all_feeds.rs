//! What a connection asks of the feed of all events.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use holdfast_wal::Lsn;
use tokio::time::Instant;

use crate::catalogue::Code;
use crate::exchange::reply::About;
use crate::fault::Fault;
use crate::feed::{LoggedChange, Stretch, Wanted};
use crate::front::feeds::comes;
use crate::front::router::{Router, another_branch};
use crate::limits;
use crate::numbers::{Account, EventId};

/// What is asked of the feed of all events.
#[derive(Clone, Copy, Debug)]
pub struct FeedsQuery {
    /// The first record that is wanted.
    pub from: u64,
    /// The most changes that a page may have; it has at most [`limits::FEED_PAGE_BYTES_MAX`] in any case.
    pub count: usize,
    /// How long to wait for the first change if there is none yet.
    pub block: Duration,
}

/// Changes of several events in the order of the log, each with its event; all of them are durable.
#[derive(Clone, Default, Debug)]
pub struct FeedsPage(pub Vec<(LoggedChange, Arc<About>)>);

/// Which events a connection may hear of, by their names.
pub type Admitted = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;

impl Router {
    /// A page of the changes of all events that are `admitted`, for a token of this account. If the first change is not there yet,
    /// waits for it as long as the query says, but no longer than until `enough` is completed.
    ///
    /// # Errors
    /// A fault: the record is not kept any more, an event is out of service, or the log cannot be read.
    pub fn feeds(
        &self,
        account: Account,
        query: FeedsQuery,
        admitted: Admitted,
        enough: impl Future<Output = ()> + 'static,
    ) -> impl Future<Output = Result<FeedsPage, Fault>> + 'static {
        let router = self.clone();
        async move {
            let names = router.clone();
            let wanted: Wanted = Arc::new(move |event| {
                names.directory().name_of(event).is_some_and(|name| admitted(name.bytes()))
            });
            let changes = changes(&router, account, query, &wanted, enough).await?;
            about(&router, changes).await
        }
    }
}

/// The first changes that are there, or come in time.
async fn changes(
    router: &Router,
    account: Account,
    FeedsQuery { from, count, block }: FeedsQuery,
    wanted: &Wanted,
    enough: impl Future<Output = ()>,
) -> Result<Vec<LoggedChange>, Fault> {
    let (count, newest) = (count.clamp(1, limits::FEED_COUNT_MAX), router.durable());
    if from > newest.next().0 {
        let what = format!("record {from} is beyond the end, as the newest is {newest}");
        return Err(another_branch(&what, router.branch()));
    }
    let deadline = Instant::now() + block.min(limits::FEED_BLOCK_MAX);
    let watch = (!block.is_zero()).then(|| router.hub().watch());
    let (mut from, mut enough) = (Lsn(from.max(1)), pin!(enough));
    loop {
        // What comes after it is told of, before what comes after the reading.
        let mut more = watch.as_ref().map(|watch| Box::pin(watch.more()));
        if let Some(more) = &mut more {
            more.as_mut().enable();
        }
        let Stretch { changes, next, is_last } = router.hub().read_all(account, from, count, wanted).await?;
        if !changes.is_empty() {
            return Ok(changes);
        }
        from = next;
        if !is_last {
            continue;
        }
        let Some(more) = more else { return Ok(Vec::new()) };
        if !comes(more, deadline, enough.as_mut()).await {
            return Ok(Vec::new());
        }
    }
}

/// The changes with the maps of their events. Those at rest are brought back for it.
pub(super) async fn about(router: &Router, changes: Vec<LoggedChange>) -> Result<FeedsPage, Fault> {
    let (mut known, mut page) = (BTreeMap::<EventId, Arc<About>>::new(), FeedsPage::default());
    for change in changes {
        let about = if let Some(about) = known.get(&change.event) {
            Arc::clone(about)
        } else {
            let name = router.directory().name_of(change.event);
            let name = name.ok_or_else(|| Fault::new(Code::DEFECT, "a change of no event"))?;
            match router.here(&name).await {
                Ok(entry) => Arc::clone(known.entry(change.event).or_insert(entry.shown().newest())),
                Err(_) if !page.0.is_empty() => break,
                Err(fault) => {
                    let message = format!(
                        "record {} is of event {name}: {}; go on with {}, and with FEED {name} when it is back",
                        change.lsn,
                        fault.message,
                        change.lsn.next()
                    );
                    return Err(Fault::new(fault.code, message));
                }
            }
        };
        page.0.push((change, about));
    }
    Ok(page)
}
