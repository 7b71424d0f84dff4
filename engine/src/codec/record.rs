//! One record of the log: a fixed header, and a body by bincode.
//!
//! ```text
//!      0       1       2       3       4       5       6       7
//!   0  event (u32)                     format  flags   reserved
//!   8  at: Unix milliseconds (u64)
//!  16  version of the event (u64)
//!  24  digest of the event after the record (u64)
//!  32  key: hash (16 bytes), fingerprint (8 bytes)             only with flag 1
//!      account (u32)                                           only with flags 1 and 2
//!      trace: trace id (16 bytes), span id (8 bytes)           only with flag 8
//!      token: length (u8), name                                only with flag 4
//!      note: length less one (u8), UTF-8 text                  only with flag 32
//!      touched: length, what the change has touched            only with flag 16
//!      change: bincode, variable-length integers, little-endian
//! ```
//!
//! The header is fixed, so that a reader can tell the event of a record without decoding it. Format 1 has the flags 1 and 2
//! alone, and answers that do not tell when they were decided. Format 3 is format 2 with flag 16. Format 4 has flag 32, or a
//! change that the versions before it do not know, with flag 16 or without.

use bincode::Decode;
use bincode::config::{Config, Configuration, Limit, LittleEndian, Varint};

use super::{brief, touched};
use crate::limits;
use crate::numbers::{Account, At, EventId};
use crate::state::{Change, Created, Key, KeyHash, Name, Origin, Record, Touched, Trace, VecWriter};

/// Of records whose answers are not dated: no longer written.
const UNDATED: u8 = 1;
const DATED: u8 = 2;
/// Dated, and names what it has touched.
const TOUCHING: u8 = 3;
/// Dated, with a note, or with a change that came later; it may name what it has touched.
const LATER: u8 = 4;
const HAS_KEY: u8 = 1;
/// Only with a key.
const HAS_ACCOUNT: u8 = 2;
const HAS_TOKEN: u8 = 4;
const HAS_TRACE: u8 = 8;
const HAS_TOUCHED: u8 = 16;
const HAS_NOTE: u8 = 32;

/// What stands in the place of an event in a record that is about none. No event has this number.
pub(super) const NO_EVENT: EventId = EventId(u32::MAX);

const EVENT: usize = 0;
pub(super) const FORMAT_AT: usize = EVENT + size_of::<u32>();
pub(super) const FLAGS: usize = FORMAT_AT + size_of::<u8>();
const RESERVED: usize = FLAGS + size_of::<u8>();
pub(super) const AT: usize = RESERVED + size_of::<u16>();
pub(super) const VERSION: usize = AT + size_of::<u64>();
pub(super) const DIGEST: usize = VERSION + size_of::<u64>();
pub(super) const HEADER: usize = DIGEST + size_of::<u64>();
const KEY: usize = size_of::<KeyHash>() + 8;
const ACCOUNT: usize = size_of::<u32>();
const TRACE: usize = 16 + 8;

const _: () = assert!(limits::NOTE_BYTES_MAX == 1 + u8::MAX as usize, "a byte tells the length of a note");

const _: () = assert!(HEADER == 32);

/// The first byte of the bodies that came with format 4: `PaymentKept`.
const LATER_CHANGES: [u8; 1] = [47];

/// The first byte of the bodies that make no version: `Refused`, `Forgotten`, `PaymentRepeated`, `RecordsForgotten` and
/// `RefusalsForgotten`.
/// The format fixes them.
const WITHOUT_VERSION: [u8; 5] = [8, 9, 26, 28, 29];

/// The first byte of the bodies that begin a payment, try it again or end it. The format fixes them.
const OF_PAYMENTS: [u8; 9] = [18, 19, 20, 21, 22, 32, 33, 36, 47];

/// The first byte of the bodies that tell of operators' acts, those among others that somebody else may do as well. The format fixes
/// them.
const BY_HAND: [u8; 13] = [0, 1, 13, 14, 15, 16, 17, 30, 39, 40, 44, 45, 46];

/// The first byte of the bodies that set the status of a sale, and of refusals. The format fixes them.
const OF_STATUS: [u8; 4] = [1, 8, 30, 31];

const BODY: Configuration<LittleEndian, Varint, Limit<{ limits::RECORD_DECODED_BYTES_MAX }>> =
    bincode::config::standard().with_limit::<{ limits::RECORD_DECODED_BYTES_MAX }>();

/// A record as it came out of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Framed {
    /// The event that it is about.
    pub event: EventId,
    /// The digest that the event had after it.
    pub digest: u64,
    /// What it has touched and does not name; `None` if that is nothing, and in records that are older than this. Most
    /// records have none, and a start moves them all.
    pub touched: Option<Box<Touched>>,
    /// The record.
    pub record: Record,
}

/// Why bytes are no record. The log's checksum vouches for the bytes, so the cause is a defect or a newer format.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Shorter than its header.
    #[error("a record of {0} bytes is too short")]
    TooShort(usize),
    /// Written by a newer version.
    #[error("record format {0} is not known to this version of holdfast")]
    Format(u8),
    /// A flag or a reserved byte that this version does not know.
    #[error("the header of the record has bits that are not known to this version of holdfast")]
    Header,
    /// The body is not what the header promises.
    #[error("the body of the record cannot be read: {0}")]
    Body(#[from] bincode::error::DecodeError),
    /// Its note is no text.
    #[error("the note of the record is not UTF-8")]
    Note,
    /// What it says that it has touched cannot be read.
    #[error("what the record has touched cannot be read")]
    Touched,
    /// There are bytes behind the body.
    #[error("{0} bytes too many behind the record")]
    Trailing(usize),
}

/// Appends a record, with the digest of the event after it and what it has touched.
pub fn encode_record(event: EventId, digest: u64, record: &Record, touched: &Touched, out: &mut Vec<u8>) {
    let Record { at, version, key, dated, origin, change } = record;
    let front = out.len();
    encode_front((event, digest), (*at, *version, *dated), key.as_ref(), (origin.as_deref(), touched), out);
    if !brief::encode(change, out) {
        encode_change(change, out);
        if matches!(change, Change::PaymentKept { .. }) {
            out[front + FORMAT_AT] = LATER;
        }
    }
}

/// Appends the record of an event's creation at this time, the body of which was written before by [`encode_birth`].
pub(crate) fn encode_creation(
    (event, digest): (EventId, u64),
    at: At,
    (key, origin): (&Key, Option<&Origin>),
    body: &[u8],
    out: &mut Vec<u8>,
) {
    encode_front((event, digest), (at, 1, true), Some(key), (origin, &Touched::NOTHING), out);
    out.extend_from_slice(body);
}

/// The body of the record that creates an event. It can have tens of megabytes.
pub(crate) fn encode_birth(created: Created) -> (Vec<u8>, Created) {
    let (mut body, change) = (Vec::new(), Change::Created(Box::new(created)));
    encode_change(&change, &mut body);
    let Change::Created(created) = change else { unreachable!("it was made a moment ago") };
    (body, *created)
}

#[inline]
fn encode_change(change: &Change, out: &mut Vec<u8>) {
    bincode::encode_into_writer(change, VecWriter(out), BODY).expect("a vector takes every change");
}

/// What stands before the body. Each record of a sale is made here: not inlined, it took 16 instructions more.
#[inline(always)]
fn encode_front(
    (event, digest): (EventId, u64),
    (at, version, dated): (At, u64, bool),
    key: Option<&Key>,
    (origin, touched): (Option<&Origin>, &Touched),
    out: &mut Vec<u8>,
) {
    let mut format = if dated { DATED } else { UNDATED };
    let mut flags = match key {
        None => 0,
        Some(key) if key.account == Account::NOBODY => HAS_KEY,
        Some(_) => HAS_KEY | HAS_ACCOUNT,
    };
    if let Some(origin) = origin {
        flags |= if origin.token.is_some() { HAS_TOKEN } else { 0 };
        flags |= if origin.trace.is_some() { HAS_TRACE } else { 0 };
        if origin.note.is_some() {
            (format, flags) = (LATER, flags | HAS_NOTE);
        }
    }
    if !touched.is_nothing() {
        (format, flags) = (format.max(TOUCHING), flags | HAS_TOUCHED);
    }
    out.extend_from_slice(&header(event, (format, flags), at, version, digest));
    if let Some(key) = key {
        out.extend_from_slice(&key.hash);
        out.extend_from_slice(&key.fingerprint);
        if key.account != Account::NOBODY {
            out.extend_from_slice(&key.account.0.to_le_bytes());
        }
    }
    if let Some(origin) = origin {
        encode_origin(origin, out);
    }
    if flags & HAS_TOUCHED != 0 {
        touched::encode(touched, out);
    }
}

/// What every record begins with, also those of the system event.
#[inline]
pub(super) fn header(
    event: EventId,
    (format, flags): (u8, u8),
    at: At,
    version: u64,
    digest: u64,
) -> [u8; HEADER] {
    let mut header = [0_u8; HEADER];
    header[EVENT..FORMAT_AT].copy_from_slice(&event.0.to_le_bytes());
    header[FORMAT_AT] = format;
    header[FLAGS] = flags;
    header[AT..VERSION].copy_from_slice(&at.0.to_le_bytes());
    header[VERSION..DIGEST].copy_from_slice(&version.to_le_bytes());
    header[DIGEST..].copy_from_slice(&digest.to_le_bytes());
    header
}

fn encode_origin(origin: &Origin, out: &mut Vec<u8>) {
    if let Some(Trace { trace_id, span_id }) = &origin.trace {
        out.extend_from_slice(trace_id);
        out.extend_from_slice(span_id);
    }
    if let Some(token) = &origin.token {
        // A name is at most 64 bytes.
        out.push(token.bytes().len() as u8);
        out.extend_from_slice(token.bytes());
    }
    if let Some(note) = &origin.note {
        // A note has 1 to 256 bytes.
        out.push((note.len() - 1) as u8);
        out.extend_from_slice(note.as_bytes());
    }
}

/// The event that a record is about; `None` if it is about none: the bytes are too short to be a record, or say where a group stands in
/// a replicated log.
#[must_use]
pub fn event_of(bytes: &[u8]) -> Option<EventId> {
    let event = EventId(u32::from_le_bytes(bytes.first_chunk().copied()?));
    (event != NO_EVENT).then_some(event)
}

/// The event that a record is about and the version that it made, from the header alone. The version is `None` if the
/// record made none. Those of the system event make none that a feed could show.
#[must_use]
pub fn version_of(bytes: &[u8]) -> Option<(EventId, Option<u64>)> {
    let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
    let event = event_of(header)?;
    if event == EventId::SYSTEM {
        return Some((event, None));
    }
    let makes_version = !WITHOUT_VERSION.contains(&kind_of(header, rest)?);
    Some((event, makes_version.then(|| word(header, VERSION))))
}

/// The first byte of the body, by which its kind is known.
fn kind_of(header: &[u8; HEADER], rest: &[u8]) -> Option<u8> {
    rest.get(bytes_before_body(header[FLAGS], rest)?.1).copied()
}

/// What a record of a sale is about, as far as those ask who look at payments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Topic {
    /// A payment begins, is tried again or ends.
    Payment,
    /// The sale has another status, or a command was refused.
    Status,
    /// Anything else.
    Other,
}

/// The event that a record is about, and what of it, without decoding it. `None` for the system event.
#[must_use]
pub(crate) fn topic_of(bytes: &[u8]) -> Option<(EventId, Topic)> {
    let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
    let event = event_of(header).filter(|event| *event != EventId::SYSTEM)?;
    let kind = kind_of(header, rest)?;
    let topic = match () {
        () if OF_PAYMENTS.contains(&kind) => Topic::Payment,
        () if OF_STATUS.contains(&kind) => Topic::Status,
        () => Topic::Other,
    };
    Some((event, topic))
}

/// Whether a record of a sale may tell of an act of an operator, without decoding it.
#[must_use]
pub(crate) fn is_by_hand(bytes: &[u8]) -> bool {
    let kind = bytes.split_first_chunk::<HEADER>().and_then(|(header, rest)| kind_of(header, rest));
    kind.is_some_and(|kind| BY_HAND.contains(&kind))
}

/// The time of a record, from the header alone.
#[must_use]
pub fn at_of(bytes: &[u8]) -> Option<At> {
    bytes.first_chunk::<HEADER>().map(|header| At(word(header, AT)))
}

/// How many bytes the key takes.
const fn key_bytes(flags: u8) -> usize {
    match flags & (HAS_KEY | HAS_ACCOUNT) {
        0 => 0,
        HAS_KEY => KEY,
        _ => KEY + ACCOUNT,
    }
}

/// How many bytes stand between the header and what was touched, and between the header and the body; `None` if `rest`, what
/// follows the header, is too short to tell.
fn bytes_before_body(flags: u8, rest: &[u8]) -> Option<(usize, usize)> {
    let mut origin = key_bytes(flags) + if flags & HAS_TRACE == 0 { 0 } else { TRACE };
    if flags & HAS_TOKEN != 0 {
        origin += 1 + usize::from(*rest.get(origin)?);
    }
    if flags & HAS_NOTE != 0 {
        origin += 2 + usize::from(*rest.get(origin)?);
    }
    let touched = if flags & HAS_TOUCHED == 0 { 0 } else { touched::split(rest.get(origin..)?)?.1 };
    Some((origin, origin + touched))
}

/// Reads a record.
///
/// # Errors
/// If the bytes are not exactly one record of a known format.
pub fn decode_record(bytes: &[u8]) -> Result<Framed, RecordError> {
    let (header, mut rest) = bytes.split_first_chunk::<HEADER>().ok_or(RecordError::TooShort(bytes.len()))?;
    let flags = header[FLAGS];
    let (dated, has, may_have) = match header[FORMAT_AT] {
        UNDATED => (false, 0, 0),
        DATED => (true, 0, HAS_TOKEN | HAS_TRACE),
        TOUCHING => (true, HAS_TOUCHED, HAS_TOKEN | HAS_TRACE),
        LATER => (true, 0, HAS_TOKEN | HAS_TRACE | HAS_TOUCHED | HAS_NOTE),
        other => return Err(RecordError::Format(other)),
    };
    let known = HAS_KEY | HAS_ACCOUNT | has | may_have;
    let fits = flags & !known == 0 && flags & has == has && flags & (HAS_KEY | HAS_ACCOUNT) != HAS_ACCOUNT;
    if !fits || header[RESERVED..AT] != [0; AT - RESERVED] {
        return Err(RecordError::Header);
    }
    let too_short = || RecordError::TooShort(bytes.len());
    let (origin, before) = bytes_before_body(flags, rest).ok_or_else(too_short)?;
    let (before, body) = rest.split_at_checked(before).ok_or_else(too_short)?;
    let (before, section) = before.split_at(origin);
    let (key, before) = before.split_at(key_bytes(flags));
    let came_later = flags & HAS_NOTE != 0 || body.first().is_some_and(|kind| LATER_CHANGES.contains(kind));
    if (header[FORMAT_AT] == LATER) != came_later {
        return Err(RecordError::Header);
    }
    rest = body;
    let key = match key.split_first_chunk() {
        None => None,
        Some((&hash, key)) => {
            let (&fingerprint, account) = key.split_first_chunk().ok_or_else(too_short)?;
            let account = account.first_chunk().map_or(0, |account| u32::from_le_bytes(*account));
            if account == 0 && flags & HAS_ACCOUNT != 0 {
                return Err(RecordError::Header);
            }
            Some(Key { hash, fingerprint, account: Account(account) })
        }
    };
    let origin = if before.is_empty() { None } else { Some(Box::new(decode_origin(flags, before)?)) };
    let touched = match touched::split(section) {
        Some((section, _)) => touched::decode(section).ok_or(RecordError::Touched)?.boxed(),
        None => None,
    };
    let change = match brief::decode(rest) {
        Some(change) => change,
        None => decode_body(rest, BODY)?,
    };
    let event = EventId(u32::from_le_bytes([header[0], header[1], header[2], header[3]]));
    let (at, version) = (At(word(header, AT)), word(header, VERSION));
    Ok(Framed {
        event,
        digest: word(header, DIGEST),
        touched,
        record: Record { at, version, key, dated, origin, change },
    })
}

/// Reads what [`encode_origin`] wrote.
fn decode_origin(flags: u8, mut bytes: &[u8]) -> Result<Origin, RecordError> {
    let mut origin = Origin::default();
    if flags & HAS_TRACE != 0
        && let Some((&trace_id, rest)) = bytes.split_first_chunk()
        && let Some((&span_id, rest)) = rest.split_first_chunk()
    {
        origin.trace = Some(Trace { trace_id, span_id });
        bytes = rest;
    }
    if flags & HAS_TOKEN != 0
        && let Some((&length, rest)) = bytes.split_first()
        && let Some((name, rest)) = rest.split_at_checked(length.into())
    {
        origin.token = Some(Name::new(name).ok_or(RecordError::Header)?);
        bytes = rest;
    }
    if flags & HAS_NOTE != 0
        && let Some((_, text)) = bytes.split_first()
    {
        origin.note = Some(std::str::from_utf8(text).map_err(|_| RecordError::Note)?.into());
    }
    Ok(origin)
}

/// Reads what is all of a body.
pub(super) fn decode_body<T: Decode<()>>(body: &[u8], format: impl Config) -> Result<T, RecordError> {
    let (change, read) = bincode::decode_from_slice(body, format)?;
    if read == body.len() { Ok(change) } else { Err(RecordError::Trailing(body.len() - read)) }
}

pub(super) fn word(header: &[u8; HEADER], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&header[at..at + 8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::*;
    use crate::numbers::HoldId;
    use crate::numbers::Millis;
    use crate::state::Change;

    fn by_bincode(change: &Change) -> Vec<u8> {
        bincode::encode_to_vec(change, BODY).unwrap()
    }

    /// What is written by hand is what bincode writes, and read as it reads it, from the first byte to the last.
    fn is_the_same(change: &Change) {
        let (whole, mut by_hand) = (by_bincode(change), Vec::new());
        assert!(brief::encode(change, &mut by_hand), "{change:?}");
        assert_eq!(by_hand, whole, "{change:?}");
        assert_eq!(brief::decode(&whole).as_ref(), Some(change));
        for end in 0..whole.len() {
            assert_eq!(brief::decode(&whole[..end]), None, "{end} bytes of {change:?}");
        }
        assert_eq!(brief::decode(&[whole, vec![0]].concat()), None, "a byte more than {change:?}");
    }

    /// Numbers of every length.
    fn number(seed: u64, shift: u8) -> u64 {
        seed >> (shift % 64)
    }

    quickcheck! {
        fn brief_changes_are_bincodes(seeds: (u64, u64, u64), shifts: (u8, u8, u8), list: Vec<(u64, u8)>) -> bool {
            let (hold, ttl) = (HoldId(number(seeds.0, shifts.0)), Millis(number(seeds.1, shifts.1) as u32));
            let name = Name::new(&[b'n'; 64][..1 + shifts.2 as usize % 64]).unwrap();
            let few = || list.iter().take(brief::VALUES_MAX).map(|&(seed, shift)| number(seed, shift));
            let holds = few().map(HoldId).collect();
            let (seats, places) =
                (few().map(|seat| seat as u32).collect(), few().map(|many| (many as u16, many as u32)).collect());
            is_the_same(&Change::Held { holder: name.clone(), ttl, seats, places });
            is_the_same(&Change::Extended { hold, ttl });
            is_the_same(&Change::Released { hold });
            is_the_same(&Change::Expired { hold });
            is_the_same(&Change::Sold { order: name, holds });
            true
        }

        /// Whatever the bytes are: what is read by hand, bincode reads as the same.
        fn brief_reading_is_bincodes(bytes: Vec<u8>, tag: u8) -> bool {
            let bytes = [vec![[2, 3, 4, 6, 7][tag as usize % 5]], bytes].concat();
            brief::decode(&bytes).is_none_or(|change| decode_body::<Change>(&bytes, BODY).is_ok_and(|whole| whole == change))
        }
    }

    #[test]
    fn what_a_record_is_about_is_seen_without_reading_it() {
        use crate::state::{Audit, Charge, EventStatus, Refusal};
        let name = || Name::new(b"p").unwrap();
        let (payment, deadline_in, reason) = (name(), Millis(1), Box::<str>::from("why"));
        let (holds, charge, receipt) =
            (crate::state::Holds::default(), Box::<Charge>::default(), Default::default());
        let audit = Audit { operator: name(), reason: reason.clone() };
        let status = EventStatus::Paused;
        let payments = [
            Change::PaymentTried { payment: name(), deadline_in, holds: holds.clone() },
            Change::PaymentRetried { payment: name(), deadline_in },
            Change::PaymentSucceeded { payment: name(), late: false },
            Change::PaymentFailed { payment: name(), reason: reason.clone() },
            Change::PaymentLapsed { payment: name() },
            Change::PaymentCharged {
                payment: name(),
                deadline_in,
                holds: holds.clone(),
                charge: charge.clone(),
            },
            Change::PaymentReceived { payment: name(), late: false, receipt },
            Change::PaymentMet { payment: name(), deadline_in, holds: holds.clone(), charge },
            Change::PaymentKept { payment, reason: reason.clone(), ttl: Millis(1), holds },
        ];
        let sale = [
            Change::StatusSet { status, operator: name(), reason },
            Change::Refused(Refusal::AlreadyStatus(status)),
            Change::Scheduled { status, opens_at: None, closes_at: None, audit },
            Change::TimeCame { status },
        ];
        let others = [Change::Released { hold: HoldId(1) }, Change::Forgotten { accepted: 1, refused: 2 }];
        let topics = [(&payments[..], Topic::Payment), (&sale, Topic::Status), (&others, Topic::Other)];
        for (changes, topic) in topics {
            for change in changes {
                let mut bytes = Vec::new();
                let record = Record::new(At(1), 2, None, change.clone());
                encode_record(EventId(7), 0, &record, &Touched::NOTHING, &mut bytes);
                assert_eq!(topic_of(&bytes), Some((EventId(7), topic)), "{change:?}");
            }
        }
    }

    #[test]
    fn long_lists_and_other_changes_are_left_to_bincode() {
        let holds = (0..=brief::VALUES_MAX as u64).map(HoldId).collect();
        let others = [
            Change::Sold { order: Name::new(b"o").unwrap(), holds },
            Change::Forgotten { accepted: 1, refused: 2 },
        ];
        for change in others {
            assert!(!brief::encode(&change, &mut Vec::new()));
            assert_eq!(brief::decode(&by_bincode(&change)), None);
            assert_eq!(decode_body::<Change>(&by_bincode(&change), BODY).unwrap(), change);
        }
    }
}
