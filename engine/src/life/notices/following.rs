//! Follows the log as it becomes durable, for what people outside are to be told of.

use holdfast_wal::{Chunk, Lsn, ReadError};

use super::told::Teller;
use crate::catalogue::Code;
use crate::codec::{Framed, FramedSystem, Topic, decode_record, decode_system, event_of, topic_of};
use crate::front::router::Router;
use crate::journal::log_place::LogFollower;
use crate::numbers::EventId;
use crate::system::Notice;

/// A place in the log, and what is known of the records before it.
pub struct Following {
    router: Router,
    follower: LogFollower,
    /// The newest record that was looked at.
    since: Lsn,
    /// Records that were looked for and are not in the log any more: the first and the last one.
    missing: Option<(u64, u64)>,
    teller: Teller,
}

/// Log that was passed over, as it was let go of or cannot be read: what was to be told of it is not.
#[derive(Debug)]
pub struct Gap {
    /// The first record that was not looked at.
    pub from: u64,
    /// The last one.
    pub upto: u64,
    /// Why.
    pub why: String,
}

impl Following {
    /// Reads what stands behind this record. To be called from one thread.
    #[must_use]
    pub fn since(router: &Router, lsn: u64) -> Self {
        let (router, teller) = (router.clone(), Teller::new(router.clone()));
        let since = Lsn(lsn);
        Self { router, follower: LogFollower::since(since), since, missing: None, teller }
    }

    /// The newest record that is durable now: where whoever is new begins.
    #[must_use]
    pub fn newest(router: &Router) -> u64 {
        router.log().durable().0
    }

    /// The last record that was looked at.
    #[must_use]
    pub fn upto(&self) -> u64 {
        self.since.0
    }

    /// Hands out what there is to tell of the records that have become durable, or of a good part of them, in their order. Returns
    /// whether those were all.
    ///
    /// # Errors
    /// What was passed over. It goes on behind that.
    pub fn read(&mut self, mut sees: impl FnMut(Notice)) -> Result<bool, Gap> {
        let before = self.upto();
        match self.try_read(&mut sees) {
            Ok(is_all) => match self.missing.take() {
                None => Ok(is_all),
                // Feeds need no records of the system event: what is kept for them alone has none.
                Some(missing) => Err(self.passed_over(missing, "the log was thinned".to_owned())),
            },
            Err(error) => {
                let log = self.router.log();
                // What is still there is read; what cannot be read is passed over up to what is durable.
                let next = match &error {
                    ReadError::Released { .. } => log.first_lsn().previous(),
                    _ => log.durable(),
                };
                let next = next.max(Lsn(self.upto()));
                (self.follower, self.since, self.missing) = (LogFollower::since(next), next, None);
                Err(self.passed_over((before + 1, next.0), error.to_string()))
            }
        }
    }

    fn passed_over(&mut self, (from, upto): (u64, u64), why: String) -> Gap {
        self.teller.passed_over();
        Gap { from, upto, why }
    }

    fn try_read(&mut self, sees: &mut impl FnMut(Notice)) -> Result<bool, ReadError> {
        let Self { router, follower, since, missing, teller } = self;
        let log = router.log();
        if log.durable() <= *since {
            return Ok(true);
        }
        follower.read(log, |chunk| hand_out(chunk, (&mut *since, &mut *missing), teller, sees))
    }
}

/// Those of the records behind `last` that are to be told of. Of most others the header alone is looked at. Notes those that are not
/// there.
fn hand_out(
    chunk: &Chunk,
    (last, missing): (&mut Lsn, &mut Option<(u64, u64)>),
    teller: &mut Teller,
    sees: &mut impl FnMut(Notice),
) {
    for group in chunk.groups() {
        for (lsn, bytes) in group.records() {
            if lsn <= *last {
                continue;
            }
            if lsn > last.next() {
                let from = missing.map_or(last.0 + 1, |(from, _)| from);
                *missing = Some((from, lsn.0 - 1));
            }
            *last = lsn;
            let told = if event_of(bytes) == Some(EventId::SYSTEM) {
                decode_system(bytes).map(|FramedSystem { record, .. }| teller.of_system(&record, lsn.0))
            } else if topic_of(bytes).is_some_and(|(_, topic)| topic == Topic::Status) {
                decode_record(bytes).map(|Framed { event, record, .. }| teller.of_sale(event, &record, lsn.0))
            } else {
                continue;
            };
            match told {
                Ok(told) => told.into_iter().for_each(&mut *sees),
                Err(error) => {
                    tracing::error!(code = %Code::FEED_UNREADABLE, lsn = lsn.0, %error, "a record cannot be read: it is not told");
                }
            }
        }
    }
}
