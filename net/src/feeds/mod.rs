//! A connection's side of feeds: the commands that nothing may overtake, and the messages of subscriptions.

mod response;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use holdfast_engine::{Account, Fault, FeedPage, FeedQuery, Name, Overrun, Router, Subscriber};
use tokio::sync::oneshot;

use crate::access::Grant;
use crate::feeds::response::{write_changed, write_message, write_page};
use crate::resp::decode::Arguments;
use crate::resp::encode::Encoder;
use crate::verbs::{CHANNEL, Feed};

type Reading = Pin<Box<dyn Future<Output = Result<FeedPage, Fault>>>>;
type Subscribing = Pin<Box<dyn Future<Output = (Option<Subscriber>, Result<(), Fault>)>>>;

/// `FEED` or `SUBSCRIBE`: begun when everything before it is answered, so that it sees what was written before it;
/// and nothing behind it is begun until it is answered itself, however long it waits.
pub(crate) struct Alone {
    /// What it is about.
    events: Vec<Name>,
    /// Holders, orders and payments are kept from the client.
    bare: bool,
    /// In whose turn the log is read for it.
    account: Account,
    stage: Stage,
}

enum Stage {
    /// Not begun: a page is wanted.
    Feed(FeedQuery),
    /// Not begun: subscriptions are wanted.
    Subscribe,
    /// Under way. What is dropped with it tells the engine that it need not wait any longer.
    Reading(Reading, Option<oneshot::Sender<()>>),
    /// Under way; the subscriber, which had so many subscriptions before, is with it.
    Subscribing { subscribing: Subscribing, before: usize },
    /// The client may not have it any longer.
    Withdrawn(Fault),
}

/// The subscriptions of a connection.
#[derive(Default)]
pub(crate) struct Feeds {
    /// There as long as it has subscriptions.
    subscriber: Option<Subscriber>,
}

impl Alone {
    /// The command that stands alone. A command about feeds that does not is handed back.
    pub(crate) fn of(feed: Feed<'_>, bare: bool, account: Account) -> Result<Box<Self>, Feed<'_>> {
        match feed {
            Feed::Read { event, query } => {
                Ok(Box::new(Self { events: vec![event], bare, account, stage: Stage::Feed(query) }))
            }
            Feed::Subscribe(events) => Ok(Box::new(Self { events, bare, account, stage: Stage::Subscribe })),
            Feed::Unsubscribe(_) | Feed::PUnsubscribe(_) => Err(feed),
        }
    }

    /// Begins the command or goes on with it, and writes the reply when it is there.
    pub(crate) fn poll(
        &mut self,
        router: &Router,
        feeds: &mut Feeds,
        context: &mut Context<'_>,
        encoder: &mut Encoder<'_>,
    ) -> Poll<()> {
        let Self { events, bare, account, stage } = self;
        loop {
            match stage {
                Stage::Feed(query) => {
                    let (hurry, hurried) = oneshot::channel();
                    let enough = async {
                        // Completes when the sender is dropped.
                        let _ = hurried.await;
                    };
                    let reading = Box::pin(router.feed(events[0].borrowed(), *account, *query, enough));
                    *stage = Stage::Reading(reading, Some(hurry));
                }
                Stage::Subscribe => {
                    let before = feeds.count();
                    let subscribing = router.subscribe(events.clone(), feeds.subscriber.take(), *bare);
                    *stage = Stage::Subscribing { subscribing: Box::pin(subscribing), before };
                }
                Stage::Reading(reading, _) => {
                    return reading.as_mut().poll(context).map(|page| match page {
                        Ok(page) => write_page(encoder, &page, *bare),
                        Err(fault) => encoder.error(&fault),
                    });
                }
                Stage::Subscribing { subscribing, before } => {
                    let Poll::Ready((subscriber, done)) = subscribing.as_mut().poll(context) else {
                        return Poll::Pending;
                    };
                    feeds.subscriber = subscriber;
                    match done {
                        Ok(()) => feeds.confirm(events, *before, encoder),
                        Err(fault) => encoder.error(&fault),
                    }
                    return Poll::Ready(());
                }
                Stage::Withdrawn(fault) => {
                    encoder.error(fault);
                    return Poll::Ready(());
                }
            }
        }
    }

    /// Ends the wait: the answer is what is there now.
    pub(crate) fn hurry(&mut self) {
        match &mut self.stage {
            Stage::Feed(query) => query.block = std::time::Duration::ZERO,
            Stage::Reading(_, hurry) => *hurry = None,
            Stage::Subscribe | Stage::Subscribing { .. } | Stage::Withdrawn(_) => {}
        }
    }

    /// Takes it away from a client that may do no more than this, for this reason. True if subscriptions that there were
    /// went along.
    pub(crate) fn withdraw(&mut self, grant: &Grant, why: impl FnOnce() -> Fault) -> bool {
        // Which other events the subscriber has that is under way nobody knows here.
        let had_some = matches!(self.stage, Stage::Subscribing { before: 1.., .. });
        if had_some || !self.events.iter().all(|event| grant.hears(event.bytes(), self.bare)) {
            self.stage = Stage::Withdrawn(why());
            return had_some;
        }
        false
    }
}

impl Feeds {
    pub(crate) fn count(&self) -> usize {
        self.subscriber.as_ref().map_or(0, Subscriber::len)
    }

    /// May a client that may do this have all of them?
    pub(crate) fn are_for(&self, grant: &Grant) -> bool {
        self.subscriber.as_ref().is_none_or(|subscriber| {
            subscriber.events().all(|name| grant.hears(name.bytes(), subscriber.is_bare()))
        })
    }

    pub(crate) const fn is_subscribed(&self) -> bool {
        self.subscriber.is_some()
    }

    /// Writes what Redis does: one message for each event, with the number of subscriptions after it.
    fn confirm(&self, events: &[Name], mut count: usize, encoder: &mut Encoder<'_>) {
        for event in events {
            // New subscriptions stand at the end, in the order in which they were named.
            let mut all = self.subscriber.iter().flat_map(Subscriber::events);
            let place = all.position(|name| name == event).unwrap_or_default();
            count = count.max(place + 1);
            write_changed(encoder, b"subscribe", Some(&[CHANNEL, event.bytes()].concat()), count);
        }
    }

    /// Ends the subscriptions that are named, and writes what Redis does: one message for each.
    pub(crate) fn end(&mut self, feed: Feed<'_>, encoder: &mut Encoder<'_>) {
        match feed {
            Feed::Unsubscribe(channels) => self.unsubscribe(channels, encoder),
            Feed::PUnsubscribe(patterns) if patterns.len() == 0 => {
                write_changed(encoder, b"punsubscribe", None, self.count());
            }
            Feed::PUnsubscribe(patterns) => {
                for pattern in patterns {
                    write_changed(encoder, b"punsubscribe", Some(pattern), self.count());
                }
            }
            Feed::Read { .. } | Feed::Subscribe(_) => {}
        }
    }

    fn unsubscribe(&mut self, channels: Arguments<'_>, encoder: &mut Encoder<'_>) {
        if channels.len() > 0 {
            for channel in channels {
                if let (Some(subscriber), Some(event)) = (&mut self.subscriber, channel.strip_prefix(CHANNEL))
                {
                    subscriber.remove(event);
                }
                write_changed(encoder, b"unsubscribe", Some(channel), self.count());
            }
        } else {
            let events = self.subscriber.as_ref().map(|them| them.events().cloned());
            let events: Vec<Name> = events.into_iter().flatten().collect();
            if events.is_empty() {
                write_changed(encoder, b"unsubscribe", None, 0);
            }
            for event in events {
                if let Some(subscriber) = &mut self.subscriber {
                    subscriber.remove(event.bytes());
                }
                let channel = [CHANNEL, event.bytes()].concat();
                write_changed(encoder, b"unsubscribe", Some(&channel), self.count());
            }
        }
        if self.count() == 0 {
            self.subscriber = None;
        }
    }

    /// Ends all subscriptions, and writes nothing.
    pub(crate) fn reset(&mut self) {
        self.subscriber = None;
    }

    /// Writes the next message, if there is one.
    pub(crate) fn poll_message(
        &self,
        context: &mut Context<'_>,
        encoder: &mut Encoder<'_>,
    ) -> Poll<Result<(), Overrun>> {
        let Some(subscriber) = &self.subscriber else { return Poll::Pending };
        subscriber.poll_next(context).map_ok(|message| write_message(encoder, &message))
    }

    /// Whether the subscriber was cut off, as it did not keep up.
    pub(crate) fn is_overrun(&self) -> bool {
        self.subscriber.as_ref().is_some_and(Subscriber::is_overrun)
    }
}
