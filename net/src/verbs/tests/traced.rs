//! `TRACED traceparent [STATE tracestate]`, before any command.

use holdfast_engine::Trace;

use super::*;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// What is wrapped around the command, if its sender keeps the trace.
fn wrapped(text: &str) -> Option<Traced> {
    let words: Vec<_> = text.split(' ').map(str::as_bytes).collect();
    let (bytes, mut decoder, mut traced) = (wire(&words), Decoder::new(), None);
    assert_eq!(decoder.decode(&bytes, FrameLimits::LARGEST), Ok(Decoded::Command(bytes.len())));
    command(decoder.arguments(&bytes), &Grant::EVERYTHING, &mut traced).unwrap();
    traced.map(|traced| *traced)
}

#[test]
fn a_traced_command_is_the_command() {
    for inner in [
        "HOLD ev k h 0 SEATS A-1-1",
        "hold ev k h 0 seats A-1-1",
        "GET HOLD ev 1",
        "PING x",
        "EVENT LIST",
        "EXEC",
    ] {
        for around in [format!("TRACED {PARENT}"), format!("traced {PARENT} state a=b,c=d")] {
            assert_eq!(line(&format!("{around} {inner}")), line(inner), "{around} {inner}");
        }
    }
    let (trace, _) = Trace::read(PARENT.as_bytes()).unwrap();
    let traced = |state: Option<&str>| Some(Traced { trace, is_own: false, state: state.map(Into::into) });
    assert_eq!(wrapped("PING"), None);
    assert_eq!(wrapped(&format!("TRACED {PARENT} PING")), traced(None));
    assert_eq!(wrapped(&format!("TRACED {PARENT} STATE a=b PING")), traced(Some("a=b")));
    let unsampled = PARENT.replace("-01", "-00");
    assert_eq!(wrapped(&format!("TRACED {unsampled} STATE a=b PING")), None);
}

#[test]
fn what_is_no_trace_is_refused() {
    let parent =
        |why: &str, text: &str| format!("HF-INP-016 {text:?} is no traceparent of version 00: {why}");
    let usage = "TRACED traceparent [STATE tracestate] command [word ...]";
    let (upper, zeros) =
        (PARENT.to_ascii_uppercase(), PARENT.replace("b7ad6b7169203331", "0000000000000000"));
    let long = "x".repeat(limits::TRACESTATE_BYTES_MAX + 1);
    let state = |shown: &str| {
        format!("HF-INP-016 the tracestate {shown} is not 1 to 512 characters of printable ASCII")
    };
    let cases = [
        ("TRACED".to_owned(), format!("HF-INP-001 missing traceparent: {usage}")),
        (format!("TRACED {PARENT}"), format!("HF-INP-001 missing command: {usage}")),
        (format!("TRACED {PARENT} STATE"), format!("HF-INP-001 missing tracestate: {usage}")),
        (format!("TRACED {PARENT} STATE a=b"), format!("HF-INP-001 missing command: {usage}")),
        ("TRACED HOLD ev k h 0 SEATS A-1-1".to_owned(), parent("it has not 55 characters", "HOLD")),
        (
            format!("TRACED {upper} PING"),
            parent("it has something else than small hexadecimal digits", &upper),
        ),
        (format!("TRACED {zeros} PING"), parent("its span id is all zeros", &zeros)),
        (
            format!("TRACED {PARENT} TRACED {PARENT} PING"),
            format!("HF-INP-001 TRACED stands within TRACED: {usage}"),
        ),
        (format!("TRACED {PARENT} STATE {long} PING"), state(&quoted(long.as_bytes()))),
        (format!("TRACED {PARENT} STATE _ PING"), state("\"\"")),
        (format!("TRACED {PARENT} STATE ä PING"), state("\"ä\"")),
        (format!("TRACED {PARENT} STATE a\tb PING"), state("\"a\\tb\"")),
    ];
    for (text, expected) in cases {
        assert_eq!(line(&text), Err(expected), "{text}");
    }
    let longest = "x".repeat(limits::TRACESTATE_BYTES_MAX);
    assert_eq!(line(&format!("TRACED {PARENT} STATE {longest} PING")), line("PING"));
}

#[test]
fn faults_of_the_command_are_told_as_without_it() {
    for inner in ["NONSENSE", "HOLD", "HOLD ev", "HOLD ev k h x SEATS A-1-1", "EVENT NONSENSE"] {
        let bare = line(inner);
        assert!(bare.is_err(), "{inner}");
        assert_eq!(line(&format!("TRACED {PARENT} {inner}")), bare);
    }
}

#[test]
fn the_event_of_a_traced_command_is_found() {
    for inner in ["HOLD ev k h 0 SEATS A-1-1", "EVENT CREATE ev k {}", "FEED ev 1", "PICTURE ev"] {
        let words: Vec<_> = inner.split(' ').map(str::as_bytes).collect();
        let (bytes, mut decoder) = (wire(&words), Decoder::new());
        assert_eq!(decoder.decode(&bytes, FrameLimits::LARGEST), Ok(Decoded::Command(bytes.len())));
        let (_, read) = command(decoder.arguments(&bytes), &Grant::EVERYTHING, &mut None).unwrap();
        assert_eq!(read.event(), Name::new(b"ev"), "{inner}");
    }
    let key = |text: &str| line(&format!("COMMAND GETKEYS {text}"));
    assert_eq!(key(&format!("TRACED {PARENT} HOLD ev k h 0 SEATS A-1-1")), key("HOLD ev k h 0 SEATS A-1-1"));
    assert!(key(&format!("TRACED {PARENT} PING")).is_err() && key("TRACED x PING").is_err());
}
