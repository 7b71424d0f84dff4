//! A connection's side of feeds: the commands that nothing may overtake, and the messages of subscriptions.

mod response;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use holdfast_engine::{Fault, FeedPage, FeedQuery, Name, Overrun, Router, Subscriber};
use tokio::sync::oneshot;

use crate::feeds::response::{write_changed, write_message, write_page};
use crate::resp::decode::Arguments;
use crate::resp::encode::Encoder;
use crate::verbs::{CHANNEL, Feed};

type Reading = Pin<Box<dyn Future<Output = Result<FeedPage, Fault>>>>;
type Subscribing = Pin<Box<dyn Future<Output = (Option<Subscriber>, Result<(), Fault>)>>>;

/// A `FEED` or `SUBSCRIBE`. It begins when everything before it is answered, so that it sees what was written before
/// it; and no command behind it begins before it is answered, however long it waits.
pub(crate) enum Alone {
    /// A `FEED` that has not begun.
    Feed(Name, FeedQuery),
    /// A `SUBSCRIBE` that has not begun.
    Subscribe(Vec<Name>),
    /// A `FEED` that waits for its page. Dropping the sender tells the engine that the wait is over.
    Reading(Reading, Option<oneshot::Sender<()>>),
    /// A `SUBSCRIBE` that waits. It holds the subscriber, which had `before` subscriptions.
    Subscribing { subscribing: Subscribing, events: Vec<Name>, before: usize },
}

/// The subscriptions of a connection.
#[derive(Default)]
pub(crate) struct Feeds {
    /// There as long as it has subscriptions.
    subscriber: Option<Subscriber>,
}

impl Alone {
    /// The command that stands alone. A command about feeds that does not is handed back.
    pub(crate) fn of(feed: Feed<'_>) -> Result<Box<Self>, Feed<'_>> {
        match feed {
            Feed::Read { event, query } => Ok(Box::new(Self::Feed(event, query))),
            Feed::Subscribe(events) => Ok(Box::new(Self::Subscribe(events))),
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
        loop {
            match self {
                Self::Feed(event, query) => {
                    let (hurry, hurried) = oneshot::channel();
                    let enough = async {
                        // Completes when the sender is dropped.
                        let _ = hurried.await;
                    };
                    let reading = Box::pin(router.feed(event.borrowed(), *query, enough));
                    *self = Self::Reading(reading, Some(hurry));
                }
                Self::Subscribe(events) => {
                    let (events, before) = (std::mem::take(events), feeds.count());
                    let subscribing = router.subscribe(events.clone(), feeds.subscriber.take());
                    *self = Self::Subscribing { subscribing: Box::pin(subscribing), events, before };
                }
                Self::Reading(reading, _) => {
                    return reading.as_mut().poll(context).map(|page| match page {
                        Ok(page) => write_page(encoder, &page),
                        Err(fault) => encoder.error(&fault),
                    });
                }
                Self::Subscribing { subscribing, events, before } => {
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
            }
        }
    }

    /// Ends the wait: the answer is what is there now.
    pub(crate) fn hurry(&mut self) {
        match self {
            Self::Feed(_, query) => query.block = std::time::Duration::ZERO,
            Self::Reading(_, hurry) => *hurry = None,
            Self::Subscribe(_) | Self::Subscribing { .. } => {}
        }
    }
}

impl Feeds {
    pub(crate) fn count(&self) -> usize {
        self.subscriber.as_ref().map_or(0, Subscriber::len)
    }

    pub(crate) const fn is_subscribed(&self) -> bool {
        self.subscriber.is_some()
    }

    /// Writes what Redis does: one message for each event, with the number of subscriptions after it.
    fn confirm(&self, events: &[Name], mut count: usize, encoder: &mut Encoder<'_>) {
        for event in events {
            // New subscriptions stand at the end, in the order in which they were named.
            let mut all = self.subscriber.iter().flat_map(Subscriber::events);
            let place = all.position(|about| about.name == *event).unwrap_or_default();
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
            let events = self.subscriber.as_ref().map(|them| them.events().map(|about| about.name.clone()));
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
