//! What stands beside the snapshot of an event, so that it is known without being read: who it is, and whether anything
//! is due by itself.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use smallvec::SmallVec;

use crate::numbers::At;
use crate::state::{Counts, Event, EventFigures, EventStatus, NAME_BYTES_MAX, Name, Standing};

/// Without figures.
const FIRST_FORM: u8 = 1;
const FORM: u8 = 2;
/// Five counts of at most 5 bytes, nine of at most 9, and a time that need not be there.
const FIGURES_BYTES_MAX: usize = 5 * 5 + 9 * 9 + 10;
const _: () = assert!(19 + FIGURES_BYTES_MAX + NAME_BYTES_MAX <= holdfast_snapshots::NOTE_BYTES_MAX);

const FIGURES: Configuration<LittleEndian, Varint, Limit<FIGURES_BYTES_MAX>> =
    bincode::config::standard().with_limit::<FIGURES_BYTES_MAX>();

/// What is noted of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Note {
    pub(crate) name: Name,
    pub(crate) status: EventStatus,
    /// The time of the newest record.
    pub(crate) last_at: At,
    /// When something is due by itself: a hold or a payment ends, the sale opens or closes.
    pub(crate) deadline: Option<At>,
    /// Those of the event; notes of the first form have none.
    pub(crate) figures: Option<PackedFigures>,
}

/// The figures of an event at rest, as few bytes: there may be many such events. They have memory of their own only where they
/// are more than a hall usually has: see the names in the directory of events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PackedFigures(SmallVec<[u8; 40]>);

impl PackedFigures {
    pub(crate) fn of(seats: &Counts, standing: &Standing) -> Self {
        let bytes = bincode::encode_to_vec((seats, standing), FIGURES);
        Self(SmallVec::from_slice(&bytes.expect("numbers have an encoding")))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let packed = Self(bytes.into());
        packed.read().is_some().then_some(packed)
    }

    fn read(&self) -> Option<(Counts, Standing)> {
        let (read, length) = bincode::decode_from_slice(&self.0, FIGURES).ok()?;
        (length == self.0.len()).then_some(read)
    }

    pub(crate) fn standing(&self) -> Standing {
        self.read().map_or_else(Standing::default, |(_, standing)| standing)
    }

    pub(crate) fn figures(&self, status: EventStatus) -> Option<EventFigures> {
        self.read().map(|(seats, standing)| EventFigures { status, seats, standing })
    }
}

impl Note {
    pub(crate) fn of(event: &Event) -> Self {
        let EventFigures { status, seats, standing } = event.figures();
        Self {
            name: event.name().clone(),
            status,
            last_at: event.last_at(),
            deadline: event.next_deadline(),
            figures: Some(PackedFigures::of(&seats, &standing)),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let form = if self.figures.is_some() { FORM } else { FIRST_FORM };
        let mut bytes = vec![form, self.status as u8];
        bytes.extend(self.last_at.0.to_le_bytes());
        bytes.extend(self.deadline.unwrap_or(At(0)).0.to_le_bytes());
        if let Some(PackedFigures(figures)) = &self.figures {
            bytes.push(figures.len() as u8);
            bytes.extend(figures);
        }
        bytes.extend(self.name.bytes());
        bytes
    }

    /// `None` if the bytes have a form that this version does not know: then the event is read.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&[form, status], rest) = bytes.split_first_chunk()?;
        let (last_at, rest) = rest.split_first_chunk()?;
        let (deadline, rest) = rest.split_first_chunk()?;
        let (figures, name) = match form {
            FIRST_FORM => (None, rest),
            FORM => {
                let (&length, rest) = rest.split_first()?;
                let (figures, name) = rest.split_at_checked(length.into())?;
                (Some(PackedFigures::decode(figures)?), name)
            }
            _ => return None,
        };
        let deadline = At(u64::from_le_bytes(*deadline));
        Some(Self {
            name: Name::new(name)?,
            status: EventStatus::from_number(status)?,
            last_at: At(u64::from_le_bytes(*last_at)),
            deadline: Some(deadline).filter(|at| *at > At(0)),
            figures,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::SeatStatus;

    /// These bytes are on disks, so they never change.
    #[test]
    fn notes_have_these_bytes_and_others_are_none() {
        let name = Name::new(b"gala").expect("a name");
        let (status, last_at) = (EventStatus::Closed, At(0x0102_0304));
        let note = Note { name, status, last_at, deadline: None, figures: None };
        let first = b"\x01\x03\x04\x03\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0gala";
        let standing = Standing {
            holds: 1,
            orders: 2,
            payments: [3, 4, 5, 6, 7, 300],
            refunds_due: 8,
            oldest_due_at: Some(At(9)),
        };
        let figures = Some(PackedFigures::of(&Counts::free(10), &standing));
        let second = b"\x02\x03\x04\x03\x02\x01\0\0\0\0\0\0\0\0\0\0\0\0\x12\x0a\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\xfb\x2c\x01\x08\x01\x09gala";
        for (bytes, note) in [(&first[..], note.clone()), (second, Note { figures, ..note })] {
            assert_eq!(note.encode(), bytes);
            assert_eq!(Note::decode(bytes), Some(note.clone()));
            let due = Note { deadline: Some(At(7)), ..note.clone() };
            assert_eq!(Note::decode(&due.encode()), Some(due));
            for end in 0..bytes.len() - note.name.bytes().len() + 1 {
                assert_eq!(Note::decode(&bytes[..end]), None, "{end}");
            }
            for (at, byte) in [(0, 3), (1, 200), (bytes.len() - 4, b' ')] {
                let mut other = bytes.to_vec();
                other[at] = byte;
                assert_eq!(Note::decode(&other), None, "{at}");
            }
        }
        let mut short = second.to_vec();
        short[18] -= 1;
        assert_eq!(Note::decode(&short), None, "figures of another length");
    }

    #[test]
    fn the_largest_figures_fit() {
        let mut seats = Counts::default();
        SeatStatus::ALL.into_iter().for_each(|status| seats.add(status, u32::MAX));
        let standing = Standing {
            holds: u64::MAX,
            orders: u64::MAX,
            payments: [u64::MAX; 6],
            refunds_due: u64::MAX,
            oldest_due_at: Some(At(u64::MAX)),
        };
        let packed = PackedFigures::of(&seats, &standing);
        assert_eq!(packed.0.len(), FIGURES_BYTES_MAX);
        let figures = EventFigures { status: EventStatus::Open, seats, standing };
        assert_eq!(packed.figures(EventStatus::Open), Some(figures));
    }
}
