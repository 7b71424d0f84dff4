//! Reads all of the log that is kept, and looks whether it is what was written.

use holdfast_wal::{KeptSegment, Log, ReadError};

use crate::catalogue::Code;
use crate::codec::{decode_place, decode_record, decode_system, event_of};
use crate::fault::Fault;
use crate::jobs::{Interrupted, Job, JobRun, Plan, Unfinished, no_arguments};
use crate::limits;
use crate::numbers::EventId;
use crate::system::Outcome;

/// Reads the log beside the sale.
pub(crate) struct VerifyLog {
    log: Log,
}

impl VerifyLog {
    pub(crate) const fn new(log: Log) -> Self {
        Self { log }
    }

    /// Reads a segment; what is wrong with it is a finding.
    fn verify(
        &self,
        segment: KeptSegment,
        outcome: &mut Outcome,
        sums: &mut Sums,
        mut step: impl FnMut() -> Result<(), Interrupted>,
    ) -> Result<(), Interrupted> {
        let found = |outcome: &mut Outcome, error: &ReadError| match error {
            // It was let go of meanwhile: nothing needs it.
            ReadError::Released { .. } => {}
            error => outcome.finding(&format!("segment {}: {error}", segment.number)),
        };
        let mut reader = match self.log.read_segment(segment.number, 0, segment.first.previous()) {
            Ok(reader) => reader,
            Err(error) => {
                found(outcome, &error);
                return Ok(());
            }
        };
        loop {
            let chunk = match reader.next(limits::FEED_READ_BYTES) {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Ok(()),
                Err(error) => {
                    found(outcome, &error);
                    return Ok(());
                }
            };
            for (lsn, bytes) in chunk.groups().flat_map(|group| group.records()) {
                sums.records += 1;
                sums.bytes += bytes.len() as u64;
                outcome.mix(bytes);
                let read = match event_of(bytes) {
                    Some(EventId::SYSTEM) => decode_system(bytes).map(drop),
                    None if decode_place(bytes).is_some() => Ok(()),
                    _ => decode_record(bytes).map(drop),
                };
                if let Err(error) = read {
                    outcome.finding(&format!("record {}: {error}", lsn.0));
                }
            }
            step()?;
        }
    }
}

#[derive(Default)]
struct Sums {
    records: u64,
    bytes: u64,
}

impl Job for VerifyLog {
    fn name(&self) -> &'static str {
        "verify-log"
    }

    fn usage(&self) -> &'static str {
        ""
    }

    fn summary(&self) -> &'static str {
        "reads all of the log that is kept, and looks whether it is what was written"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<Plan, Fault> {
        no_arguments(self.name(), arguments)?;
        let segments = self.log.segments();
        let steps = vec![format!("{} segments of the log are read; nothing is changed", segments.len())];
        Ok(Plan { steps, items: segments.len() as u64 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        let (mut outcome, mut sums) = (Outcome::default(), Sums::default());
        let segments = self.log.segments();
        let of = segments.len() as u64;
        for (done, segment) in segments.into_iter().enumerate() {
            self.verify(segment, &mut outcome, &mut sums, || run.step(done as u64, of, ""))?;
        }
        run.step(of, of, "")?;
        outcome.figure("segments", of);
        outcome.figure("records", sums.records);
        outcome.figure("bytes", sums.bytes);
        outcome.unless_found(Code::LOG_DAMAGED)
    }
}
