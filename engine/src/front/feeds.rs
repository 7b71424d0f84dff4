//! What a connection asks of feeds: a page, or a subscription.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::actor::Entry;
use crate::catalogue::Code;
use crate::exchange::request::Ask;
use crate::fault::Fault;
use crate::feed::{Channel, FeedPage, FeedQuery, Look, Subscriber, Tail};
use crate::front::directory::Found;
use crate::front::router::{Router, another_branch};
use crate::front::session::{Asked, Session};
use crate::limits;
use crate::numbers::{Account, At};
use crate::state::{Name, NameRef, Read, Reply, Trace, View};

impl Router {
    /// A page of an event's feed, for a token of this account. If the first change is not there yet, waits for it as long as the query says, but no
    /// longer than until `enough` is completed.
    ///
    /// # Errors
    /// A fault: no such event, the version is not kept any more, or the log cannot be read.
    pub fn feed(
        &self,
        event: NameRef<'_>,
        account: Account,
        query: FeedQuery,
        enough: impl Future<Output = ()> + 'static,
    ) -> impl Future<Output = Result<FeedPage, Fault>> + 'static {
        let (router, event) = (self.clone(), event.to_name());
        async move {
            let entry = router.here(&event).await?;
            let query = FeedQuery {
                from: query.from.max(1),
                count: query.count.clamp(1, limits::FEED_COUNT_MAX),
                block: query.block.min(limits::FEED_BLOCK_MAX),
            };
            let records = page(&router, &entry, (account, query), enough).await?;
            Ok(FeedPage { about: entry.shown().newest(), records })
        }
    }

    /// The trace that the command was part of which made this version of an event at this time, if its record is kept and says so. Waits
    /// for the disk: to be called on a thread that nothing waits for.
    #[must_use]
    pub fn trace_of(&self, event: NameRef<'_>, version: u64, at: At) -> Option<Trace> {
        let id = self.directory().id_of(event)?;
        // What cannot be read was said where that was found.
        let made = self.hub().read_change(id, version).ok()??;
        let is_it = made.version == version && made.at == at;
        made.origin.as_ref().filter(|_| is_it)?.trace
    }

    /// Adds these channels of events to what the subscriber gets: all of them, or none and the reason. If it has none yet, its messages
    /// are made `bare`, without the people in them, or are not.
    pub fn subscribe(
        &self,
        channels: Vec<(Channel, Name)>,
        subscriber: Option<Subscriber>,
        bare: bool,
    ) -> impl Future<Output = (Option<Subscriber>, Result<(), Fault>)> + 'static {
        let router = self.clone();
        async move {
            let mut tails = Vec::with_capacity(channels.len());
            for (channel, event) in channels {
                match listen(&router, &event).await {
                    Ok((tail, from)) => tails.push((channel, tail, from)),
                    Err(fault) => return (subscriber, Err(fault)),
                }
            }
            let mut subscriber = subscriber.unwrap_or_else(|| Subscriber::new(bare));
            if subscriber.is_bare() != bare {
                let message = "subscribed with a token of another role: UNSUBSCRIBE first";
                return (Some(subscriber), Err(Fault::new(Code::SYNTAX, message)));
            }
            if subscriber.len() + tails.len() > limits::SUBSCRIPTIONS_MAX {
                let message =
                    format!("at most {} subscriptions of one connection", limits::SUBSCRIPTIONS_MAX);
                return (
                    Some(subscriber).filter(|them| !them.is_empty()),
                    Err(Fault::new(Code::SYNTAX, message)),
                );
            }
            tails.into_iter().for_each(|(channel, tail, from)| subscriber.add(channel, tail, from));
            (Some(subscriber), Ok(()))
        }
    }

    /// What a reader of this account is told of an event, whether or not it is in memory.
    pub(crate) async fn look(
        &self,
        event: NameRef<'_>,
        account: Account,
        read: &Read,
    ) -> Result<View, Fault> {
        let mut session = self.session();
        session.put_to(account, None);
        session.view(event, || Ask::Read(read.clone())).await
    }

    /// Waits until an event has come to a version, for at most so long, and gives the version that it has then: who was told a version by one
    /// node reads from another what is at least as new.
    ///
    /// # Errors
    /// [`Code::NOT_REACHED`] if it does not come to it in time; or no such event.
    pub fn wait_version(
        &self,
        event: NameRef<'_>,
        account: Account,
        version: u64,
        patience: Duration,
    ) -> impl Future<Output = Result<u64, Fault>> + 'static {
        let (router, event) = (self.clone(), event.to_name());
        async move {
            let watch = router.hub().watch();
            let over = tokio::time::sleep(patience);
            let mut over = pin!(over);
            loop {
                let mut logged = pin!(watch.more());
                logged.as_mut().enable();
                // A node that follows shows what is durable a little later.
                let mut shown = router.cluster().map(|view| Box::pin(view.more()));
                if let Some(shown) = &mut shown {
                    shown.as_mut().enable();
                }
                let shown = async move {
                    match shown {
                        Some(shown) => shown.await,
                        None => pending().await,
                    }
                };
                let newest = match router.look(event.borrowed(), account, &Read::Version).await? {
                    View::Version(newest) => newest,
                    _ => return Err(Fault::new(Code::DEFECT, "a version was asked for, and not told")),
                };
                if newest >= version {
                    return Ok(newest);
                }
                tokio::select! {
                    () = &mut over => {
                        let message = format!("the event is at version {newest}, and not at {version} yet");
                        return Err(Fault::new(Code::NOT_REACHED, message));
                    }
                    () = logged => {}
                    () = shown => {}
                }
            }
        }
    }

    /// The event of this name, once it is in memory.
    pub(crate) async fn here(&self, event: &Name) -> Result<Arc<Entry>, Fault> {
        loop {
            match self.find(event.borrowed()) {
                Found::Here(entry) => return Ok(entry),
                Found::Resting { waking, .. } => waking.await,
                Found::Fault(fault) => return Err(fault),
            }
        }
    }
}

/// The tail of an event, with the first version that a subscriber has not been able to hear of. The follower may be behind
/// what is durable, where somebody listens already.
async fn listen(router: &Router, event: &Name) -> Result<(Arc<Tail>, u64), Fault> {
    let entry = router.here(event).await?;
    // The answer proves that the event was created, durably.
    let newest = version(router, event.borrowed(), Account::NOBODY).await?;
    Ok((router.hub().listen(entry.id(), entry.shown()), newest + 1))
}

async fn page(
    router: &Router,
    entry: &Arc<Entry>,
    (account, query): (Account, FeedQuery),
    enough: impl Future<Output = ()>,
) -> Result<Vec<Arc<crate::feed::FeedRecord>>, Fault> {
    let (hub, id) = (router.hub(), entry.id());
    let FeedQuery { from, count, block } = query;
    let deadline = Instant::now() + block;
    // The tail comes before the question for the version: changes after that version will be in the tail.
    let tail = if block.is_zero() { hub.heard(id) } else { Some(hub.listen(id, entry.shown())) };
    let newest = version(router, entry.name().borrowed(), Account::NOBODY).await?;
    if from > newest + 1 {
        let what = format!("version {from} is beyond the end, as the newest is {newest}");
        return Err(another_branch(&what, router.branch()));
    }
    let mut enough = pin!(enough);
    loop {
        let mut more = tail.as_ref().map(|tail| Box::pin(tail.more()));
        if let Some(more) = &mut more {
            more.as_mut().enable();
        }
        match tail.as_ref().map(|tail| tail.look(from, count)) {
            Some(Look::Page(records)) => return Ok(records),
            Some(Look::Older) => return hub.read(account, id, from, count).await,
            Some(Look::NotYet) | None if from <= newest => return hub.read(account, id, from, count).await,
            Some(Look::NotYet) | None => {}
        }
        let Some(more) = more.filter(|_| !block.is_zero()) else { return Ok(Vec::new()) };
        if !comes(more, deadline, enough.as_mut()).await {
            return Ok(Vec::new());
        }
    }
}

/// Waits for more, until the deadline and no longer than until `enough` is completed. False if it did not come.
pub(super) async fn comes(
    more: impl Future,
    deadline: Instant,
    enough: Pin<&mut impl Future<Output = ()>>,
) -> bool {
    tokio::select! {
        biased;
        () = enough => false,
        waited = timeout_at(deadline, more) => waited.is_ok(),
    }
}

impl Session {
    /// What a read of an event is answered, once the event is in memory. Nothing else must be asked on this session meanwhile.
    ///
    /// # Errors
    /// The fault that it is answered.
    pub async fn view<'a>(&mut self, event: NameRef<'_>, ask: impl Fn() -> Ask<'a>) -> Result<View, Fault> {
        while let Asked::Resting(waking) = self.ask(event, |_| Ok(ask())) {
            waking.await;
        }
        match self.replies().await.pop() {
            Some(Reply::View(view)) => Ok(view),
            Some(Reply::Fault(fault)) => Err(fault),
            _ => Err(Fault::new(Code::DEFECT, "a read was asked for, and not told")),
        }
    }
}

/// The newest version of an event. It is durable.
pub(super) async fn version(router: &Router, event: NameRef<'_>, account: Account) -> Result<u64, Fault> {
    match router.look(event, account, &Read::Version).await? {
        View::Version(version) => Ok(version),
        _ => Err(Fault::new(Code::DEFECT, "the version of an event was asked for, and not told")),
    }
}
