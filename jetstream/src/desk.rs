//! The log as an operator reaches it: whether it is safe, what is in it, and its beginning. Each call waits for its answer.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{Context, ErrorCode, stream::Info};
use bytes::Bytes;
use holdfast_replica::Position;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::access::{Access, ConnectError, First};
use crate::check::{self, Unsafe};
use crate::error::{DeskError, OpenError};
use crate::monitor::CopySeen;
use crate::name::LogName;
use crate::port::{context, stands_at};
use crate::{monitor, stream};

/// Reads that are under way at once when all of a log is read.
const READS: u64 = 16;
/// How often something is asked before it is given up: the election of a leader takes up to nine seconds.
const TRIES: u32 = 20;
/// The pause in between.
const AGAIN: Duration = Duration::from_millis(500);

/// An operator's place at the log of a shard.
pub struct Desk {
    runtime: Runtime,
    context: Context,
    access: Access,
    name: LogName,
}

/// Whether a stream was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Made {
    /// It was.
    Now,
    /// It was there.
    Before,
}

/// How a log begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Begun {
    /// Whether it began with this call.
    pub made: Made,
    /// Where its oldest message stands: behind the first position if it was trimmed.
    pub at: Position,
    /// The bytes of that message.
    pub bytes: Bytes,
}

/// What the servers say of a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StreamState {
    /// The position of the oldest message; behind the last if there is none.
    pub first: Position,
    /// The position of the newest message; the one before the first if there is none.
    pub last: Position,
    /// How many messages stand in it. Nothing is deleted inside, so anything else than all from first to last is damage.
    pub messages: u64,
    /// What they take, bytes.
    pub bytes: u64,
    /// What they may take, bytes; `None` if there is no bound.
    pub bytes_max: Option<u64>,
    /// The server that leads it, if one does.
    pub leader: Option<String>,
    /// The others that have a copy.
    pub replicas: Vec<Peer>,
    /// How many copies there are to be.
    pub copies: usize,
    /// What was noted when it was made.
    pub metadata: Vec<(String, String)>,
}

/// A server that has a copy, and does not lead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// Whether its copy is whole, as the leader sees it.
    pub is_current: bool,
    /// Whether it cannot be reached.
    pub is_offline: bool,
    /// By how many operations it is behind.
    pub lag: u64,
}

impl StreamState {
    /// How many copies are whole: that of the leader, and those that it sees to be.
    #[must_use]
    pub fn copies_current(&self) -> usize {
        let replicas = self.replicas.iter().filter(|peer| peer.is_current && !peer.is_offline).count();
        usize::from(self.leader.is_some()) + replicas
    }

    /// Each copy by its server: that of the leader first, of whom nobody says anything.
    pub fn servers(&self) -> impl Iterator<Item = (&str, Option<&Peer>)> {
        let leader = self.leader.iter().map(|name| (name.as_str(), None));
        leader.chain(self.replicas.iter().map(|peer| (peer.name.as_str(), Some(peer))))
    }

    /// How many messages are not there though they are between the first and the last.
    #[must_use]
    pub fn missing(&self) -> u64 {
        stream::lacks((self.first, self.last), self.messages)
    }
}

impl Desk {
    /// Connects.
    ///
    /// # Errors
    /// If nothing can be reached, or nobody lets us in.
    pub fn open(access: Access, name: LogName) -> Result<Self, DeskError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(OpenError::Thread)?;
        let unreachable = |why: String| DeskError::Unreachable { urls: access.shown(), why };
        let client = runtime.block_on(access.connect("holdfast operator", First::Now));
        let client = client.map_err(|error| match error {
            ConnectError::SetUp(error) => DeskError::Open(error),
            ConnectError::Refused(error) => unreachable(error.to_string()),
        })?;
        let context = runtime.block_on(async { context(client) });
        Ok(Self { runtime, context, access, name })
    }

    pub(crate) const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) const fn context(&self) -> &Context {
        &self.context
    }

    /// Which log it is at.
    #[must_use]
    pub const fn name(&self) -> &LogName {
        &self.name
    }

    /// Where the servers are, without secrets.
    #[must_use]
    pub fn servers(&self) -> String {
        self.access.shown()
    }

    /// What is wrong with the servers, as their monitors show them (`http://host:8222`), and with the stream, if there is one. Empty: nothing is.
    ///
    /// # Errors
    /// If the servers do not say whether there is a stream.
    pub fn check(&self, monitors: &[String]) -> Result<Vec<Unsafe>, DeskError> {
        let mut found = Vec::new();
        if monitors.is_empty() {
            found.push(Unsafe::Unwatched);
        } else {
            let looks: Vec<_> = monitors.iter().map(|url| monitor::look(url)).collect();
            let mut servers = Vec::new();
            for look in looks {
                match look {
                    Ok(server) => servers.push(server),
                    Err(silent) => found.push(silent),
                }
            }
            let all_answer = found.is_empty();
            found.extend(check::faults(&servers, all_answer));
        }
        // Without streams nobody answers what one is like.
        let has_streams = !found.iter().any(|fault| matches!(fault, Unsafe::NoStreams { .. }));
        if has_streams && let Some(info) = self.info()? {
            found.extend(stream::faults(&self.name, &info.config));
        }
        Ok(found)
    }

    /// What the servers say of the stream; `None` if there is none.
    ///
    /// # Errors
    /// If they do not say.
    pub fn state(&self) -> Result<Option<StreamState>, DeskError> {
        Ok(self.info()?.map(state_of))
    }

    /// As [`Desk::state`], asked once: for whoever looks again soon.
    ///
    /// # Errors
    /// If the servers do not answer now.
    pub fn look(&self) -> Result<Option<StreamState>, DeskError> {
        let name = self.name.stream();
        let asked = self.runtime.block_on(async { ask_for(&self.context, &name).await });
        let what = || format!("the servers do not say whether there is a stream {name}");
        asked.map(|info| info.map(state_of)).map_err(|why| DeskError::Failed { what: what(), why })
    }

    /// Waits so long, and answers meanwhile whether the connection is alive: servers close one that does not.
    pub fn wait(&self, pause: Duration) {
        // The sleep begins within the runtime, which has the clock for it.
        self.runtime.block_on(async { tokio::time::sleep(pause).await });
    }

    /// What each server itself says of its copy, as its monitor shows it (`http://host:8222`); those that have none are left out.
    #[must_use]
    pub fn copies(&self, monitors: &[String]) -> Vec<Result<CopySeen, Unsafe>> {
        let stream = self.name.stream();
        monitors.iter().filter_map(|url| monitor::copy(url, &stream).transpose()).collect()
    }

    /// Makes the stream, with so many copies, bounded to so many bytes, unless it is there. `notes` stand in it for people.
    ///
    /// # Errors
    /// If the servers refuse, or have one of this name that is otherwise: [`Desk::check`] says how.
    pub fn create(&self, copies: usize, bytes_max: u64, notes: &[(&str, String)]) -> Result<Made, DeskError> {
        if self.info()?.is_some() {
            return Ok(Made::Before);
        }
        let notes: HashMap<String, String> =
            notes.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
        let config = stream::wanted(&self.name, copies, bytes_max, notes);
        let what = format!(
            "stream {} cannot be made, in {copies} copies (cluster.copies) with room for {bytes_max} bytes each (cluster.log_bytes)",
            self.name.stream()
        );
        self.until_answered(&what, async || {
            self.context.create_stream(config.clone()).await.map(drop).map_err(|error| error.to_string())
        })?;
        Ok(Made::Now)
    }

    /// Writes the first message of the log, unless it has one, and says what it has.
    ///
    /// # Errors
    /// If the servers do not answer, or the log had messages and has none any more.
    pub fn begin(&self, genesis: &Bytes) -> Result<Begun, DeskError> {
        let what = format!("stream {} cannot be begun", self.name.stream());
        self.until_answered(&what, async || {
            let publish = PublishMessage::build().payload(genesis.clone()).expected_last_sequence(0);
            let publish = publish.expected_stream(self.name.stream());
            // Whether it was written or refused is not believed: what stands there decides.
            if let Ok(sent) = self.context.send_publish(self.name.subject(), publish).await {
                let _ = sent.await;
            }
            let found =
                stands_at(&self.context, &self.name.stream(), &self.name.subject(), Position(1)).await?;
            let state = self.context.get_stream(self.name.stream()).await;
            let state = state.map_err(|error| error.to_string())?;
            let is_empty = state.cached_info().state.last_sequence == 0;
            if found.is_none() && is_empty {
                Err("the message did not come to stand".to_owned())
            } else {
                Ok(())
            }
        })?;
        let state = self.state()?.ok_or_else(|| DeskError::NoStream(self.name.stream()))?;
        let bytes = self.read(state.first)?.ok_or(DeskError::Hole {
            at: state.first,
            first: state.first,
            last: state.last,
        })?;
        let made = if bytes == *genesis { Made::Now } else { Made::Before };
        Ok(Begun { made, at: state.first, bytes })
    }

    /// What stands at a position, as whoever leads says.
    ///
    /// # Errors
    /// If nobody says.
    pub fn read(&self, at: Position) -> Result<Option<Bytes>, DeskError> {
        let (stream, subject) = (self.name.stream(), self.name.subject());
        self.until_answered(&format!("position {at} of stream {stream} cannot be read"), async || {
            stands_at(&self.context, &stream, &subject, at).await
        })
    }

    /// Gives all messages from one position to another, both included, in their order. Several are read at once.
    ///
    /// # Errors
    /// If a read is not answered, or nothing stands at one of the positions.
    pub fn read_all(
        &self,
        first: Position,
        last: Position,
        mut each: impl FnMut(Position, Bytes),
    ) -> Result<(), DeskError> {
        let mut under_way: VecDeque<(Position, JoinHandle<Option<Bytes>>)> = VecDeque::new();
        let mut next = first;
        while next <= last || !under_way.is_empty() {
            while next <= last && (under_way.len() as u64) < READS {
                let (context, stream, subject) =
                    (self.context.clone(), self.name.stream(), self.name.subject());
                let at = next;
                let read = async move { stands_at(&context, &stream, &subject, at).await.ok().flatten() };
                under_way.push_back((at, self.runtime.spawn(read)));
                next = next.next();
            }
            let Some((at, read)) = under_way.pop_front() else { break };
            let found = match self.runtime.block_on(read).ok().flatten() {
                Some(bytes) => Some(bytes),
                None => self.read(at)?,
            };
            each(at, found.ok_or(DeskError::Hole { at, first, last })?);
        }
        Ok(())
    }

    fn info(&self) -> Result<Option<Info>, DeskError> {
        let name = self.name.stream();
        self.until_answered(&format!("the servers do not say whether there is a stream {name}"), async || {
            ask_for(&self.context, &name).await
        })
    }

    /// Asks again until there is an answer, or for as long as an election may take.
    fn until_answered<T>(
        &self,
        what: &str,
        mut ask: impl AsyncFnMut() -> Result<T, String>,
    ) -> Result<T, DeskError> {
        self.runtime.block_on(async {
            let mut tries = 0;
            loop {
                match ask().await {
                    Ok(answer) => return Ok(answer),
                    Err(why) if tries == TRIES => {
                        return Err(DeskError::Failed { what: what.to_owned(), why });
                    }
                    Err(_) => tries += 1,
                }
                tokio::time::sleep(AGAIN).await;
            }
        })
    }
}

/// What the servers say of a stream, as an operator reads it.
fn state_of(info: Info) -> StreamState {
    let cluster = info.cluster.unwrap_or_default();
    let replicas = cluster.replicas.into_iter().map(|peer| Peer {
        name: peer.name,
        is_current: peer.current,
        is_offline: peer.offline,
        lag: peer.lag.unwrap_or(0),
    });
    let mut metadata: Vec<_> = info.config.metadata.into_iter().collect();
    metadata.sort();
    StreamState {
        first: Position(info.state.first_sequence),
        last: Position(info.state.last_sequence),
        messages: info.state.messages,
        bytes: info.state.bytes,
        bytes_max: u64::try_from(info.config.max_bytes).ok().filter(|max| *max > 0),
        leader: cluster.leader.filter(|name| !name.is_empty()),
        replicas: replicas.collect(),
        copies: info.config.num_replicas,
        metadata,
    }
}

/// Whether there is a stream of this name, and what is said of it.
async fn ask_for(context: &Context, name: &str) -> Result<Option<Info>, String> {
    match context.get_stream(name).await {
        Ok(stream) => Ok(Some(stream.cached_info().clone())),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(said) if said.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Ok(None)
            }
            _ => Err(error.to_string()),
        },
    }
}
