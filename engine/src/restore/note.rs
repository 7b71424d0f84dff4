//! What stands beside the snapshot of an event, so that it is known without being read: who it is, and whether anything
//! is due by itself.

use crate::numbers::At;
use crate::state::{Event, EventStatus, NAME_BYTES_MAX, Name};

const FORM: u8 = 1;
const _: () = assert!(18 + NAME_BYTES_MAX <= holdfast_snapshots::NOTE_BYTES_MAX);

/// What is noted of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Note {
    pub(crate) name: Name,
    pub(crate) status: EventStatus,
    /// The time of the newest record.
    pub(crate) last_at: At,
    /// When something is due by itself: a hold or a payment ends, the sale opens or closes.
    pub(crate) deadline: Option<At>,
}

impl Note {
    pub(crate) fn of(event: &Event) -> Self {
        let (name, status) = (event.name().clone(), event.status());
        Self { name, status, last_at: event.last_at(), deadline: event.next_deadline() }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORM, self.status as u8];
        bytes.extend(self.last_at.0.to_le_bytes());
        bytes.extend(self.deadline.unwrap_or(At(0)).0.to_le_bytes());
        bytes.extend(self.name.bytes());
        bytes
    }

    /// `None` if the bytes have a form that this version does not know: then the event is read.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let ([FORM, status], rest) = bytes.split_first_chunk()? else { return None };
        let (last_at, rest) = rest.split_first_chunk()?;
        let (deadline, name) = rest.split_first_chunk()?;
        let deadline = At(u64::from_le_bytes(*deadline));
        Some(Self {
            name: Name::new(name)?,
            status: EventStatus::from_number(*status)?,
            last_at: At(u64::from_le_bytes(*last_at)),
            deadline: Some(deadline).filter(|at| *at > At(0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These bytes are on disks, so they never change.
    #[test]
    fn notes_have_these_bytes_and_others_are_none() {
        let name = Name::new(b"gala").expect("a name");
        let note = Note { name, status: EventStatus::Closed, last_at: At(0x0102_0304), deadline: None };
        let bytes = b"\x01\x03\x04\x03\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0gala";
        assert_eq!(note.encode(), bytes);
        assert_eq!(Note::decode(bytes), Some(note.clone()));
        let due = Note { deadline: Some(At(7)), ..note };
        assert_eq!(Note::decode(&due.encode()), Some(due));
        for end in 0..19 {
            assert_eq!(Note::decode(&bytes[..end]), None, "{end}");
        }
        for (at, byte) in [(0, 2), (1, 200), (18, b' ')] {
            let mut other = bytes.to_vec();
            other[at] = byte;
            assert_eq!(Note::decode(&other), None, "{at}");
        }
    }
}
