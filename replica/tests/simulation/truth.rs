//! The valid log, found by a second reading of the rule that shares no code with the first: offsets as `replica/FORMAT.md` draws them.

use std::collections::BTreeMap;

use bytes::Bytes;
use holdfast_replica::Position;
use holdfast_testkit::MemoryLog;
use ring::digest::{SHA256, digest};

/// What was found so far.
#[derive(Default)]
pub(crate) struct Truth {
    /// How many messages were looked at.
    seen: u64,
    epoch: u64,
    closed: bool,
    link: Vec<u8>,
    /// The valid messages that are no beats.
    pub(crate) valid: BTreeMap<u64, Bytes>,
    /// The operations, in their order, and where each stands.
    pub(crate) order: Vec<u64>,
    pub(crate) stands: BTreeMap<u64, (u64, u64)>,
    records: u64,
    pub(crate) void: u64,
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

impl Truth {
    /// Looks at all that the log has by now. An error is a promise that the valid log itself breaks.
    pub(crate) fn read(&mut self, log: &MemoryLog) -> Result<(), String> {
        while let Some(bytes) = log.at(Position(self.seen + 1)) {
            self.seen += 1;
            self.message(&bytes)?;
        }
        Ok(())
    }

    fn message(&mut self, bytes: &Bytes) -> Result<(), String> {
        let is_whole = bytes.len() >= 128 && {
            let told = [&bytes[..96], &bytes[128..]].concat();
            digest(&SHA256, &told).as_ref() == &bytes[96..128]
        };
        if !is_whole {
            self.void += 1;
            return Ok(());
        }
        let (kind, epoch, before) = (bytes[6], u64_at(bytes, 32), &bytes[64..96]);
        let counts = match kind {
            1 => self.seen == 1,
            3 => epoch > self.epoch,
            _ => epoch == self.epoch && !self.closed,
        };
        if !counts || (kind != 1 && before != self.link) {
            self.void += 1;
            return Ok(());
        }
        if kind == 4 {
            return Ok(());
        }
        if kind == 3 {
            (self.epoch, self.closed) = (epoch, false);
        }
        self.closed |= kind == 5;
        self.link = bytes[96..128].to_vec();
        self.valid.insert(self.seen, bytes.clone());
        if kind == 2 { self.group(epoch, bytes) } else { Ok(()) }
    }

    /// The first record of a group is its place; each other one is an operation, and the one that it was judged behind.
    fn group(&mut self, epoch: u64, bytes: &[u8]) -> Result<(), String> {
        let first = u64_at(bytes, 40);
        if first != self.records + 1 {
            return Err(format!(
                "numbers: record {first} stands at {}, where {} is due",
                self.seen,
                self.records + 1
            ));
        }
        let (mut rest, mut count) = (&bytes[128..], 0);
        while !rest.is_empty() {
            let (record, behind) = rest[4..].split_at(u32_at(rest, 0));
            (rest, count) = (behind, count + 1);
            if count == 1 {
                continue;
            }
            let (operation, judged) = (u64_at(record, 0), u64_at(record, 8));
            let newest = self.order.last().copied().unwrap_or(0);
            if judged != newest {
                return Err(format!(
                    "order: operation {operation} was judged behind {judged}, and stands behind {newest}"
                ));
            }
            if self.stands.insert(operation, (self.seen, epoch)).is_some() {
                return Err(format!(
                    "twice: operation {operation} is in the valid log again at {}",
                    self.seen
                ));
            }
            self.order.push(operation);
        }
        self.records += count;
        Ok(())
    }
}
