//! Sealed segments as a start lists them, of which most are not read.

use crate::lsn::Lsn;
use crate::segment::file::Segment;
use crate::segment::set::Sealed;
use crate::segment::walk::start_of;
use crate::storage::Storage;

/// Describes segments without reading their groups; `next` is the first record after them.
pub(super) fn list(storage: &dyn Storage, numbers: &[u64], mut next: Lsn) -> Vec<Sealed> {
    let mut listed = Vec::new();
    for number in numbers.iter().rev() {
        // An unreadable segment is not needed now: it counts as empty and is removed together with its neighbour.
        let segment = Segment::peek(storage, *number);
        let start = segment.as_ref().and_then(start_of).map_or(next, |start| start.last.next().min(next));
        let last = Lsn(next.0 - 1);
        listed.push(match segment {
            Some(segment) => described(storage, &segment, start, last),
            None => Sealed { number: *number, first: start, last, length: 0, bytes: 0 },
        });
        next = start;
    }
    listed.reverse();
    listed
}

pub(super) fn described(storage: &dyn Storage, segment: &Segment, first: Lsn, last: Lsn) -> Sealed {
    let (number, length) = (segment.header.number, segment.header.bytes);
    // A medium that does not tell is taken to have given nothing back.
    let bytes = storage.bytes_taken(&segment.path).map_or(length, |taken| taken.min(length));
    Sealed { number, first, last, length, bytes }
}
