//! Where a command came from, as far as its record says so.

use std::fmt;

use super::Name;

/// Of one command.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Origin {
    /// The name of the token that an operator's act came with.
    pub token: Option<Name>,
    /// The trace that the command is part of, if its sender asked for that to be kept.
    pub trace: Option<Trace>,
    /// What the shop keeps beside the hold, the order or the payment that the command makes: 1 to 256 bytes of text.
    pub note: Option<Box<str>>,
}

/// A place in a distributed trace, as W3C Trace Context numbers it. It is shown as a `traceparent` that is sampled: others are
/// not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trace {
    /// The trace.
    pub trace_id: [u8; 16],
    /// The span in it that sent the command.
    pub span_id: [u8; 8],
}

/// Bytes of a `traceparent` of version 00.
const TEXT_BYTES: usize = 55;
/// The flag of those whose sender keeps the trace.
const SAMPLED: u8 = 1;

impl Trace {
    /// Reads a `traceparent` of version 00, and whether its sender keeps the trace.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn read(text: &[u8]) -> Result<(Self, bool), &'static str> {
        if text.len() != TEXT_BYTES {
            return Err("it has not 55 characters");
        }
        if [2, 35, 52].iter().any(|&at| text[at] != b'-') {
            return Err("its four parts have no dashes between them");
        }
        let [version] = hex(&text[..2])?;
        if version != 0 {
            return Err("its version is not 00");
        }
        let (trace_id, span_id, [flags]) = (hex(&text[3..35])?, hex(&text[36..52])?, hex(&text[53..])?);
        if trace_id == [0; 16] {
            return Err("its trace id is all zeros");
        }
        if span_id == [0; 8] {
            return Err("its span id is all zeros");
        }
        Ok((Self { trace_id, span_id }, flags & SAMPLED != 0))
    }
}

/// As many bytes as the digits make.
fn hex<const BYTES: usize>(digits: &[u8]) -> Result<[u8; BYTES], &'static str> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err("it has something else than small hexadecimal digits"),
    };
    let mut bytes = [0; BYTES];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(bytes)
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        self.trace_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-")?;
        self.span_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-01")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_is_read_and_shown() {
        let (trace, sampled) = Trace::read(GOOD.as_bytes()).unwrap();
        assert!(sampled);
        assert_eq!((trace.trace_id[0], trace.trace_id[15], trace.span_id[7]), (0x0a, 0x9c, 0x31));
        assert_eq!(trace.to_string(), GOOD);
        for (flags, sampled) in [("00", false), ("02", false), ("03", true), ("ff", true)] {
            let text = format!("{}{flags}", &GOOD[..53]);
            assert_eq!(Trace::read(text.as_bytes()), Ok((trace, sampled)), "{text}");
        }
    }

    /// Whatever else stands in any one place, it is none; but for other digits in the ids and the flags.
    #[test]
    fn nothing_else_is_a_traceparent() {
        for at in 0..GOOD.len() {
            for byte in 0..=u8::MAX {
                let mut text = GOOD.as_bytes().to_vec();
                text[at] = byte;
                let is_digit = byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                let good = match at {
                    0..=1 => byte == b'0',
                    2 | 35 | 52 => byte == b'-',
                    _ => is_digit,
                };
                assert_eq!(Trace::read(&text).is_ok(), good, "{:?}", String::from_utf8_lossy(&text));
            }
        }
        let zeros = |digits: usize| "0".repeat(digits);
        for bad in [
            String::new(),
            GOOD[..54].to_owned(),
            format!("{GOOD}-"),
            format!("{GOOD} "),
            format!("{GOOD}-00"),
            format!("ff{}", &GOOD[2..]),
            format!("01{}", &GOOD[2..]),
            GOOD.to_ascii_uppercase(),
            format!("00-{}-b7ad6b7169203331-01", zeros(32)),
            format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", zeros(16)),
        ] {
            assert!(Trace::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
