//! The decoder against bytes that come whole, in pieces, one by one, wrong, and at random. Invariants checked: how
//! the bytes were cut never matters; nothing panics; memory never exceeds what the limits allow; no byte is looked
//! at twice.

use super::*;
use quickcheck::{Arbitrary, Gen, TestResult, quickcheck};

type Commands = Vec<Vec<Vec<u8>>>;

/// Feeds the bytes in pieces, as a connection does, and collects the commands up to the first error.
fn feed(pieces: &[&[u8]]) -> (Commands, Option<ProtocolError>) {
    let (mut decoder, mut buffer, mut commands) = (Decoder::new(), Vec::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match decoder.decode(&buffer, FrameLimits::LARGEST) {
                Ok(Decoded::Incomplete) => break,
                Ok(Decoded::Nothing(used)) => drop(buffer.drain(..used)),
                Ok(Decoded::Command(used)) => {
                    commands.push(decoder.arguments(&buffer).map(<[u8]>::to_vec).collect());
                    buffer.drain(..used);
                }
                Err(error) => return (commands, Some(error)),
            }
            decoder.shrink();
        }
        assert!(decoder.spans.capacity() <= 2 * limits::ARGUMENTS_MAX);
        assert!(decoder.line.capacity() <= 2 * limits::LINE_BYTES_MAX);
    }
    (commands, None)
}

fn whole(bytes: &[u8]) -> (Commands, Option<ProtocolError>) {
    feed(&[bytes])
}

fn words(command: &[&str]) -> Vec<Vec<u8>> {
    command.iter().map(|word| word.as_bytes().to_vec()).collect()
}

fn encode(command: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", command.len()).into_bytes();
    for argument in command {
        bytes.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
        bytes.extend_from_slice(argument);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

#[test]
fn arrays_of_bulk_strings_are_commands() {
    let (commands, error) = whole(b"*2\r\n$4\r\nPING\r\n$0\r\n\r\n*0\r\n*1\r\n$7\r\na\r\nb\0 c\r\n");
    assert_eq!(error, None);
    assert_eq!(commands, vec![words(&["PING", ""]), words(&["a\r\nb\0 c"])]);
}

#[test]
fn lines_are_commands_with_quotes() {
    let cases: [(&str, &[&str]); 10] = [
        ("PING\r\n", &["PING"]),
        ("  ping \t x \n", &["ping", "x"]),
        ("ECHO \"a b\"\n", &["ECHO", "a b"]),
        (r#"ECHO "\x41\n\"\\\t\r\q""#, &["ECHO", "A\n\"\\\t\rq"]),
        (r"ECHO 'a \' \n b'", &["ECHO", r"a ' \n b"]),
        ("ECHO '' \"\"", &["ECHO", "", ""]),
        ("\"PI\"", &["PI"]),
        ("a\"b c\" d", &["ab c", "d"]),
        ("ECHO caf\u{e9}", &["ECHO", "caf\u{e9}"]),
        ("quit", &["quit"]),
    ];
    for (line, expected) in cases {
        let line = format!("{}\n", line.trim_end_matches('\n'));
        assert_eq!(whole(line.as_bytes()), (vec![words(expected)], None), "{line:?}");
    }
    assert_eq!(whole(b"\r\n\n  \n"), (vec![], None));
}

#[test]
fn what_is_wrong_is_named() {
    let cases: [(&[u8], ProtocolError); 29] = [
        (b"\x16\x03\x01", ProtocolError::NotACommand(0x16)),
        (b"$4\r\nPING\r\n", ProtocolError::NotACommand(b'$')),
        (b"+OK\r\n", ProtocolError::NotACommand(b'+')),
        (b"\0", ProtocolError::NotACommand(0)),
        (b"*-1\r\n", ProtocolError::BadCount),
        (b"*\r\n", ProtocolError::BadCount),
        (b"*x\r\n", ProtocolError::BadCount),
        (b"*+1\r\n", ProtocolError::BadCount),
        (b"*1\n", ProtocolError::BadCount),
        (b"*1\rx", ProtocolError::BadCount),
        (b"*1 \r\n", ProtocolError::BadCount),
        (b"*00000000000000000000", ProtocolError::BadCount),
        (b"*1025\r\n", ProtocolError::TooManyArguments(limits::ARGUMENTS_MAX)),
        (b"*1000000000\r\n", ProtocolError::TooManyArguments(limits::ARGUMENTS_MAX)),
        (b"*9999999999999999999\r\n", ProtocolError::TooManyArguments(limits::ARGUMENTS_MAX)),
        (b"*1\r\n*1\r\n", ProtocolError::Nested),
        (b"*1\r\n:1\r\n", ProtocolError::NotABulkString(b':')),
        (b"*1\r\n+a\r\n", ProtocolError::NotABulkString(b'+')),
        (b"*1\r\n$-1\r\n", ProtocolError::BadLength),
        (b"*1\r\n$\r\n", ProtocolError::BadLength),
        (b"*1\r\n$1x\r\n", ProtocolError::BadLength),
        (b"*1\r\n$1048577\r\n", ProtocolError::FrameTooLarge(limits::FRAME_BYTES_MAX)),
        (b"*1\r\n$1048561\r\n", ProtocolError::FrameTooLarge(limits::FRAME_BYTES_MAX)),
        (b"*1\r\n$9999999999999999999\r\n", ProtocolError::FrameTooLarge(limits::FRAME_BYTES_MAX)),
        (b"*1\r\n$3\r\nabcXX", ProtocolError::MissingEnd),
        (b"*1\r\n$3\r\nabc\n\n", ProtocolError::MissingEnd),
        (b"ECHO \"a\n", ProtocolError::Quotes),
        (b"ECHO \"a\"b\n", ProtocolError::Quotes),
        (b"POST / HTTP/1.1\r\n", ProtocolError::Http),
    ];
    for (bytes, expected) in cases {
        let text = String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(whole(bytes), (vec![], Some(expected)), "{text:?}");
        let good = [b"*1\r\n$4\r\nPING\r\n", bytes].concat();
        assert_eq!(whole(&good), (vec![words(&["PING"])], Some(expected)), "{text:?} after a good command");
    }
}

#[test]
fn the_limits_are_exact() {
    let largest = limits::FRAME_BYTES_MAX - b"*1\r\n$1048560\r\n\r\n".len();
    let frame = encode(&[vec![b'x'; largest]]);
    assert_eq!(frame.len(), limits::FRAME_BYTES_MAX);
    assert_eq!(whole(&frame).0.len(), 1);
    assert_eq!(
        whole(&encode(&[vec![b'x'; largest + 1]])).1,
        Some(ProtocolError::FrameTooLarge(limits::FRAME_BYTES_MAX))
    );

    // Over the limit by the sum, each argument for itself well below it.
    let half = vec![b'x'; limits::FRAME_BYTES_MAX / 2];
    assert_eq!(
        whole(&encode(&[half.clone(), half])).1,
        Some(ProtocolError::FrameTooLarge(limits::FRAME_BYTES_MAX))
    );

    // The description of an event may be larger, for those who may send one.
    let describes = |form: &[u8], bytes: usize| {
        let words = [b"event".to_vec(), form.to_vec(), b"e".to_vec(), b"k".to_vec()];
        let rest = bytes - encode(&words).len() - b"$67108000\r\n\r\n".len();
        encode(&[&words[..], &[vec![b'x'; rest]]].concat())
    };
    let (map, too_large) = (limits::FRAME_BYTES_MAP, ProtocolError::FrameTooLarge);
    let frame = describes(b"CREATE", map);
    assert_eq!((frame.len(), whole(&frame).0.len()), (map, 1));
    assert_eq!(whole(&describes(b"Change", map + 1)).1, Some(too_large(map)));
    assert_eq!(whole(&describes(b"LIMITS", map)).1, Some(too_large(limits::FRAME_BYTES_MAX)));
    let sale = Decoder::new().decode(&frame, FrameLimits::SALE);
    assert_eq!(sale, Err(too_large(limits::FRAME_BYTES_SALE)));
    assert_eq!(Decoder::new().decode(&frame, FrameLimits::LOGIN), Err(too_large(limits::LOGIN_FRAME_BYTES)));

    let many = encode(&vec![b"x".to_vec(); limits::ARGUMENTS_MAX]);
    assert_eq!(whole(&many).0[0].len(), limits::ARGUMENTS_MAX);

    let mut line = vec![b'x'; limits::LINE_BYTES_MAX - 1];
    line.push(b'\n');
    assert_eq!(whole(&line).0.len(), 1);
    line.insert(0, b'x');
    assert_eq!(whole(&line).1, Some(ProtocolError::LineTooLong(limits::LINE_BYTES_MAX)));
    assert_eq!(
        whole(&vec![b'x'; limits::LINE_BYTES_MAX]).1,
        Some(ProtocolError::LineTooLong(limits::LINE_BYTES_MAX))
    );

    let line = "x ".repeat(limits::ARGUMENTS_MAX);
    assert_eq!(whole(format!("{line}\n").as_bytes()).0[0].len(), limits::ARGUMENTS_MAX);
    assert_eq!(
        whole(format!("{line}x\n").as_bytes()).1,
        Some(ProtocolError::TooManyArguments(limits::ARGUMENTS_MAX))
    );
}

/// A megabyte, a byte at a time: quadratic work would take hours, not a blink.
#[test]
fn slow_senders_cost_no_more_than_fast_ones() {
    for frame in [encode(&vec![vec![b'x'; 900]; 1_024]), [vec![b'x'; 60_000], vec![b'\n']].concat()] {
        let mut decoder = Decoder::new();
        for end in 1..frame.len() {
            assert_eq!(decoder.decode(&frame[..end], FrameLimits::LARGEST), Ok(Decoded::Incomplete));
        }
        assert_eq!(decoder.decode(&frame, FrameLimits::LARGEST), Ok(Decoded::Command(frame.len())));
    }
}

#[derive(Clone, Debug)]
struct Wire(Vec<u8>);

impl Arbitrary for Wire {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut bytes = Vec::new();
        for _ in 0..u8::arbitrary(g) % 5 {
            if bool::arbitrary(g) {
                let mut command = Vec::<Vec<u8>>::arbitrary(g);
                command.truncate(12);
                bytes.extend(encode(&command));
            } else {
                let words = ["HOLD", "\"a b\"", "'c'", "x\\y", "", "7"];
                let line: Vec<&str> =
                    (0..u8::arbitrary(g) % 6).filter_map(|_| g.choose(&words).copied()).collect();
                bytes.extend(format!("p{}\r\n", line.join(" ")).bytes());
            }
        }
        Self(bytes)
    }
}

#[derive(Clone, Debug)]
struct Noise(Vec<u8>);

impl Arbitrary for Noise {
    fn arbitrary(g: &mut Gen) -> Self {
        let Wire(mut bytes) = Wire::arbitrary(g);
        for _ in 0..u8::arbitrary(g) % 4 {
            let at = usize::arbitrary(g) % (bytes.len() + 1);
            let parts: [&[u8]; 8] = [b"*", b"$", b"\r\n", b"-1", b"99999999", b"\"", b"\0", b"\xff"];
            let part = g.choose(&parts).copied().unwrap_or_default();
            bytes.splice(at..at, part.iter().copied());
        }
        Self(bytes)
    }
}

quickcheck! {
    fn cuts_never_matter(wire: Wire) -> bool {
        let expected = whole(&wire.0);
        let singles: Vec<&[u8]> = wire.0.chunks(1).collect();
        expected.1.is_none()
            && feed(&singles) == expected
            && (0..=wire.0.len()).all(|at| feed(&[&wire.0[..at], &wire.0[at..]]) == expected)
    }

    fn cuts_never_matter_for_noise(noise: Noise) -> bool {
        let expected = whole(&noise.0);
        let singles: Vec<&[u8]> = noise.0.chunks(1).collect();
        feed(&singles) == expected && (0..=noise.0.len()).all(|at| feed(&[&noise.0[..at], &noise.0[at..]]) == expected)
    }

    fn random_bytes_never_panic(bytes: Vec<u8>) -> bool {
        let singles: Vec<&[u8]> = bytes.chunks(1).collect();
        whole(&bytes) == feed(&singles)
    }

    fn commands_survive_the_wire(commands: Vec<Vec<Vec<u8>>>) -> TestResult {
        if commands.iter().any(|command| command.is_empty() || command.len() > limits::ARGUMENTS_MAX) {
            return TestResult::discard();
        }
        let bytes: Vec<u8> = commands.iter().flat_map(|command| encode(command)).collect();
        TestResult::from_bool(whole(&bytes) == (commands, None))
    }
}

#[test]
fn before_a_login_commands_are_small() {
    let first = |bytes: &[u8], most| Decoder::new().decode(bytes, most);
    let words = |count: usize, len: usize| encode(&vec![vec![b'x'; len]; count]);
    let largest = limits::LOGIN_FRAME_BYTES - b"*1\r\n$16368\r\n\r\n".len();
    for (bytes, login, sale) in [
        (words(1, largest), None, None),
        (words(1, largest + 1), Some(ProtocolError::FrameTooLarge(limits::LOGIN_FRAME_BYTES)), None),
        (words(limits::LOGIN_ARGUMENTS, 1), None, None),
        (
            words(limits::LOGIN_ARGUMENTS + 1, 1),
            Some(ProtocolError::TooManyArguments(limits::LOGIN_ARGUMENTS)),
            None,
        ),
        (
            vec![b'x'; limits::LOGIN_FRAME_BYTES],
            Some(ProtocolError::LineTooLong(limits::LOGIN_FRAME_BYTES)),
            None,
        ),
        (
            words(1, limits::FRAME_BYTES_SALE),
            Some(ProtocolError::FrameTooLarge(limits::LOGIN_FRAME_BYTES)),
            Some(ProtocolError::FrameTooLarge(limits::FRAME_BYTES_SALE)),
        ),
    ] {
        assert_eq!(first(&bytes, FrameLimits::LOGIN).err(), login, "{} bytes", bytes.len());
        assert_eq!(first(&bytes, FrameLimits::SALE).err(), sale, "{} bytes", bytes.len());
        assert_eq!(first(&bytes, FrameLimits::LARGEST).err(), None, "{} bytes", bytes.len());
    }
}
