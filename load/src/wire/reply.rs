//! Reads replies as far as a run needs them. Copies nothing.

use super::command::{Kind, NAME_DIGITS};
use super::labels::{ROW_SEATS, odd_seat};
use super::resp::length;

/// What a reply says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer<'a> {
    Held {
        hold: u32,
        expires_at: u64,
        version: u32,
        seat: u32,
    },
    /// Seats side by side.
    Chosen {
        hold: u32,
        expires_at: u64,
        version: u32,
        first: u32,
        count: u32,
    },
    Sold {
        order: u32,
        version: u32,
        seat: u32,
    },
    Released {
        hold: u32,
        version: u32,
        released: u64,
    },
    Payment {
        payment: u32,
        version: u32,
        /// Whether it is `SUCCESS`; else it is `PENDING`, or `FAILED` if that was told.
        paid: bool,
    },
    /// The numbers of seats that are free, held, paying, sold and blocked.
    Counted([u64; 5]),
    Mapped {
        letters: u64,
    },
    /// An error: the line behind its `-`, without its end.
    Refused(&'a [u8]),
    /// Anything that is no reply to such a command.
    Strange,
}

impl<'a> Answer<'a> {
    /// Reads a whole reply to a command of this kind.
    #[inline]
    pub(crate) fn read(bytes: &'a [u8], kind: Kind) -> Self {
        if let [b'-', line @ .., b'\r', b'\n'] = bytes {
            return Self::Refused(line);
        }
        let mut cursor = Cursor(bytes);
        let answer = match kind {
            Kind::Hold | Kind::HoldBefore | Kind::HoldMeanwhile => cursor.held(),
            Kind::Best => cursor.chosen(),
            Kind::Confirm => cursor.sold(),
            Kind::Release => cursor.released(),
            Kind::Try => cursor.payment(b"$7\r\nPENDING"),
            Kind::Succeed => cursor.payment(PAID),
            Kind::Fail => cursor.payment(b"$6\r\nFAILED"),
            Kind::Count => cursor.counted(),
            Kind::Map => return mapped(bytes).unwrap_or(Self::Strange),
        };
        match answer {
            Some(answer) if cursor.0.is_empty() => answer,
            _ => Self::Strange,
        }
    }

    /// The first word of a refusal: what programs decide by.
    pub(crate) fn word(line: &[u8]) -> &[u8] {
        line.split(|byte| *byte == b' ').next().unwrap_or(line)
    }
}

/// The status of a payment whose money has come.
const PAID: &[u8] = b"$7\r\nSUCCESS";

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    #[inline]
    fn skip(&mut self, expected: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    #[inline]
    fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        let mut digits = 0;
        while let [digit @ b'0'..=b'9', rest @ ..] = self.0 {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            digits += 1;
            self.0 = rest;
        }
        (1..=19).contains(&digits).then_some(value)
    }

    #[inline]
    fn small(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }

    fn held<'a>(&mut self) -> Option<Answer<'a>> {
        let (hold, expires_at, version) = self.hold()?;
        let seat = self.seat()?;
        self.at()?;
        Some(Answer::Held { hold, expires_at, version, seat })
    }

    /// The seats that the server chose; `None` if they are not side by side.
    fn chosen<'a>(&mut self) -> Option<Answer<'a>> {
        let (hold, expires_at, version) = self.hold()?;
        self.skip(b"\r\n$5\r\nseats\r\n*")?;
        let count = self.small()?;
        self.skip(b"\r\n")?;
        let first = self.label()?;
        for next in first.checked_add(1)?..first.checked_add(count)? {
            if self.label()? != next || next / ROW_SEATS != first / ROW_SEATS {
                return None;
            }
        }
        self.at()?;
        Some(Answer::Chosen { hold, expires_at, version, first, count })
    }

    /// The first fields of a hold.
    fn hold(&mut self) -> Option<(u32, u64, u32)> {
        self.skip(b"*10\r\n$4\r\nhold\r\n:")?;
        let hold = self.small()?;
        self.skip(b"\r\n$10\r\nexpires_at\r\n:")?;
        let expires_at = self.number()?;
        self.skip(b"\r\n$7\r\nversion\r\n:")?;
        let version = self.small()?;
        Some((hold, expires_at, version))
    }

    fn sold<'a>(&mut self) -> Option<Answer<'a>> {
        self.skip(b"*8\r\n$5\r\norder\r\n$11\r\no")?;
        let before = self.0.len();
        let order = self.small()?;
        if before - self.0.len() != NAME_DIGITS {
            return None;
        }
        self.skip(b"\r\n$7\r\nversion\r\n:")?;
        let version = self.small()?;
        let seat = self.seat()?;
        self.at()?;
        Some(Answer::Sold { order, version, seat })
    }

    fn released<'a>(&mut self) -> Option<Answer<'a>> {
        self.skip(b"*6\r\n$4\r\nhold\r\n:")?;
        let hold = self.small()?;
        self.skip(b"\r\n$7\r\nversion\r\n:")?;
        let version = self.small()?;
        self.skip(b"\r\n$8\r\nreleased\r\n:")?;
        let released = self.number()?;
        self.skip(b"\r\n")?;
        Some(Answer::Released { hold, version, released })
    }

    fn payment<'a>(&mut self, status: &[u8]) -> Option<Answer<'a>> {
        self.skip(b"*12\r\n$7\r\npayment\r\n$11\r\no")?;
        let before = self.0.len();
        let payment = self.small()?;
        if before - self.0.len() != NAME_DIGITS {
            return None;
        }
        self.skip(b"\r\n$6\r\nstatus\r\n")?;
        self.skip(status)?;
        self.skip(b"\r\n$7\r\nversion\r\n:")?;
        let version = self.small()?;
        self.skip(b"\r\n$8\r\ndeadline\r\n:")?;
        self.number()?;
        self.skip(b"\r\n$11\r\nretry_after\r\n:")?;
        self.number()?;
        self.skip(b"\r\n")?;
        self.at()?;
        Some(Answer::Payment { payment, version, paid: status == PAID })
    }

    /// The last field, when it was decided.
    #[inline]
    fn at(&mut self) -> Option<u64> {
        self.skip(b"$2\r\nat\r\n:")?;
        let at = self.number()?;
        self.skip(b"\r\n")?;
        Some(at)
    }

    fn counted<'a>(&mut self) -> Option<Answer<'a>> {
        let mut counts = [0; 5];
        let fields: [&[u8]; 5] = [
            b"*10\r\n$4\r\nfree\r\n:",
            b"$4\r\nheld\r\n:",
            b"$6\r\npaying\r\n:",
            b"$4\r\nsold\r\n:",
            b"$7\r\nblocked\r\n:",
        ];
        for (field, count) in fields.into_iter().zip(&mut counts) {
            self.skip(field)?;
            *count = self.number()?;
            self.skip(b"\r\n")?;
        }
        Some(Answer::Counted(counts))
    }

    /// The field `seats` with one label, as the ordinal that it stands for.
    #[inline]
    fn seat(&mut self) -> Option<u32> {
        self.skip(b"\r\n$5\r\nseats\r\n*1\r\n")?;
        self.label()
    }

    #[inline]
    fn label(&mut self) -> Option<u32> {
        self.skip(b"$")?;
        let length = usize::try_from(self.number()?).ok()?;
        self.skip(b"\r\n")?;
        if !self.0.starts_with(b"S-") {
            return self.odd_label(length);
        }
        self.skip(b"S-")?;
        let row = self.small()?.checked_sub(1)?;
        self.skip(b"-")?;
        let number = self.small()?.checked_sub(1)?;
        self.skip(b"\r\n")?;
        row.checked_mul(ROW_SEATS)?.checked_add(number)
    }

    #[cold]
    fn odd_label(&mut self, length: usize) -> Option<u32> {
        let (label, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        self.skip(b"\r\n")?;
        odd_seat(label)
    }
}

/// Counts the seats that a map shows.
fn mapped<'a>(bytes: &[u8]) -> Option<Answer<'a>> {
    let line = |at: usize| -> Option<(&[u8], usize)> {
        let rest = bytes.get(at..)?;
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        Some((rest.get(..end)?, at + end + 1))
    };
    let (header, mut at) = line(0)?;
    let rows = length(header.strip_prefix(b"*")?).ok()??;
    let mut letters = 0;
    for _ in 0..rows {
        at = line(at)?.1;
        let mut size = 0;
        for _section_row_letters in 0..3 {
            let (header, begin) = line(at)?;
            size = length(header.strip_prefix(b"$")?).ok()??;
            at = begin + size + 2;
        }
        letters += size as u64;
    }
    (at == bytes.len()).then_some(Answer::Mapped { letters })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: &[u8] = b"*10\r\n$4\r\nhold\r\n:17\r\n$10\r\nexpires_at\r\n:1795235509057\r\n$7\r\nversion\r\n:18\r\n$5\r\nseats\r\n*1\r\n$6\r\nS-2-10\r\n$2\r\nat\r\n:1795235209057\r\n";
    const SOLD: &[u8] =
        b"*8\r\n$5\r\norder\r\n$11\r\no0000000042\r\n$7\r\nversion\r\n:5\r\n$5\r\nseats\r\n*1\r\n$5\r\nS-1-1\r\n$2\r\nat\r\n:9\r\n";
    const RELEASED: &[u8] = b"*6\r\n$4\r\nhold\r\n:2\r\n$7\r\nversion\r\n:4\r\n$8\r\nreleased\r\n:1\r\n";
    const COUNTED: &[u8] = b"*10\r\n$4\r\nfree\r\n:1\r\n$4\r\nheld\r\n:2\r\n$6\r\npaying\r\n:0\r\n$4\r\nsold\r\n:4\r\n$7\r\nblocked\r\n:0\r\n";
    const PENDING: &[u8] = b"*12\r\n$7\r\npayment\r\n$11\r\no0000000042\r\n$6\r\nstatus\r\n$7\r\nPENDING\r\n$7\r\nversion\r\n:5\r\n$8\r\ndeadline\r\n:1795235509057\r\n$11\r\nretry_after\r\n:5000\r\n$2\r\nat\r\n:9\r\n";
    const MAP: &[u8] =
        b"*2\r\n*3\r\n$1\r\nS\r\n$1\r\n1\r\n$4\r\n.hsx\r\n*3\r\n$1\r\nS\r\n$1\r\n2\r\n$2\r\n\n\r\r\n";
    const TAKEN: &[u8] = b"-TAKEN HF-BIZ-001 S-1-1 held\r\n";

    #[test]
    fn answers_are_read() {
        let held = Answer::Held { hold: 17, expires_at: 1_795_235_509_057, version: 18, seat: 1_009 };
        assert_eq!(Answer::read(HELD, Kind::Hold), held);
        assert_eq!(Answer::read(HELD, Kind::Release), Answer::Strange);
        assert_eq!(Answer::read(SOLD, Kind::Confirm), Answer::Sold { order: 42, version: 5, seat: 0 });
        let released = Answer::Released { hold: 2, version: 4, released: 1 };
        assert_eq!(Answer::read(RELEASED, Kind::Release), released);
        let pending = Answer::Payment { payment: 42, version: 5, paid: false };
        assert_eq!(Answer::read(PENDING, Kind::Try), pending);
        assert_eq!(Answer::read(PENDING, Kind::Succeed), Answer::Strange);
        let failed = String::from_utf8_lossy(PENDING).replace("$7\r\nPENDING", "$6\r\nFAILED");
        assert_eq!(Answer::read(failed.as_bytes(), Kind::Fail), pending);
        assert_eq!(Answer::read(failed.as_bytes(), Kind::Try), Answer::Strange);
        assert_eq!(Answer::read(COUNTED, Kind::Count), Answer::Counted([1, 2, 0, 4, 0]));
        assert_eq!(Answer::read(MAP, Kind::Map), Answer::Mapped { letters: 6 });
        assert_eq!(Answer::read(TAKEN, Kind::Hold), Answer::Refused(b"TAKEN HF-BIZ-001 S-1-1 held"));
        const PAIR: &[u8] = b"*10\r\n$4\r\nhold\r\n:17\r\n$10\r\nexpires_at\r\n:9\r\n$7\r\nversion\r\n:17\r\n$5\r\nseats\r\n*2\r\n$6\r\nS-2-10\r\n$6\r\nS-2-11\r\n$2\r\nat\r\n:8\r\n";
        let chosen = Answer::Chosen { hold: 17, expires_at: 9, version: 17, first: 1_009, count: 2 };
        assert_eq!(Answer::read(PAIR, Kind::Best), chosen);
        let apart = String::from_utf8_lossy(PAIR).replace("S-2-11", "S-2-12");
        assert_eq!(Answer::read(apart.as_bytes(), Kind::Best), Answer::Strange);
        assert_eq!(Answer::word(b"TAKEN HF-BIZ-001 S-1-1 held"), b"TAKEN");
        for cut in 1..HELD.len() {
            assert_eq!(Answer::read(&HELD[..cut], Kind::Hold), Answer::Strange, "{cut}");
        }
    }
}
