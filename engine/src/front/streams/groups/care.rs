//! What people ask about groups that have terms, and a worker that acknowledges only what it still has.

use holdfast_wal::Lsn;

use super::super::read::After;
use super::lag::behind;
use super::{Asker, DeadLine, GroupName, GroupTold, Told, stream_of};
use crate::document::Document;
use crate::fault::Fault;
use crate::front::streams::StreamKey;
use crate::limits;
use crate::numbers::EntryId;
use crate::state::Name;
use crate::system::{
    By, Care, Chosen, DeadLetter, Generation, Group, GroupChange, GroupStream, Groups, Opening, PauseCause,
    Paused, Terms, WhichDead,
};

/// What is asked about a group that has terms.
#[derive(Clone, Debug)]
pub enum CareAsk {
    /// It is to be there, from this place on, with these terms.
    Open(After, Terms, By),
    /// How it does. Any group may be asked about.
    Info,
    /// It is to give out nothing new.
    Pause(By),
    /// It is to go on.
    Resume(By),
    /// It is to go on from there; or what would come of that, if it is dry. Any group may be moved.
    Move(After, bool, By),
    /// It is to be there no more.
    Close(By),
    /// A consumer has done an entry that it was given for the so-manieth time, if it still has it.
    Ack(Name, EntryId, u32),
    /// So many of the entries that were put aside, behind an id.
    Dead(EntryId, usize),
    /// Some of these are to be tried again; or what would be, if it is dry.
    Redrive(WhichDead, bool, By),
    /// Some of these are given up.
    Drop(WhichDead, By),
}

impl CareAsk {
    /// Who asks, if it is an act of an operator.
    #[must_use]
    pub const fn by_mut(&mut self) -> Option<&mut By> {
        match self {
            Self::Open(_, _, by)
            | Self::Pause(by)
            | Self::Resume(by)
            | Self::Move(_, _, by)
            | Self::Close(by)
            | Self::Redrive(_, _, by)
            | Self::Drop(_, by) => Some(by),
            Self::Info | Self::Ack(..) | Self::Dead(..) => None,
        }
    }
}

impl Asker<'_> {
    pub(super) async fn care(&self, of: &GroupName, mut ask: CareAsk) -> Told {
        if let Some(by) = ask.by_mut() {
            by.token = self.token.map(Into::into);
        }
        let told = match ask {
            CareAsk::Open(after, terms, by) => return self.open(of, (after, terms, by)).await,
            CareAsk::Info => self.info(of).await,
            CareAsk::Pause(by) => self.changes(of, |group| group.pause(by)),
            CareAsk::Resume(by) => self.changes(of, |group| group.resume(by)),
            CareAsk::Move(after, dry, by) => self.moves(of, (after, dry), by).await,
            CareAsk::Close(by) => self.close(of, by),
            CareAsk::Ack(consumer, id, deliveries) => self.act_on(of, |group| {
                let change = group.ack_own(consumer.as_str(), (id, deliveries));
                let count = u64::from(change.is_some());
                (change, GroupTold::Number(count))
            }),
            CareAsk::Dead(after, count) => self.dead(of, (after, count)).await,
            CareAsk::Redrive(which, dry, by) => self.redrive(of, (&which, dry), by),
            CareAsk::Drop(which, by) => self.act_on(of, |group| {
                let chosen = group.chosen(&which);
                let told = self.chosen_shown(group, &chosen);
                (group.drop_dead(&chosen.ids, by), GroupTold::Document(told))
            }),
        };
        match told {
            Ok(told) => Ok(told),
            Err(fault) => Err(self.better(&of.stream, fault).await),
        }
    }

    async fn open(&self, of: &GroupName, (after, terms, by): (After, Terms, By)) -> Told {
        let (stream, name) = of.key();
        self.desk().look(|groups| groups.has_none((&stream, name)))?.0?;
        let place = self.place(&of.stream, after).await?;
        let opening = Opening { stream, name: name.into(), place, terms, by };
        let bounds = self.desk().bounds();
        let open = |groups: &Groups| Ok((Some(groups.open(opening, bounds)?), GroupTold::Done));
        self.desk().act(open, self.router.now())
    }

    fn close(&self, of: &GroupName, by: By) -> Told {
        let (stream, name) = of.key();
        let close = |groups: &Groups| {
            let group = groups.named((&stream, name))?;
            Ok((Some(group.close(by)), group.id()))
        };
        let (id, rests_on) = self.desk().act(close, self.router.now())?;
        self.desk().forget(id, None);
        Ok((GroupTold::Done, rests_on))
    }

    /// What is already so is no act, and is told as done.
    fn changes(&self, of: &GroupName, change: impl FnOnce(&Group) -> Option<GroupChange>) -> Told {
        self.act_on(of, |group| (change(group), GroupTold::Done))
    }

    fn act_on(
        &self,
        of: &GroupName,
        act: impl FnOnce(&Group) -> (Option<GroupChange>, GroupTold),
    ) -> Result<(GroupTold, Lsn), Fault> {
        let (stream, name) = of.key();
        let judge = |groups: &Groups| groups.with_terms((&stream, name)).map(act);
        self.desk().act(judge, self.router.now())
    }

    fn redrive(&self, of: &GroupName, (which, dry): (&WhichDead, bool), by: By) -> Told {
        let bounds = self.desk().bounds();
        self.act_on(of, |group| {
            let chosen = group.redrives(which, bounds);
            let change = if dry { None } else { group.redrive(&chosen.ids, by) };
            (change, GroupTold::Document(self.chosen_shown(group, &chosen)))
        })
    }

    async fn dead(&self, of: &GroupName, (after, count): (EntryId, usize)) -> Told {
        let (stream, name) = of.key();
        let page = |groups: &Groups| {
            let group = groups.with_terms((&stream, name))?;
            let letters = group.dead_after(after).take(count + 1);
            Ok::<_, Fault>(letters.map(|(id, letter)| (id, letter.clone())).collect::<Vec<_>>())
        };
        let (page, rests_on) = self.desk().look(page)?;
        let mut page = page?;
        let next =
            if page.len() > count { page.get(count.saturating_sub(1)).map(|(id, _)| *id) } else { None };
        page.truncate(count);
        let mut lines = Vec::with_capacity(page.len());
        for (id, letter) in page {
            let entry = self.entry_of(id, letter.record.as_deref()).await;
            lines.push(DeadLine { id, letter, entry });
        }
        Ok((GroupTold::Dead(next, lines), rests_on))
    }

    /// One group, with how far it is behind.
    async fn info(&self, of: &GroupName) -> Told {
        let (stream, name) = of.key();
        let shown =
            |groups: &Groups| groups.named((&stream, name)).map(|group| (shown(group, self), behind(group)));
        let ((mut fields, behind), rests_on) = {
            let (shown, rests_on) = self.desk().look(shown)?;
            (shown?, rests_on)
        };
        let lag = self.lag_of(&of.stream, behind).await?;
        let entries = matches!(of.stream, StreamKey::Event(_)).then_some(lag.entries);
        let now = self.router.now();
        let waits = (!lag.is_behind_log).then(|| lag.oldest_at.map_or(0, |at| now.since(at).0));
        fields.push(("lag".into(), Document::or_nothing(entries)));
        fields.push(("lag_ms".into(), Document::or_nothing(waits)));
        fields.push(("is_behind_log".into(), u64::from(lag.is_behind_log).into()));
        Ok((GroupTold::Document(Document::Fields(fields)), rests_on))
    }

    /// All groups, or those of a stream.
    pub(super) async fn list(&self, stream: Option<&StreamKey>) -> Told {
        if let Some(stream) = stream {
            self.must_be_there(stream).await?;
        }
        let only = stream.map(stream_of);
        let may_see = |of: &GroupStream| match of {
            GroupStream::All => true,
            GroupStream::Event(event) => (self.reader.admitted)(event.as_bytes()),
        };
        let wanted = |group: &&Group| {
            only.as_ref().is_none_or(|only| only == group.stream()) && may_see(group.stream())
        };
        self.desk().look(|groups| {
            let all = groups.iter().filter(wanted).map(|group| Document::Fields(shown(group, self)));
            GroupTold::Document(Document::list(all))
        })
    }
}

/// What is known of a group without a look at its stream.
fn shown(group: &Group, asker: &Asker<'_>) -> Vec<(Box<str>, Document)> {
    let now = asker.router.now();
    let oldest = group.oldest_at().map(|at| now.since(at).0);
    let fields = Document::fields([
        ("stream", group.stream().to_string().into()),
        ("group", group.name().into()),
        ("state", state(group).into()),
        ("last", group.place().last.to_string().into()),
        ("consumers", (group.consumers().count() as u64).into()),
        ("pending", (group.pending_count() as u64).into()),
        ("oldest_pending_ms", Document::or_nothing(oldest)),
    ]);
    let Document::Fields(mut fields) = fields else { return Vec::new() };
    let Some(care) = group.care() else { return fields };
    let more = of_care((group, care));
    fields.extend(more.into_iter().map(|(name, value)| (name.into(), value)));
    if let Some(Generation { of, number, from, until, only }) = group.generation() {
        fields.extend([
            ("generation_of".into(), (&**of).into()),
            ("generation".into(), (*number).into()),
            ("from".into(), from.to_string().into()),
            ("until".into(), until.to_string().into()),
            ("only".into(), Document::or_nothing(only.as_deref())),
        ]);
    }
    fields
}

fn of_care((group, care): (&Group, &Care)) -> [(&'static str, Document); 12] {
    let (terms, tally) = (care.terms(), care.tally());
    let why = care.paused().map(|Paused { cause, .. }| match cause {
        PauseCause::Failures(failed, all) => format!("{failed} of {all} failed"),
        PauseCause::Operator(by) => format!("{}: {}", by.operator, by.reason),
    });
    [
        ("dead", (care.dead_count() as u64).into()),
        ("redelivered", tally.again.into()),
        ("died", tally.died.into()),
        ("paused_since", Document::or_nothing(care.paused().map(|paused| paused.since.0))),
        ("paused_why", Document::or_nothing(why)),
        ("kinds", Document::list(terms.kinds.iter().map(|kind| (&**kind).into()))),
        ("deliveries", u64::from(terms.deliveries).into()),
        ("backoff", Document::list([terms.first.0.into(), terms.max.0.into()])),
        ("pause", Document::list([u64::from(terms.pause_percent).into(), terms.pause_window.0.into()])),
        ("serial", u64::from(terms.serial).into()),
        ("held_back", (group.held_back() as u64).into()),
        ("next_due", Document::or_nothing(care.next_at().map(|at| at.0))),
    ]
}

fn state(group: &Group) -> &'static str {
    match group.care().and_then(Care::paused).map(|paused| &paused.cause) {
        None => "runs",
        Some(PauseCause::Failures(..)) => "stopped",
        Some(PauseCause::Operator(_)) => "paused",
    }
}

impl Asker<'_> {
    /// What becomes of dead letters, or would.
    fn chosen_shown(&self, group: &Group, chosen: &Chosen) -> Document {
        let Chosen { ids, missing, quarantined, no_room } = chosen;
        let now = self.router.now();
        let is_late = |letter: &&DeadLetter| now.since(letter.delivered_at) > limits::REDRIVE_LATE;
        let late = ids.iter().filter_map(|id| group.letter(*id)).filter(is_late).count();
        Document::fields([
            ("letters", (ids.len() as u64).into()),
            ("late", (late as u64).into()),
            ("quarantined", (*quarantined).into()),
            ("no_room", (*no_room).into()),
            ("missing", (*missing).into()),
        ])
    }
}
