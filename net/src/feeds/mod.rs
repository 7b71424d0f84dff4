//! A connection's side of feeds: the commands that nothing may overtake, and the messages of subscriptions.

mod entries;
mod groups;
mod response;
mod streams;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use std::sync::Arc;
use std::time::Duration;

use holdfast_engine::limits::FEED_BLOCK_MAX;
use holdfast_engine::{
    About, Account, Channel, Fault, FeedPage, FeedQuery, FeedsPage, FeedsQuery, Labels, Moment, Name,
    NameRef, Overrun, Picture, Router, StreamKey, StreamReader, Subscriber, View,
};
use tokio::sync::oneshot;

use crate::access::{Events, Grant, Right};
use crate::feeds::response::{write_all, write_changed, write_message, write_page, write_picture};
use crate::resp::decode::Arguments;
use crate::resp::encode::Encoder;
use crate::resp::response::write_view;
use crate::verbs::{Feed, Manner, StreamAsk, channel_of, look, prefix};

type Reading = Pin<Box<dyn Future<Output = Result<Page, Fault>>>>;
type Subscribing = Pin<Box<dyn Future<Output = (Option<Subscriber>, Result<(), Fault>)>>>;

/// What was read.
enum Page {
    Feed(FeedPage),
    All(FeedsPage),
    Picture(Arc<About>, Picture),
    AsOf(Arc<About>, View),
    Version(u64),
    Streams(streams::Told),
}

/// `FEED`, `FEEDS`, `PICTURE ... SINCE`, `SUBSCRIBE` or a command about streams: begun when everything before it is answered, so that it sees what was written before it;
/// and nothing behind it is begun until it is answered itself, however long it waits.
pub(crate) struct Alone {
    /// What it is about.
    channels: Vec<(Channel, Name)>,
    /// It is about all events that the client may hear of.
    of_all: bool,
    /// Those that it may hear of.
    admitted: Events,
    /// Holders, orders and payments are kept from the client.
    bare: bool,
    /// In whose turn the log is read for it.
    account: Account,
    /// What it needs beside looking.
    needs: Option<Right>,
    /// The name of the token that it came with.
    token: Option<Box<str>>,
    /// The branch that the client knows, if it says so, until that is compared.
    branch: Option<u64>,
    stage: Stage,
}

enum Stage {
    /// Not begun: a page is wanted.
    Feed(FeedQuery),
    /// Not begun: a page of all events is wanted.
    All(FeedsQuery),
    /// Not begun: what has changed after this version is wanted.
    Picture(u64),
    /// Not begun: this version is waited for, for so long.
    Version(u64, Duration),
    /// Not begun: this look at a moment is wanted.
    AsOf(Moment, Box<[u8]>),
    /// Not begun: something of streams is wanted.
    Streams(Box<StreamAsk>),
    /// Not begun: subscriptions are wanted.
    Subscribe(Manner),
    /// Under way. What is dropped with it tells the engine that it need not wait any longer.
    Reading(Reading, Option<oneshot::Sender<()>>),
    /// Under way; the subscriber, which had so many subscriptions before, is with it.
    Subscribing { subscribing: Subscribing, manner: Manner, before: usize },
    /// The client may not have it any longer.
    Withdrawn(Fault),
}

/// The subscriptions of a connection.
#[derive(Default)]
pub(crate) struct Feeds {
    /// The subscriber of each [`Manner`] that has subscriptions; there as long as one has any, so that who listens to nothing pays for one look.
    subscribers: Option<Box<[Option<Subscriber>; Manner::ALL.len()]>>,
}

impl Alone {
    /// The command that stands alone. A command about feeds that does not is handed back.
    pub(crate) fn of<'a>(
        feed: Feed<'a>,
        grant: &Grant,
        (account, token): (Account, Option<&str>),
    ) -> Result<Box<Self>, Feed<'a>> {
        let (channels, stage, branch) = match feed {
            Feed::Read { event, query, branch } => (vec![(Channel::Feed, event)], Stage::Feed(query), branch),
            Feed::Picture { event, since, branch } => {
                (vec![(Channel::Map, event)], Stage::Picture(since), branch)
            }
            Feed::AsOf { event, moment, look } => {
                (vec![(Channel::Map, event)], Stage::AsOf(moment, look), None)
            }
            Feed::Version { event, wanted, patience } => {
                (vec![(Channel::Feed, event)], Stage::Version(wanted, patience), None)
            }
            Feed::All(query, branch) => (Vec::new(), Stage::All(query), branch),
            Feed::Stream(ask) => {
                let channels = ask.events().map(|event| (Channel::Feed, event.clone()));
                (channels.collect(), Stage::Streams(ask), None)
            }
            Feed::Subscribe(manner, channels, branch) => (channels, Stage::Subscribe(manner), branch),
            Feed::Unsubscribe(..) | Feed::PUnsubscribe(_) => return Err(feed),
        };
        let of_all = match &stage {
            Stage::All(_) => true,
            Stage::Streams(ask) => ask.keys().contains(&&StreamKey::All),
            _ => false,
        };
        let (bare, admitted) = (grant.is_bare(), grant.events.clone());
        let needs = match &stage {
            Stage::Streams(ask) => ask.needs(),
            _ => None,
        };
        let token = token.map(Into::into);
        Ok(Box::new(Self { channels, of_all, admitted, bare, account, needs, token, branch, stage }))
    }

    /// The operator who asks, if it is an act of one.
    pub(crate) fn operator(&self) -> Option<Name> {
        match &self.stage {
            Stage::Streams(ask) => ask.operator(),
            _ => None,
        }
    }

    /// It is answered with this, whatever it asks.
    pub(crate) fn refuse(&mut self, fault: Fault) {
        self.stage = Stage::Withdrawn(fault);
    }

    /// Whether it waits for what is still to come, as long as the client said.
    pub(crate) fn may_wait(&mut self) -> bool {
        match &mut self.stage {
            Stage::Feed(query) => !query.block.is_zero(),
            Stage::All(query) => !query.block.is_zero(),
            Stage::Version(_, patience) => !patience.is_zero(),
            Stage::Streams(ask) => ask.block().is_some_and(|block| !block.is_zero()),
            _ => false,
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
        let Self { channels, of_all: _, admitted, bare, account, needs: _, token, branch, stage } = self;
        if let Err(fault) = router.must_be_on(branch.take()) {
            *stage = Stage::Withdrawn(fault);
        }
        loop {
            match stage {
                Stage::Feed(query) => {
                    let (hurry, enough) = until_dropped();
                    let page = router.feed(channels[0].1.borrowed(), *account, *query, enough);
                    *stage = Stage::Reading(Box::pin(async { page.await.map(Page::Feed) }), Some(hurry));
                }
                Stage::All(query) => {
                    let ((hurry, enough), admitted) = (until_dropped(), admitted.clone());
                    let admitted = Arc::new(move |event: &[u8]| admitted.admit(event));
                    let page = router.feeds(*account, *query, admitted, enough);
                    let reading = Box::pin(async { page.await.map(Page::All) });
                    *stage = Stage::Reading(reading, Some(hurry));
                }
                Stage::Streams(ask) => {
                    let ((hurry, enough), admitted) = (until_dropped(), admitted.clone());
                    let admitted = Arc::new(move |event: &[u8]| admitted.admit(event));
                    let reader = StreamReader { account: *account, admitted };
                    let told = streams::ask(router, StreamAsk::clone(ask), (reader, token.take()), enough);
                    let reading = Box::pin(async { told.await.map(Page::Streams) });
                    *stage = Stage::Reading(reading, Some(hurry));
                }
                Stage::Version(to, patience) => {
                    *stage = wait_version(router, channels, *account, (*to, *patience));
                }
                Stage::Picture(since) => {
                    let reading = picture(router, (channels[0].1.borrowed(), *account), *since);
                    *stage = Stage::Reading(reading, None);
                }
                Stage::AsOf(moment, line) => {
                    let (line, event) = (std::mem::take(line), channels[0].1.borrowed());
                    *stage = Stage::Reading(as_of(router, (event, *account), *moment, line), None);
                }
                Stage::Subscribe(manner) => {
                    let (manner, before) = (*manner, feeds.count_of(*manner));
                    let subscribing = router.subscribe(channels.clone(), feeds.take(manner), *bare);
                    *stage = Stage::Subscribing { subscribing: Box::pin(subscribing), manner, before };
                }
                Stage::Reading(reading, _) => {
                    return reading.as_mut().poll(context).map(|page| write_reply(encoder, page, *bare));
                }
                Stage::Subscribing { subscribing, manner, before } => {
                    let Poll::Ready((subscriber, done)) = subscribing.as_mut().poll(context) else {
                        return Poll::Pending;
                    };
                    feeds.put(*manner, subscriber);
                    match done {
                        Ok(()) => feeds.confirm((*manner, channels), *before, encoder),
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
            Stage::Feed(query) => query.block = Duration::ZERO,
            Stage::All(query) => query.block = Duration::ZERO,
            Stage::Version(_, patience) => *patience = Duration::ZERO,
            Stage::Streams(ask) => {
                if let Some(block) = ask.block() {
                    *block = Duration::ZERO;
                }
            }
            Stage::Reading(_, hurry) => *hurry = None,
            Stage::Picture(_)
            | Stage::AsOf(..)
            | Stage::Subscribe(_)
            | Stage::Subscribing { .. }
            | Stage::Withdrawn(_) => {}
        }
    }

    /// Takes it away from a client that may do no more than this, for this reason. True if subscriptions that there were
    /// went along.
    pub(crate) fn withdraw(&mut self, grant: &Grant, why: impl FnOnce() -> Fault) -> bool {
        // Which other events the subscriber has that is under way nobody knows here.
        let had_some = matches!(self.stage, Stage::Subscribing { before: 1.., .. });
        // Of a page of all events nobody knows whose changes come.
        let all_are_lost = self.of_all
            && (grant.is_bare() != self.bare
                || grant.events != self.admitted
                || !grant.rights.has(Some(Right::Look)));
        let is_lost = all_are_lost
            || !grant.rights.has(self.needs)
            || !self.channels.iter().all(|(_, event)| grant.hears(event.bytes(), self.bare));
        if had_some || is_lost {
            self.stage = Stage::Withdrawn(why());
            return had_some;
        }
        false
    }
}

fn write_reply(encoder: &mut Encoder<'_>, page: Result<Page, Fault>, bare: bool) {
    match page {
        Ok(Page::Feed(page)) => write_page(encoder, &page, bare),
        Ok(Page::All(page)) => write_all(encoder, &page, bare),
        Ok(Page::Streams(told)) => streams::write(encoder, &told, bare),
        Ok(Page::Picture(about, picture)) => write_picture(encoder, &picture, &about),
        Ok(Page::Version(version)) => encoder.integer(version),
        Ok(Page::AsOf(about, view)) => write_view(encoder, &view, &about, bare),
        Err(fault) => encoder.error(&fault),
    }
}

fn picture(router: &Router, (event, account): (NameRef<'_>, Account), since: u64) -> Reading {
    let picture = router.picture_since(event, account, since);
    Box::pin(async { picture.await.map(|(about, picture)| Page::Picture(about, picture)) })
}

/// Waits for the version, until it is hurried: the answer is what is there then.
fn wait_version(
    router: &Router,
    channels: &[(Channel, Name)],
    account: Account,
    (wanted, patience): (u64, Duration),
) -> Stage {
    let (hurry, enough) = until_dropped();
    let wait = |patience| router.wait_version(channels[0].1.borrowed(), account, wanted, patience);
    let (comes, now) = (wait(patience.min(FEED_BLOCK_MAX)), wait(Duration::ZERO));
    let reading = async {
        let version = tokio::select! {
            version = comes => version,
            () = enough => now.await,
        };
        version.map(Page::Version)
    };
    Stage::Reading(Box::pin(reading), Some(hurry))
}

fn as_of(
    router: &Router,
    (event, account): (NameRef<'_>, Account),
    moment: Moment,
    line: Box<[u8]>,
) -> Reading {
    let looking = Box::new(move |labels: Labels<'_>| look(&line, labels));
    let then = router.as_of(event, account, moment, looking);
    Box::pin(async { then.await.map(|(about, view)| Page::AsOf(about, view)) })
}

/// Something that completes when the other is dropped.
fn until_dropped() -> (oneshot::Sender<()>, impl Future<Output = ()> + 'static) {
    let (hurry, hurried) = oneshot::channel::<()>();
    let enough = async {
        let _ = hurried.await;
    };
    (hurry, enough)
}

impl Feeds {
    /// How many subscriptions it has, in both manners.
    pub(crate) fn count(&self) -> usize {
        self.subscribers().map(Subscriber::len).sum()
    }

    fn subscribers(&self) -> impl Iterator<Item = &Subscriber> {
        self.subscribers.iter().flat_map(|both| both.iter().flatten())
    }

    /// The subscriber of a manner, if there is one.
    fn of(&self, manner: Manner) -> Option<&Subscriber> {
        self.subscribers.as_ref()?[manner as usize].as_ref()
    }

    fn take(&mut self, manner: Manner) -> Option<Subscriber> {
        let subscriber = self.subscribers.as_mut()?[manner as usize].take();
        self.put(manner, None);
        subscriber
    }

    fn put(&mut self, manner: Manner, subscriber: Option<Subscriber>) {
        let both = self.subscribers.get_or_insert_default();
        both[manner as usize] = subscriber;
        if both.iter().all(Option::is_none) {
            self.subscribers = None;
        }
    }

    fn count_of(&self, manner: Manner) -> usize {
        self.of(manner).map_or(0, Subscriber::len)
    }

    /// May a client that may do this have all of them?
    pub(crate) fn are_for(&self, grant: &Grant) -> bool {
        self.subscribers().all(|subscriber| {
            subscriber.channels().all(|(_, name)| grant.hears(name.bytes(), subscriber.is_bare()))
        })
    }

    #[inline]
    pub(crate) const fn is_subscribed(&self) -> bool {
        self.subscribers.is_some()
    }

    /// Writes what Redis does: one message for each channel, with the number of subscriptions after it.
    fn confirm(
        &self,
        (manner, channels): (Manner, &[(Channel, Name)]),
        mut count: usize,
        encoder: &mut Encoder<'_>,
    ) {
        let [begun, _] = manner.words();
        for (channel, event) in channels {
            // New subscriptions stand at the end, in the order in which they were named.
            let mut all = self.of(manner).into_iter().flat_map(Subscriber::channels);
            let place = all.position(|known| known == (*channel, event)).unwrap_or_default();
            count = count.max(place + 1);
            write_changed(encoder, begun, Some(&[prefix(*channel), event.bytes()].concat()), count);
        }
    }

    /// Ends the subscriptions that are named, and writes what Redis does: one message for each.
    pub(crate) fn end(&mut self, feed: Feed<'_>, encoder: &mut Encoder<'_>) {
        match feed {
            Feed::Unsubscribe(manner, channels) => self.unsubscribe(manner, channels, encoder),
            Feed::PUnsubscribe(patterns) if patterns.len() == 0 => {
                write_changed(encoder, b"punsubscribe", None, self.count_of(Manner::Plain));
            }
            Feed::PUnsubscribe(patterns) => {
                for pattern in patterns {
                    let count = self.count_of(Manner::Plain);
                    write_changed(encoder, b"punsubscribe", Some(pattern), count);
                }
            }
            Feed::Read { .. }
            | Feed::Version { .. }
            | Feed::Picture { .. }
            | Feed::AsOf { .. }
            | Feed::All(..)
            | Feed::Stream(_)
            | Feed::Subscribe(..) => {}
        }
    }

    fn unsubscribe(&mut self, manner: Manner, channels: Arguments<'_>, encoder: &mut Encoder<'_>) {
        let [_, ended] = manner.words();
        let subscriber = &mut self.take(manner);
        let count = |subscriber: &Option<Subscriber>| subscriber.as_ref().map_or(0, Subscriber::len);
        if channels.len() > 0 {
            for channel in channels {
                if let (Some(subscriber), Some((of, event))) = (&mut *subscriber, channel_of(channel)) {
                    subscriber.remove(of, event);
                }
                write_changed(encoder, ended, Some(channel), count(subscriber));
            }
        } else {
            let all = subscriber.iter().flat_map(Subscriber::channels);
            let all: Vec<_> = all.map(|(channel, event)| (channel, event.clone())).collect();
            if all.is_empty() {
                write_changed(encoder, ended, None, 0);
            }
            for (channel, event) in all {
                if let Some(subscriber) = &mut *subscriber {
                    subscriber.remove(channel, event.bytes());
                }
                let channel = [prefix(channel), event.bytes()].concat();
                write_changed(encoder, ended, Some(&channel), count(subscriber));
            }
        }
        let left = subscriber.take().filter(|subscriber| !subscriber.is_empty());
        self.put(manner, left);
    }

    /// Ends all subscriptions, and writes nothing.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Writes the next message, if there is one.
    pub(crate) fn poll_message(
        &self,
        context: &mut Context<'_>,
        encoder: &mut Encoder<'_>,
    ) -> Poll<Result<(), Overrun>> {
        for manner in Manner::ALL {
            let Some(subscriber) = self.of(manner) else { continue };
            if let Poll::Ready(message) = subscriber.poll_next(context) {
                return Poll::Ready(message.map(|message| write_message(encoder, manner, &message)));
            }
        }
        Poll::Pending
    }

    /// Whether a subscriber was cut off, as it did not keep up.
    pub(crate) fn is_overrun(&self) -> bool {
        self.subscribers().any(Subscriber::is_overrun)
    }
}
