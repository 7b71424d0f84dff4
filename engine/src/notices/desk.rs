//! What is asked about messages for people outside, and what the notifier tells of them.

use holdfast_wal::Lsn;
use parking_lot::Mutex;

use super::shown::{ChannelShown, act, channel, letter};
use crate::actor::SharedSystem;
use crate::document::Document;
use crate::fault::Fault;
use crate::numbers::At;
use crate::system::{
    By, Execution, ExecutionId, Letter, NoticeAsking, Notices, RunOfSystem, System, Which, no_channel,
};

/// What is asked about messages for people outside.
#[derive(Clone, Debug)]
pub enum NotifyAsk {
    /// Which channels there are, and how they do.
    List,
    /// Messages that no channel took, the newest first: of this channel if one is named, older than this number, at most so many.
    Dead(Option<Box<str>>, u64, u32),
    /// What people did, the newest first.
    Acts,
    /// Dead letters are to be sent again.
    Redrive(Which, By),
    /// Dead letters are given up.
    Drop(Which, By),
    /// A channel is to be sent something, so that somebody sees that it works.
    Test(Box<str>, By),
}

impl NotifyAsk {
    /// Who asks, if it is an act.
    pub(crate) const fn by_mut(&mut self) -> Option<&mut By> {
        match self {
            Self::Redrive(_, by) | Self::Drop(_, by) | Self::Test(_, by) => Some(by),
            Self::List | Self::Dead(..) | Self::Acts => None,
        }
    }
}

/// Figures about what is told.
#[derive(Clone, Default, Debug)]
pub struct NoticeStats {
    /// The channels, in the order of the settings.
    pub channels: Vec<ChannelShown>,
    /// The dead letters of each, and how many messages it took since it was in the settings first; in the same order.
    pub sums: Vec<(u64, u64)>,
    /// Dead letters over all channels, also those that are not in the settings any more.
    pub dead: u64,
    /// Dead letters that were forgotten, as there were too many.
    pub forgotten: u64,
    /// Things to tell that were passed over, as their log was let go of or could not be read.
    pub gaps: u64,
}

/// Where the notifier and those who ask about it meet: the system event, and a board on which the notifier tells how the
/// channels do.
pub struct NoticeDesk {
    core: SharedSystem,
    board: Mutex<Board>,
}

#[derive(Default)]
struct Board {
    channels: Vec<ChannelShown>,
    gaps: u64,
}

impl NoticeDesk {
    pub(crate) fn new(core: SharedSystem) -> Self {
        Self { core, board: Mutex::default() }
    }

    /// Tells how the channels do, in the order of the settings, and how often log was passed over.
    pub fn show(&self, channels: Vec<ChannelShown>, gaps: u64) {
        *self.board.lock() = Board { channels, gaps };
    }

    /// What is known of what was told; nothing if the system event is out of service.
    #[must_use]
    pub fn known(&self) -> Notices {
        self.core.lock().system().map(|system| system.notices().clone()).unwrap_or_default()
    }

    /// The run of the process, as far as it is recorded.
    pub(crate) fn run(&self) -> Option<RunOfSystem> {
        self.core.lock().system().map(|system| system.run().clone())
    }

    /// An execution that is known.
    pub(crate) fn execution(&self, id: ExecutionId) -> Option<Execution> {
        self.core.lock().system()?.executions().get(id).cloned()
    }

    /// When a job was done well last, and when the books of the process began.
    #[must_use]
    pub fn last_success(&self, job: &str) -> Option<(Option<At>, At)> {
        let core = self.core.lock();
        let system = core.system()?;
        let of_job = system.executions().of_jobs().into_iter().find(|figures| &*figures.job == job);
        Some((of_job.map(|figures| figures.succeeded_at).filter(|at| at.0 > 0), system.sums().since))
    }

    /// Dead letters that are to be sent again.
    #[must_use]
    pub fn redriven(&self) -> Vec<Letter> {
        let core = self.core.lock();
        let letters = core.system().into_iter().flat_map(|system| system.notices().letters());
        letters.filter(|letter| letter.is_redriven).cloned().collect()
    }

    /// Records what the notifier tells. Returns whether there is something new.
    ///
    /// # Errors
    /// If nothing can be recorded now, or it does not fit to what is known.
    pub fn tell(&self, asking: NoticeAsking, now: At) -> Result<bool, Fault> {
        self.core.lock().notify(asking, now).map(|made| made.is_some())
    }

    /// Figures for operators.
    pub(crate) fn stats(&self) -> NoticeStats {
        let board = self.board.lock();
        let (channels, gaps) = (board.channels.clone(), board.gaps);
        drop(board);
        let core = self.core.lock();
        let none = Notices::default();
        let known = core.system().map_or(&none, System::notices);
        let sums = channels.iter().map(|shown| {
            let dead = known.letters().filter(|letter| letter.channel == shown.name).count();
            (dead as u64, known.place(&shown.name).map_or(0, |place| place.taken))
        });
        let sums = sums.collect();
        NoticeStats {
            channels,
            sums,
            dead: known.letters().count() as u64,
            forgotten: known.forgotten(),
            gaps,
        }
    }

    /// What is answered to this, and the record that has to be durable before it is told.
    ///
    /// # Errors
    /// Why it is refused; nothing has changed then.
    pub(crate) fn ask(&self, ask: NotifyAsk, now: At) -> Result<(Document, Lsn), Fault> {
        match ask {
            NotifyAsk::List => {
                let shown = self.board.lock().channels.clone();
                Ok(self.look(|notices| Document::list(shown.iter().map(|shown| channel(shown, notices)))))
            }
            NotifyAsk::Dead(of, cursor, count) => {
                Ok(self.look(|notices| dead(notices, of.as_deref(), (cursor, count))))
            }
            NotifyAsk::Acts => Ok(self.look(|notices| Document::list(notices.acts().rev().map(act)))),
            NotifyAsk::Redrive(which, by) => {
                let letters = self.known();
                let gone = letters.letters().find(|letter| which.has(letter) && !self.has(&letter.channel));
                if let Some(letter) = gone {
                    return Err(no_channel(&letter.channel));
                }
                self.act(("REDRIVE", which.text()), NoticeAsking::Redrive(which, by), now)
            }
            NotifyAsk::Drop(which, by) => {
                self.act(("DROP", which.text()), NoticeAsking::Drop(which, by), now)
            }
            NotifyAsk::Test(channel, by) => {
                if !self.has(&channel) {
                    return Err(no_channel(&channel));
                }
                self.act(("TEST", channel.clone()), NoticeAsking::Test(channel, by), now)
            }
        }
    }

    /// Whether the settings have this channel.
    fn has(&self, channel: &str) -> bool {
        self.board.lock().channels.iter().any(|shown| &*shown.name == channel)
    }

    fn look<T>(&self, look: impl FnOnce(&Notices) -> T) -> (T, Lsn) {
        let core = self.core.lock();
        let none = Notices::default();
        (look(core.system().map_or(&none, System::notices)), core.last_lsn())
    }

    fn act(
        &self,
        (act, about): (&str, Box<str>),
        asking: NoticeAsking,
        now: At,
    ) -> Result<(Document, Lsn), Fault> {
        let mut core = self.core.lock();
        let (version, at) = core.notify(asking, now)?.unwrap_or_default();
        let told = Document::fields([
            ("act", act.into()),
            ("about", (&*about).into()),
            ("version", version.into()),
            ("at", at.0.into()),
        ]);
        Ok((told, core.last_lsn()))
    }
}

fn dead(notices: &Notices, of: Option<&str>, (cursor, count): (u64, u32)) -> Document {
    let fits =
        |one: &&Letter| of.is_none_or(|of| *of == *one.channel) && (cursor == 0 || one.number < cursor);
    let mut page: Vec<_> = notices.letters().rev().filter(fits).take(count as usize + 1).collect();
    let has_more = page.len() > count as usize;
    page.truncate(count as usize);
    let next = if has_more { page.last().map_or(0, |last| last.number) } else { 0 };
    Document::list([next.into(), Document::list(page.into_iter().map(letter))])
}
