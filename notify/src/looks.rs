//! What is told without a record of its own: events out of service, a backup that is too old, and that nothing can be written.

use holdfast_engine::{
    At, Code, Condition, Engine, Millis, Mode, Notice, NoticeAsking, NoticeKind, Raised, Severity,
    mode_notice,
};

use crate::limits;

/// What was seen at the last look.
#[derive(Debug)]
pub(crate) struct Looks {
    /// How old the newest backup may be; 0 if nobody asked for backups.
    backup_age: Millis<u64>,
    started_at: At,
    /// As many events were out of service.
    out: usize,
    /// Since when it is so that nothing can be written, and whether it was told.
    stuck: Option<(Mode, At, bool)>,
    /// The mode that was told of without a record: that of the record which comes later is none of news.
    told: Option<Mode>,
}

impl Looks {
    pub(crate) const fn new(backup_age: Millis<u64>, started_at: At) -> Self {
        Self { backup_age, started_at, out: 0, stuck: None, told: None }
    }

    /// What is new since the last look, to be recorded.
    pub(crate) fn look(&mut self, engine: &Engine, now: At) -> Vec<NoticeAsking> {
        self.events(engine).into_iter().chain(self.backup(engine, now)).map(NoticeAsking::Raise).collect()
    }

    fn events(&mut self, engine: &Engine) -> Option<Raised> {
        let stats = engine.stats();
        let before = std::mem::replace(&mut self.out, stats.out_of_service);
        if stats.out_of_service <= before {
            return None;
        }
        let lost = stats.recovery.lost.first();
        let (says, code) =
            lost.map_or_else(|| (String::new(), Code::OUT_OF_SERVICE), |lost| (lost.to_string(), lost.code));
        Some(Raised {
            kind: NoticeKind::EventOut,
            severity: Severity::Critical,
            about: format!("{} of {} events", stats.out_of_service, stats.events).into(),
            says: says.into(),
            code: Some(code.text().into()),
        })
    }

    /// A server that never made one has as long as one that did.
    fn backup(&self, engine: &Engine, now: At) -> Option<Raised> {
        if self.backup_age == Millis(0) {
            return None;
        }
        let (last, since) = engine.router().notices().last_success("backup")?;
        let since = last.unwrap_or_else(|| since.max(self.started_at));
        let age = now.since(since);
        if age <= self.backup_age {
            return None;
        }
        let hours = age.0 / (60 * 60 * 1_000);
        let says = match last {
            Some(_) => format!("the last backup that succeeded is {hours} h old"),
            None => format!("no backup has succeeded for {hours} h"),
        };
        Some(Raised {
            kind: NoticeKind::BackupStale,
            severity: Severity::Critical,
            about: "backup".into(),
            says: says.into(),
            code: Some(Code::BACKUP_OLD.text().into()),
        })
    }

    /// Whether a record tells what was told when nothing could be written.
    pub(crate) fn is_known(&mut self, notice: &Notice) -> bool {
        let is_mode = |mode: &Mode| notice.kind == NoticeKind::ModeSet && *notice.about == *mode.word();
        self.told.take_if(|mode| is_mode(mode)).is_some()
    }

    /// That nothing can be written, once that has lasted: a record of it comes only when it is over.
    pub(crate) fn stuck(&mut self, condition: Condition, now: At) -> Option<Notice> {
        let Condition::Running(mode) = condition else { return None };
        if !mode.refuses_all() {
            self.stuck = None;
            return None;
        }
        let (_, since, told) = *self.stuck.get_or_insert((mode, now, false));
        let lasts = u128::from(now.since(since).0) >= limits::MODE_LASTS.as_millis();
        (lasts && !told).then(|| {
            (self.stuck, self.told) = (Some((mode, since, true)), Some(mode));
            mode_notice(mode, since)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_nothing_can_be_written_is_told_once_when_it_has_lasted() {
        let mut looks = Looks::new(Millis(0), At(0));
        let mut at = |mode, at| looks.stuck(Condition::Running(mode), At(at)).map(|notice| notice.at);
        assert_eq!(at(Mode::DiskFull, 1_000), None);
        assert_eq!(at(Mode::DiskFull, 5_999), None);
        assert_eq!(at(Mode::Normal, 6_000), None, "it was over before");
        assert_eq!(at(Mode::DiskFull, 7_000), None);
        assert_eq!(at(Mode::DiskStalled, 12_000), Some(At(7_000)), "since when it is so");
        assert_eq!(at(Mode::DiskFull, 90_000), None, "once");
        assert_eq!(at(Mode::DiskLow, 91_000), None);
        assert_eq!(at(Mode::DiskFull, 92_000), None);
        assert_eq!(at(Mode::DiskFull, 97_000), Some(At(92_000)), "another time");
    }
}
