//! The log as a node reaches it while it runs.
//!
//! A thread of its own has the connection and a runtime for it. What is asked goes there through a bounded queue, and what is heard comes
//! back through another; neither side ever waits for the other. A question for which there is no room, or no connection, is answered at once: as one
//! that was not answered. Nothing is asked twice here: whoever drives a machine does what the machine says.
//!
//! | what the servers do | what is heard |
//! | --- | --- |
//! | an acknowledgement of this stream | `Acked`, at the position that it names |
//! | a refusal ("wrong last sequence", full), "no responders", no answer within a second | `Unsure` |
//! | a message at the position that was asked for | `Read`, with its bytes |
//! | "no message found" | `Read`, with nothing |
//! | any other answer to a read, or none within a second | `Unread` |
//! | a message on the subject of the tail, with its position | `Seen` |
//!
//! The tail is a plain subscription to what the stream republishes: nothing of it is kept by the servers, so nothing has to be made, placed or found
//! again when one of them dies. It may leave messages out. Whoever misses one reads it.

use std::collections::VecDeque;
use std::error::Error as _;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::header::{NATS_SEQUENCE, NATS_STREAM};
use async_nats::jetstream::context::{ContextBuilder, PublishError};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::RawMessageErrorKind;
use async_nats::jetstream::{Context, ErrorCode, stream};
use async_nats::{Client, Message, Subscriber};
use bytes::Bytes;
use futures_core::Stream as _;
use holdfast_replica::{Event, Position, ReplicatedLog};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::access::{Access, ConnectError, First};
use crate::error::OpenError;
use crate::name::LogName;

/// An answer that did not come for so long does not come.
pub(crate) const ANSWER: Duration = Duration::from_secs(1);
/// Questions that wait for the thread. A machine has a window of messages and a read or two under way.
const ASKED_MAX: usize = 256;
/// Messages of the tail that wait for whoever drives the machine: those that do not fit are read by their positions.
const SEEN_MAX: usize = 256;
/// Bytes of them.
const SEEN_BYTES_MAX: usize = 16 << 20;

/// One shard's log on the servers, for one node. When it is dropped, its thread ends.
///
/// What a former process of the node has asked for is never answered here: numbers of appends may begin anew.
pub struct JetStream {
    asks: Option<mpsc::Sender<Ask>>,
    heard: Arc<Heard>,
    thread: Option<JoinHandle<()>>,
}

enum Ask {
    Append { asked: u64, after: Position, message: Bytes },
    Read { at: Position },
    Trim { below: Position },
    First,
}

/// What was heard and not asked for yet.
struct Heard {
    queue: Mutex<Queue>,
    /// The oldest position that the stream has; 0: not known yet.
    first: AtomicU64,
    /// The servers have said that the log is full, and have taken nothing since.
    is_full: AtomicBool,
    /// Told after something was put there.
    wake: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Queue {
    events: VecDeque<Event>,
    seen: usize,
    seen_bytes: usize,
}

impl JetStream {
    /// Opens the log of a shard. `node` is shown by the servers as the name of the connection; `wake` is called from the port's thread after
    /// something was put where [`ReplicatedLog::next`] finds it, and must not wait.
    ///
    /// The servers need not be there: the connection comes when it can, for ever, and until then nothing is answered.
    ///
    /// # Errors
    /// If the addresses, the credentials or the certificates cannot be used, or there is no thread to be had.
    pub fn open(
        access: Access,
        name: LogName,
        node: &str,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self, OpenError> {
        let heard = Arc::new(Heard::new(Box::new(wake)));
        let (asks, asked) = mpsc::channel(ASKED_MAX);
        let (ready, opened) = std::sync::mpsc::channel();
        let (node, for_thread) = (format!("holdfast {node}"), Arc::clone(&heard));
        let thread = std::thread::Builder::new().name("log-port".to_owned());
        let thread = thread.spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(ready.send(Err(OpenError::Thread(error)))),
            };
            runtime.block_on(async move {
                match access.connect(&node, First::Whenever).await {
                    Ok(client) => {
                        let _ = ready.send(Ok(()));
                        Worker::new(client, name, for_thread).run(asked).await;
                    }
                    Err(ConnectError::SetUp(error)) => drop(ready.send(Err(error))),
                    Err(ConnectError::Refused(error)) => {
                        drop(ready.send(Err(OpenError::SetUp(error.to_string()))));
                    }
                }
            });
            // Questions that are under way are nobody's any more.
            runtime.shutdown_background();
        });
        let thread = Some(thread.map_err(OpenError::Thread)?);
        let port = Self { asks: Some(asks), heard, thread };
        let opened = opened.recv();
        opened.unwrap_or_else(|_| Err(OpenError::SetUp("its thread has ended".to_owned())))?;
        Ok(port)
    }

    fn ask(&mut self, ask: Ask) {
        let Some(asks) = &self.asks else { return };
        if let Err(mpsc::error::TrySendError::Full(ask) | mpsc::error::TrySendError::Closed(ask)) =
            asks.try_send(ask)
        {
            match ask {
                Ask::Append { asked, .. } => self.heard.put(Event::Unsure { asked }),
                Ask::Read { at } => self.heard.put(Event::Unread { at }),
                Ask::Trim { .. } | Ask::First => {}
            }
        }
    }
}

impl ReplicatedLog for JetStream {
    fn append(&mut self, asked: u64, after: Position, message: Bytes) {
        self.ask(Ask::Append { asked, after, message });
    }

    fn read(&mut self, at: Position) {
        self.ask(Ask::Read { at });
    }

    fn trim(&mut self, below: Position) {
        self.ask(Ask::Trim { below });
    }

    fn first(&mut self) -> Option<Position> {
        self.ask(Ask::First);
        let first = self.heard.first.load(Ordering::Relaxed);
        (first > 0).then_some(Position(first))
    }

    fn is_full(&self) -> bool {
        self.heard.is_full.load(Ordering::Relaxed)
    }

    fn next(&mut self) -> Option<Event> {
        self.heard.take()
    }
}

impl Drop for JetStream {
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            // It has panicked if this fails, and has said so.
            let _ = thread.join();
        }
    }
}

impl Heard {
    fn new(wake: Box<dyn Fn() + Send + Sync>) -> Self {
        let (first, is_full) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { queue: Mutex::default(), first, is_full, wake }
    }

    fn put(&self, event: Event) {
        {
            let mut queue = self.queue.lock();
            if let Event::Seen { bytes, .. } = &event {
                if queue.seen >= SEEN_MAX || queue.seen_bytes + bytes.len() > SEEN_BYTES_MAX {
                    return;
                }
                queue.seen += 1;
                queue.seen_bytes += bytes.len();
            }
            queue.events.push_back(event);
        }
        (self.wake)();
    }

    fn take(&self) -> Option<Event> {
        let mut queue = self.queue.lock();
        let event = queue.events.pop_front()?;
        if let Event::Seen { bytes, .. } = &event {
            queue.seen -= 1;
            queue.seen_bytes -= bytes.len();
        }
        Some(event)
    }
}

/// What the thread has.
struct Worker {
    client: Client,
    context: Context,
    stream: Arc<str>,
    name: LogName,
    heard: Arc<Heard>,
}

impl Worker {
    fn new(client: Client, name: LogName, heard: Arc<Heard>) -> Self {
        let context = context(client.clone());
        Self { client, context, stream: name.stream().into(), name, heard }
    }

    /// Until nobody can ask any more.
    async fn run(self, mut asked: mpsc::Receiver<Ask>) {
        let mut tail = self.client.subscribe(self.name.tail()).await.ok();
        loop {
            tokio::select! {
                ask = asked.recv() => match ask {
                    Some(Ask::Append { asked, after, message }) => self.append(asked, after, message).await,
                    Some(Ask::Read { at }) => self.read(at),
                    Some(Ask::Trim { below }) => self.trim(below),
                    Some(Ask::First) => self.first(),
                    None => return,
                },
                message = next(&mut tail) => match message {
                    Some(message) => self.seen(&message),
                    // It ends only with the client; messages are read by their positions then.
                    None => tail = None,
                },
            }
        }
    }

    /// A question that would wait for a connection, and be sent when nobody expects it, is not sent.
    fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Sends in the order of the questions; who answers when is another matter.
    async fn append(&self, asked: u64, after: Position, message: Bytes) {
        let publish = PublishMessage::build().payload(message).expected_last_sequence(after.0);
        let publish = publish.expected_stream(&*self.stream);
        let sent = if self.is_connected() {
            self.context.send_publish(self.name.subject(), publish).await.ok()
        } else {
            None
        };
        let Some(sent) = sent else { return self.heard.put(Event::Unsure { asked }) };
        let (heard, stream) = (Arc::clone(&self.heard), Arc::clone(&self.stream));
        tokio::spawn(async move {
            let event = match sent.await {
                Ok(ack) if ack.stream == *stream && !ack.duplicate => {
                    heard.is_full.store(false, Ordering::Relaxed);
                    Event::Acked { asked, at: Position(ack.sequence) }
                }
                Ok(_) => Event::Unsure { asked },
                Err(error) => {
                    tracing::debug!(asked, "a message for the log is unsure: {error}");
                    if has_no_room(&error) && !heard.is_full.swap(true, Ordering::Relaxed) {
                        tracing::error!("the servers of the log have no room for more: {error}");
                    }
                    Event::Unsure { asked }
                }
            };
            heard.put(event);
        });
    }

    fn read(&self, at: Position) {
        if !self.is_connected() {
            return self.heard.put(Event::Unread { at });
        }
        let (heard, context) = (Arc::clone(&self.heard), self.context.clone());
        let (stream, subject) = (Arc::clone(&self.stream), self.name.subject());
        tokio::spawn(async move {
            let read = tokio::time::timeout(ANSWER, stands_at(&context, &stream, &subject, at)).await;
            heard.put(match read {
                Ok(Ok(found)) => Event::Read { at, found },
                Ok(Err(_)) | Err(_) => Event::Unread { at },
            });
        });
    }

    fn trim(&self, below: Position) {
        let (context, stream) = (self.context.clone(), Arc::clone(&self.stream));
        tokio::spawn(async move {
            let purge = async {
                let stream = context.get_stream_no_info(&*stream).await.map_err(|error| error.to_string())?;
                stream.purge().sequence(below.0).await.map_err(|error| error.to_string())
            };
            match tokio::time::timeout(ANSWER, purge).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::warn!("the log was not trimmed below {below}: {error}"),
                Err(_) => tracing::warn!("the log was not trimmed below {below}: no answer"),
            }
        });
    }

    fn first(&self) {
        if !self.is_connected() {
            return;
        }
        let (heard, context, stream) =
            (Arc::clone(&self.heard), self.context.clone(), Arc::clone(&self.stream));
        tokio::spawn(async move {
            // Asked again soon, whatever went wrong.
            if let Ok(Ok(stream)) = tokio::time::timeout(ANSWER, context.get_stream(&*stream)).await {
                heard.first.fetch_max(stream.cached_info().state.first_sequence, Ordering::Relaxed);
            }
        });
    }

    fn seen(&self, message: &Message) {
        let Some(headers) = &message.headers else { return };
        let is_ours = headers.get(NATS_STREAM).is_some_and(|stream| stream.as_str() == &*self.stream);
        let at = headers.get(NATS_SEQUENCE).and_then(|at| at.as_str().parse().ok()).filter(|_| is_ours);
        if let Some(at) = at {
            self.heard.put(Event::Seen { at: Position(at), bytes: message.payload.clone() });
        }
    }
}

/// Whether a message was refused as the stream, the account or the disks of the servers are full.
fn has_no_room(error: &PublishError) -> bool {
    let said = error.source().and_then(|source| source.downcast_ref::<async_nats::jetstream::Error>());
    said.is_some_and(|said| {
        [
            // Its bytes or its messages are as many as they may be.
            ErrorCode::STREAM_STORE_FAILED,
            ErrorCode::ACCOUNT_RESOURCES_EXCEEDED,
            ErrorCode::INSUFFICIENT_RESOURCES,
            ErrorCode::STORAGE_RESOURCES_EXCEEDED,
        ]
        .contains(&said.error_code())
    })
}

/// How JetStream is asked.
pub(crate) fn context(client: Client) -> Context {
    ContextBuilder::new()
        .timeout(ANSWER)
        .ack_timeout(ANSWER)
        .max_ack_inflight(ASKED_MAX)
        .backpressure_on_inflight(false)
        .build(client)
}

/// What whoever leads the stream says that stands at a position.
pub(crate) async fn stands_at(
    context: &Context,
    stream: &str,
    subject: &str,
    at: Position,
) -> Result<Option<Bytes>, String> {
    let stream: stream::Stream<()> =
        context.get_stream_no_info(stream).await.map_err(|error| error.to_string())?;
    match stream.get_raw_message(at.0).await {
        Ok(message) if message.sequence == at.0 && &*message.subject == subject => Ok(Some(message.payload)),
        Ok(message) => Err(format!("position {} of {} was answered", message.sequence, message.subject)),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The next message of the tail. Without a tail, there never is one.
async fn next(tail: &mut Option<Subscriber>) -> Option<Message> {
    match tail {
        Some(tail) => {
            let mut tail = pin!(tail);
            poll_fn(|context| tail.as_mut().poll_next(context)).await
        }
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn a_tail_that_nobody_reads_takes_a_bounded_amount_and_loses_no_answer() {
        let woken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        let wake = Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let heard = Heard::new(wake);
        let seen = |at| Event::Seen { at: Position(at), bytes: Bytes::from(vec![0; 1 << 20]) };
        for at in 1..=40 {
            heard.put(seen(at));
        }
        heard.put(Event::Unsure { asked: 7 });
        let events: Vec<Event> = std::iter::from_fn(|| heard.take()).collect();
        let kept = SEEN_BYTES_MAX >> 20;
        assert_eq!(events.len(), kept + 1);
        assert_eq!(events.last(), Some(&Event::Unsure { asked: 7 }));
        assert_eq!(woken.load(Ordering::Relaxed), kept + 1);
        heard.put(seen(41));
        assert_eq!(heard.take(), Some(seen(41)));
    }

    #[test]
    fn without_a_server_every_question_is_answered_as_one_that_was_not() {
        // Port 1 of this machine has no server.
        let access = Access { urls: vec!["nats://127.0.0.1:1".to_owned()], ..Access::default() };
        let (woken, wakes) = std::sync::mpsc::channel();
        let name = LogName::new("c", 0).unwrap();
        let mut port = JetStream::open(access, name, "n", move || {
            let _ = woken.send(());
        })
        .unwrap();
        port.append(3, Position(9), Bytes::from_static(b"x"));
        port.read(Position(4));
        let mut heard = Vec::new();
        while heard.len() < 2 {
            match port.next() {
                Some(event) => heard.push(event),
                None => wakes.recv().unwrap(),
            }
        }
        assert_eq!(heard, [Event::Unsure { asked: 3 }, Event::Unread { at: Position(4) }]);
    }

    #[test]
    fn what_cannot_be_used_is_refused_at_once() {
        let name = || LogName::new("c", 0).unwrap();
        let open = |access| JetStream::open(access, name(), "n", || {}).err().map(|error| error.to_string());
        let none = open(Access::default()).unwrap();
        assert!(none.contains("no address"), "{none}");
        let urls = vec!["nats://127.0.0.1:1".to_owned()];
        let credentials = Some("nothing of the kind".to_owned());
        let bad = open(Access { urls, credentials, tls: None }).unwrap();
        assert!(bad.contains("credentials"), "{bad}");
    }
}
