//! What a connection asks about consumer groups, and what it is told when that is durable.

mod acts;
mod again;
mod by_id;
mod care;
mod keeping;
mod lag;
mod moves;
mod read;
mod times;
mod views;
mod waited;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use holdfast_wal::Lsn;

use super::read::After;
use super::{StreamEntry, StreamKey, StreamReader};
use crate::catalogue::Code;
use crate::document::Document;
use crate::exchange::reply::Replies;
use crate::exchange::run::Askers;
use crate::fault::Fault;
use crate::front::router::Router;
use crate::groups::GroupDesk;
use crate::journal::gate::Gate;
use crate::numbers::{EntryId, Millis};
use crate::state::{Name, Reply};
use crate::system::{Claim, DeadLetter, GroupStream, Return};

pub use care::CareAsk;
pub(crate) use keeping::GroupsKeep;
pub use keeping::needs_of;
pub(crate) use read::Begun;

/// A group of a stream.
#[derive(Clone, Debug)]
pub struct GroupName {
    /// The stream.
    pub stream: StreamKey,
    /// The name of the group.
    pub group: Name,
}

/// What is asked about consumer groups.
#[derive(Clone, Debug)]
pub enum GroupAsk {
    /// A group is to be there, from this place on.
    Create(GroupName, After),
    /// It is to go on from there.
    Set(GroupName, After),
    /// It is to be there no more.
    Destroy(GroupName),
    /// It is to have a consumer of this name.
    Join(GroupName, Name),
    /// It is to have none.
    Leave(GroupName, Name),
    /// A consumer is to be given something.
    Read(GroupRead),
    /// These are done.
    Ack(GroupName, Vec<EntryId>),
    /// Consumers do not go on with these.
    Return(GroupName, Return, Vec<EntryId>),
    /// What is not acknowledged, in sum.
    Summary(GroupName),
    /// What is not acknowledged, one by one.
    Pending(GroupName, PendingQuery),
    /// A consumer takes over these.
    Claim(GroupName, Name, Claim, Vec<EntryId>),
    /// A consumer takes over so many of those that there are from this id on.
    AutoClaim(GroupName, Name, Claim, (EntryId, usize)),
    /// The groups of a stream.
    Groups(StreamKey),
    /// The consumers of a group.
    Consumers(GroupName),
    /// The groups of a stream, or of all, with their terms.
    List(Option<StreamKey>),
    /// Something about a group that has terms.
    Care(GroupName, CareAsk),
}

/// What a consumer is to be given.
#[derive(Clone, Debug)]
pub struct GroupRead {
    /// The name of the group, in each of the streams.
    pub group: Name,
    /// The consumer, which is made where it is not there.
    pub consumer: Name,
    /// The streams, each once.
    pub streams: Vec<(StreamKey, Wants)>,
    /// The most entries of each.
    pub count: usize,
    /// How long to wait if there is nothing yet.
    pub block: Duration,
    /// It acknowledges nothing: what it is given counts as done.
    pub noack: bool,
    /// What others have had for so long is taken over first; and of each entry is told how long ago and how often it was given out before.
    pub claim: Option<Millis<u64>>,
}

/// What a consumer wants of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wants {
    /// What nobody of the group was given.
    New,
    /// What it was given itself and has not acknowledged, behind this id.
    Own(EntryId),
}

/// Which entries are asked for that are not acknowledged.
#[derive(Clone, Debug)]
pub struct PendingQuery {
    /// Given out so long ago at least.
    pub min_idle: Millis<u64>,
    /// From this id to that.
    pub ends: (EntryId, EntryId),
    /// At most so many.
    pub count: usize,
    /// Of this consumer alone.
    pub consumer: Option<Name>,
}

/// Entries of a stream for a consumer; `None` is one that is not kept any more.
pub type GroupEntries = Vec<(EntryId, Option<StreamEntry>)>;

/// An entry of a consumer, how long ago it was given out before, and how often; zeros if it never was.
pub type WaitedEntry = (EntryId, Option<StreamEntry>, (Millis<u64>, u32));

/// What is told about consumer groups.
#[derive(Debug)]
pub enum GroupTold {
    /// It is done.
    Done,
    /// So many.
    Number(u64),
    /// Of each stream that has something for the consumer its entries.
    Streams(Vec<(StreamKey, GroupEntries)>),
    /// The same, and of each entry how long ago it was given out before this, and how often.
    Waited(Vec<(StreamKey, Vec<WaitedEntry>)>),
    /// How much is not acknowledged, the first and the last of it, and of each consumer how much it has.
    Summary(u64, Option<[EntryId; 2]>, Vec<(Box<str>, u64)>),
    /// What is not acknowledged.
    Pending(Vec<PendingLine>),
    /// What was taken over.
    Claimed(ClaimedEntries),
    /// The same, where to go on, and what is not kept any more and is not taken over.
    AutoClaimed(EntryId, ClaimedEntries, Vec<EntryId>),
    /// Groups.
    Groups(Vec<GroupLine>),
    /// Consumers.
    Consumers(Vec<ConsumerLine>),
    /// Something for people.
    Document(Document),
    /// Entries that were put aside, and the id behind which there are more.
    Dead(Option<EntryId>, Vec<DeadLine>),
}

/// What was taken over.
#[derive(Debug)]
pub enum ClaimedEntries {
    /// With what it says.
    Entries(Vec<StreamEntry>),
    /// The ids alone.
    Ids(Vec<EntryId>),
}

/// An entry that was put aside.
#[derive(Debug)]
pub struct DeadLine {
    /// Its id.
    pub id: EntryId,
    /// What is known of it.
    pub letter: DeadLetter,
    /// What it says; `None` if that was not kept.
    pub entry: Option<StreamEntry>,
}

/// An entry that is not acknowledged.
#[derive(Debug)]
pub struct PendingLine {
    /// Its id.
    pub id: EntryId,
    /// The consumer that has it.
    pub consumer: Box<str>,
    /// How long ago it was given to it.
    pub idle: Millis<u64>,
    /// How often it was given out.
    pub deliveries: u32,
}

/// A group.
#[derive(Debug)]
pub struct GroupLine {
    /// Its name.
    pub name: Box<str>,
    /// How many consumers it has.
    pub consumers: u64,
    /// How much is not acknowledged.
    pub pending: u64,
    /// How far it is.
    pub last: EntryId,
    /// How many entries there were up to there, and how many there are behind it; not known of the stream of all events.
    pub read_and_lag: Option<(u64, u64)>,
}

/// A consumer.
#[derive(Debug)]
pub struct ConsumerLine {
    /// Its name.
    pub name: Box<str>,
    /// How much it has not acknowledged.
    pub pending: u64,
    /// How long ago it asked for something; since the start of the server, or since it was given something.
    pub idle: Millis<u64>,
    /// How long ago it was given something, or was made.
    pub inactive: Millis<u64>,
}

/// Who asks, and the way to what is asked for.
struct Asker<'a> {
    router: &'a Router,
    reader: &'a StreamReader,
    token: Option<&'a str>,
}

/// What is told, and the record that has to be durable before.
type Told = Result<(GroupTold, Lsn), Fault>;

impl Router {
    /// What is asked about consumer groups happens, and is told when it is durable. A wait ends with `enough`.
    ///
    /// # Errors
    /// A fault: no such event or group, a place that is not kept any more, or nothing can be read or recorded now.
    pub fn group(
        &self,
        ask: GroupAsk,
        (reader, token): (StreamReader, Option<Box<str>>),
        enough: impl Future<Output = ()> + 'static,
    ) -> impl Future<Output = Result<GroupTold, Fault>> + 'static {
        let router = self.clone();
        async move {
            let asker = Asker { router: &router, reader: &reader, token: token.as_deref() };
            let (told, rests_on) = match ask {
                GroupAsk::Create(of, after) => asker.create(&of, after).await,
                GroupAsk::Set(of, after) => asker.set(&of, after).await,
                GroupAsk::Destroy(of) => asker.destroy(&of).await,
                GroupAsk::Join(of, consumer) => asker.join(&of, &consumer).await,
                GroupAsk::Leave(of, consumer) => asker.leave(&of, &consumer).await,
                GroupAsk::Read(read) => asker.read(&read, enough).await,
                GroupAsk::Ack(of, ids) => asker.ack(&of, &ids).await,
                GroupAsk::Return(of, how, ids) => asker.give_back(&of, how, &ids).await,
                GroupAsk::Summary(of) => asker.summary(&of).await,
                GroupAsk::Pending(of, query) => asker.pending(&of, &query).await,
                GroupAsk::Claim(of, consumer, claim, ids) => asker.claim(&of, (&consumer, &claim), ids).await,
                GroupAsk::AutoClaim(of, consumer, claim, from) => {
                    asker.auto_claim(&of, (&consumer, &claim), from).await
                }
                GroupAsk::Groups(stream) => asker.groups(&stream).await,
                GroupAsk::Consumers(of) => asker.consumers(&of).await,
                GroupAsk::List(stream) => asker.list(stream.as_ref()).await,
                GroupAsk::Care(of, ask) => asker.care(&of, ask).await,
            }?;
            durable(&router, rests_on).await;
            Ok(told)
        }
    }
}

impl GroupName {
    fn key(&self) -> (GroupStream, &str) {
        (stream_of(&self.stream), self.group.as_str())
    }
}

impl Asker<'_> {
    fn desk(&self) -> &GroupDesk {
        self.router.groups()
    }

    /// The same refusal, or that there is no such event, which explains it better.
    async fn better(&self, stream: &StreamKey, fault: Fault) -> Fault {
        if fault.code != Code::NO_GROUP {
            return fault;
        }
        self.must_be_there(stream).await.err().unwrap_or(fault)
    }

    async fn must_be_there(&self, stream: &StreamKey) -> Result<(), Fault> {
        match stream {
            StreamKey::Event(name) => self.router.here(name).await.map(drop),
            StreamKey::All => Ok(()),
        }
    }
}

pub(crate) fn stream_of(stream: &StreamKey) -> GroupStream {
    match stream {
        StreamKey::All => GroupStream::All,
        StreamKey::Event(name) => GroupStream::Event(name.as_str().into()),
    }
}

/// Waits until a record is durable.
async fn durable(router: &Router, rests_on: Lsn) {
    let mut session = router.session();
    let nothing = Replies::free(vec![Reply::Document(Document::Nothing)]);
    Gate::here().pass(Arc::new(Replies { rests_on, ..nothing }), Askers::one(session.inbox()));
    session.replies().await;
}
