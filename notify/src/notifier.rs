//! The threads: one that follows the log and decides, and one for each channel that sends.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender as Tell, SyncSender, TrySendError, channel, sync_channel,
};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast_engine::{At, Code, Engine, Following, Gap, Millis, Notice, NoticeAsking, NoticeKind, Severity};
use parking_lot::Mutex;

use crate::channel::Channel;
use crate::limits;
use crate::looks::Looks;
use crate::outbox::{Answer, Due, Outbox, Terms};
use crate::send::Sender;

/// What is the same for all channels.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What the server is called in messages.
    pub server: String,
    /// What follows the first of a kind within this time is told together, when the time is over; 0: each by itself.
    pub digest: Millis<u64>,
    /// The pause after the first try that failed; it doubles, up to [`limits::PAUSE_MAX`].
    pub retry: Millis<u64>,
    /// After so long a message is given up, and is a dead letter.
    pub give_up: Millis<u64>,
    /// How long a try may take.
    pub patience: Duration,
    /// How old the newest backup may be until that is told; 0: however old.
    pub backup_age: Millis<u64>,
}

/// The running threads. Owned by whoever runs the server, who ends them before the engine.
pub struct Notifier {
    said: Tell<Said>,
    thread: JoinHandle<()>,
    /// Closed when the thread has ended.
    gone: Receiver<()>,
}

/// What the thread that decides is told.
enum Said {
    /// What became of a message that a channel was sent: the channel by its place.
    Answered(usize, Box<Due>, Answer),
    /// The channels have other secrets.
    Replaced(Vec<Channel>),
    /// The process ends.
    End,
}

/// What a channel is to be from its next message on, if it is to be another.
type Next = Arc<Mutex<Option<Channel>>>;

impl Notifier {
    /// Sends what there is to tell from where each channel was left. A channel that is new begins now.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn start(engine: &Arc<Engine>, channels: Vec<Channel>, policy: Policy) -> io::Result<Self> {
        let (said, hears) = channel();
        let (alive, gone) = sync_channel::<()>(0);
        let planner = Planner::new(Arc::clone(engine), channels, policy, &said)?;
        let work = move || {
            planner.run(&hears);
            drop(alive);
        };
        let builder = thread::Builder::new().name("notify".to_owned()).stack_size(limits::STACK_BYTES);
        Ok(Self { said, thread: builder.spawn(work)?, gone })
    }

    /// Gives the channels the secrets and certificates that these have. Which channels there are stays as it was.
    pub fn replace(&self, channels: Vec<Channel>) {
        let _ = self.said.send(Said::Replaced(channels));
    }

    /// Notes how far the channels are, and ends. What is being sent is waited for a moment: if no answer comes by then, it is sent
    /// once more after the next start, under the same name.
    pub fn end(self) {
        let _ = self.said.send(Said::End);
        // It waits for no channel longer than that.
        let _ = self.gone.recv();
        if self.thread.join().is_err() {
            tracing::error!("the thread that tells people outside has ended in a panic");
        }
    }
}

/// One channel, and the thread that sends for it.
struct Line {
    channel: Channel,
    outbox: Outbox,
    work: SyncSender<Due>,
    next: Next,
}

struct Planner {
    engine: Arc<Engine>,
    lines: Vec<Line>,
    following: Following,
    looks: Looks,
    looked_at: At,
    gaps: u64,
    /// Whether the last note could be made: the log of the process says so once.
    notes: bool,
}

impl Planner {
    fn new(
        engine: Arc<Engine>,
        channels: Vec<Channel>,
        policy: Policy,
        said: &Tell<Said>,
    ) -> io::Result<Self> {
        let Policy { server, digest, retry, give_up, patience, backup_age } = policy;
        let (router, terms) = (engine.router(), Terms { digest, retry, give_up });
        let (desk, newest, now) = (router.notices(), Following::newest(router), router.now());
        let known = desk.known();
        let directory: String = engine.stats().directory_id.chars().take(8).collect();
        let mut lines = Vec::new();
        for (place, channel) in channels.into_iter().enumerate() {
            let names = (channel.name.as_str(), directory.as_str());
            let outbox = Outbox::new(names, (channel.filter(), terms), known.place(&channel.name), newest);
            let sender = Sender::new(channel.clone(), &server, patience);
            let next = Next::default();
            let work = sends(place, sender, (server.clone(), patience), said.clone(), Arc::clone(&next))?;
            lines.push(Line { channel, outbox, work, next });
        }
        for gone in known.channels().filter(|name| lines.iter().all(|line| line.outbox.name() != *name)) {
            tracing::info!(channel = gone, "a channel is not in the settings any more");
            let _ = desk.tell(NoticeAsking::Closed(gone.into()), now);
        }
        let since = lines.iter().map(|line| line.outbox.seen_upto()).min().unwrap_or(newest);
        let following = Following::since(router, since);
        let looks = Looks::new(backup_age, now);
        let mut planner = Self { engine, lines, following, looks, looked_at: At(0), gaps: 0, notes: true };
        // Where a new channel begins stands in the log before whatever it is to be told: a crash loses none of that.
        planner.note(now);
        // Whoever asks from the first connection on is told which channels there are.
        planner.show();
        Ok(planner)
    }

    fn run(mut self, hears: &Receiver<Said>) {
        loop {
            let is_all = self.turn();
            let wait = if is_all { self.wait() } else { Duration::ZERO };
            match hears.recv_timeout(wait) {
                Ok(Said::End) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(said) => self.hears(said),
                Err(RecvTimeoutError::Timeout) => {}
            }
            while let Ok(said) = hears.try_recv() {
                if matches!(said, Said::End) {
                    return self.end(hears);
                }
                self.hears(said);
            }
        }
        self.end(hears);
    }

    /// Looks, decides, hands out and notes. Returns whether all of the log was looked at that is there.
    fn turn(&mut self) -> bool {
        let now = self.engine.router().now();
        let is_all = self.read();
        self.see(now);
        let letters = self.engine.router().notices().redriven();
        for line in &mut self.lines {
            line.outbox.redrives(&letters, now);
            // The thread of a channel takes one message at a time.
            if let Some(due) = line.outbox.next(now)
                && let Err(TrySendError::Full(due) | TrySendError::Disconnected(due)) =
                    line.work.try_send(due)
            {
                line.outbox.answered(&due, &Answer::Later("its thread has ended".to_owned(), None), now);
            }
        }
        self.note(now);
        self.show();
        is_all
    }

    fn wait(&self) -> Duration {
        let now = self.engine.router().now();
        let due = self.lines.iter().filter_map(|line| line.outbox.due_at()).min();
        due.map_or(limits::LOOK_EVERY, |due| Duration::from_millis(due.since(now).0).min(limits::LOOK_EVERY))
    }

    /// Takes in what the log has.
    fn read(&mut self) -> bool {
        let Self { following, lines, looks, .. } = self;
        let read = following.read(|notice| {
            if !looks.is_known(&notice) {
                lines.iter_mut().for_each(|line| line.outbox.takes(&notice));
            }
        });
        let is_all = read.unwrap_or_else(|gap| {
            self.passed_over(&gap);
            false
        });
        let upto = self.following.upto();
        self.lines.iter_mut().for_each(|line| line.outbox.saw(upto));
        is_all
    }

    /// Log was let go of before it was looked at: the channels are told that there may have been something.
    fn passed_over(&mut self, gap: &Gap) {
        if gap.upto < gap.from {
            return;
        }
        self.gaps += 1;
        let Gap { from, upto, why } = gap;
        tracing::error!(code = %Code::FEED_TRIMMED, from, upto, why, "records of the log were not looked at: what was to be told of them is not");
        let notice = Notice {
            kind: NoticeKind::Missed,
            severity: Severity::Warning,
            lsn: *upto,
            at: self.engine.router().now(),
            about: format!("{from}-{upto}").into(),
            says: why.as_str().into(),
            code: Some(Code::FEED_TRIMMED.text().into()),
            who: None,
        };
        self.lines.iter_mut().for_each(|line| line.outbox.takes(&notice));
    }

    /// Takes in what no record tells of.
    fn see(&mut self, now: At) {
        if let Some(notice) = self.looks.stuck(self.engine.condition(), now) {
            self.lines.iter_mut().for_each(|line| line.outbox.takes_live(&notice));
        }
        if now.since(self.looked_at).0 < limits::SEEN_EVERY.as_millis() as u64 {
            return;
        }
        self.looked_at = now;
        let desk = self.engine.router().notices();
        for raised in self.looks.look(&self.engine, now) {
            if let Err(fault) = desk.tell(raised, now) {
                tracing::warn!(code = %fault.code, fault.message, "something is not told, as it cannot be recorded");
            }
        }
    }

    fn hears(&mut self, said: Said) {
        let now = self.engine.router().now();
        match said {
            Said::Answered(place, due, answer) => {
                let Some(line) = self.lines.get_mut(place) else { return };
                tell(line.outbox.name(), &due, &answer);
                line.outbox.answered(&due, &answer, now);
            }
            Said::Replaced(channels) => {
                for channel in channels {
                    let line = self.lines.iter_mut().find(|line| line.channel.name == channel.name);
                    if let Some(line) = line {
                        line.channel = channel.clone();
                        *line.next.lock() = Some(channel);
                    }
                }
            }
            Said::End => {}
        }
    }

    /// Notes how far the channels are, as far as that can be noted now.
    fn note(&mut self, now: At) {
        let desk = self.engine.router().notices();
        for line in &mut self.lines {
            while let Some(note) = line.outbox.note(now) {
                match desk.tell(note.clone(), now) {
                    Ok(_) => self.notes = true,
                    // It was dropped meanwhile.
                    Err(fault) if fault.code == Code::NO_LETTER => {}
                    Err(fault) => {
                        if std::mem::replace(&mut self.notes, false) {
                            tracing::warn!(code = %fault.code, fault.message, "it cannot be noted what was told: after a crash it is told again");
                        }
                        return;
                    }
                }
                line.outbox.noted(&note, now);
            }
        }
    }

    fn show(&self) {
        let shown = self.lines.iter().map(|line| line.outbox.show(line.channel.shown())).collect();
        self.engine.router().notices().show(shown, self.gaps);
    }

    /// Waits a moment for what is being sent, and notes what became of it.
    fn end(mut self, hears: &Receiver<Said>) {
        self.lines.iter_mut().for_each(|line| line.work = sync_channel(1).0);
        let waits = |planner: &Self| planner.lines.iter().any(|line| line.outbox.is_sending());
        let mut left = limits::END_MAX;
        let step = Duration::from_millis(50);
        while waits(&self) && !left.is_zero() {
            match hears.recv_timeout(step) {
                Ok(said) => self.hears(said),
                Err(RecvTimeoutError::Timeout) => left = left.saturating_sub(step),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.note(self.engine.router().now());
    }
}

/// The log of the process has each try that failed, and each message that was taken: without it nobody could say later what was told.
fn tell(channel: &str, due: &Due, answer: &Answer) {
    let (id, kind) = (&*due.id, due.message.first.kind.word());
    match answer {
        Answer::Taken => tracing::info!(channel, id, kind, "a message was taken"),
        Answer::Refused(why) | Answer::Later(why, _) => {
            tracing::warn!(code = %Code::CHANNEL_FAILS, channel, id, kind, why, "a message was not taken");
        }
    }
}

/// Starts the thread of a channel.
fn sends(
    place: usize,
    mut sender: Sender,
    (server, patience): (String, Duration),
    said: Tell<Said>,
    next: Next,
) -> io::Result<SyncSender<Due>> {
    let (work, todo) = sync_channel::<Due>(1);
    let name = format!("notify-{place}");
    let run = move || {
        while let Ok(due) = todo.recv() {
            if let Some(channel) = next.lock().take() {
                sender = Sender::new(channel, &server, patience);
            }
            let sent = catch_unwind(AssertUnwindSafe(|| sender.send(&due, wall())));
            let answer = sent.unwrap_or_else(|_| Answer::Later("sending it panicked".to_owned(), None));
            if said.send(Said::Answered(place, Box::new(due), answer)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name(name).stack_size(limits::STACK_BYTES).spawn(run)?;
    Ok(work)
}

/// Unix seconds. Receivers compare them with their own clock.
#[expect(clippy::disallowed_methods, reason = "receivers go by the clock on the wall")]
fn wall() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
