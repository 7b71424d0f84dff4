//! Commands about streams: ids as Redis takes them, and nothing that is passed over.

use super::*;

fn told(text: &str) -> String {
    line(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

#[test]
fn ids_are_read_as_redis_reads_them() {
    let max = u64::MAX;
    let cases = [
        ("- +", (0, 0), (max, max)),
        ("5 7", (5, 0), (7, max)),
        ("5-3 7-9", (5, 3), (7, 9)),
        ("(5-3 (7-9", (5, 4), (7, 8)),
        ("(5 (7", (5, 1), (7, max - 1)),
        ("(5-18446744073709551615 (7-0", (6, 0), (6, max)),
        ("007 18446744073709551615-18446744073709551615", (7, 0), (max, max)),
    ];
    for (ids, from, to) in cases {
        let id = |(time, sequence)| format!("EntryId {{ time: {time}, sequence: {sequence} }}");
        let span = |backwards| {
            let (from, to) = (id(from), id(to));
            format!("StreamSpan {{ from: {from}, to: {to}, count: 100, backwards: {backwards} }}")
        };
        let span = |backwards| span(backwards).replace("StreamSpan", "Span");
        assert!(told(&format!("XRANGE feeds {ids}")).contains(&span(false)), "{ids}");
        let (first, last) = ids.split_once(' ').unwrap();
        assert!(told(&format!("XREVRANGE feed:ev {last} {first}")).contains(&span(true)), "{ids}");
    }
    let read = told("xread block 0 count 7 streams feed:ev feeds $ 12-3");
    for part in [
        "count: 7",
        "block: 18446744073709551615.999999999s",
        "(All, Id(EntryId { time: 12, sequence: 3 }))",
        ", Now)",
    ] {
        assert!(read.contains(part), "{part} of {read}");
    }
    assert!(told("XREAD STREAMS feed:ev 0").contains("block: 0ns"));
}

#[test]
fn what_is_no_id_no_stream_or_no_option_is_named() {
    let bound = "is not -, +, <time>, <time>-<version>, or one of the last two behind a (";
    for (text, expected) in [
        ("XRANGE feeds x +", format!("HF-INP-003 start \"x\" {bound}")),
        ("XRANGE feeds (- +", format!("HF-INP-003 start \"(-\" {bound}")),
        ("XRANGE feeds 1- +", format!("HF-INP-003 start \"1-\" {bound}")),
        ("XRANGE feeds -1 +", format!("HF-INP-003 start \"-1\" {bound}")),
        ("XRANGE feeds - 1-2-3", format!("HF-INP-003 end \"1-2-3\" {bound}")),
        ("XRANGE feeds - (0-0", format!("HF-INP-003 end \"(0-0\" {bound}")),
        ("XRANGE feeds - 18446744073709551616", format!("HF-INP-003 end \"18446744073709551616\" {bound}")),
        (
            "XRANGE feeds (18446744073709551615-18446744073709551615 +",
            format!("HF-INP-003 start \"(18446744073709551615-18446744073709551615\" {bound}"),
        ),
        ("XREAD STREAMS feeds >", "HF-INP-003 id \">\" is not $, 0, <time> or <time>-<version>".to_owned()),
        ("XREAD STREAMS feeds (5", "HF-INP-003 id \"(5\" is not $, 0, <time> or <time>-<version>".to_owned()),
        (
            "XRANGE gala - +",
            "HF-INP-002 \"gala\" is no stream: there are feed:ev for each event, and feeds".to_owned(),
        ),
        (
            "XLEN map:ev",
            "HF-INP-002 \"map:ev\" is no stream: there are feed:ev for each event, and feeds".to_owned(),
        ),
        ("XREAD STREAMS feed:ev feeds feed:ev 0 0 0", "HF-INP-004 \"feed:ev\" stands twice".to_owned()),
        ("XADD feed:ev * a b", "HF-BIZ-049 sales write the feed: there is no XADD".to_owned()),
        ("XTRIM feed:ev MAXLEN 0", "HF-BIZ-049 sales write the feed: there is no XTRIM".to_owned()),
        ("XDEL feeds 1-1", "HF-BIZ-049 sales write the feed: there is no XDEL".to_owned()),
        ("PUBLISH feed:ev x", "HF-BIZ-049 sales write the feed: there is no PUBLISH".to_owned()),
        ("SPUBLISH feed:ev x", "HF-BIZ-049 sales write the feed: there is no SPUBLISH".to_owned()),
        ("XSETID feed:ev 9-9", "HF-BIZ-049 sales write the feed: there is no XSETID".to_owned()),
    ] {
        let fault = line(text).unwrap_err();
        assert!(fault.starts_with(&expected), "{text}: {fault}");
    }
    for (text, expected) in [
        ("XRANGE feeds - + LIMIT 5", "\"LIMIT\" is not COUNT: "),
        ("XRANGE feeds - + COUNT 5 COUNT 6", "\"COUNT\" is one argument too many: "),
        ("XREAD NOACK STREAMS feeds 0", "\"NOACK\" is neither COUNT nor BLOCK nor STREAMS: "),
        ("XREAD COUNT 1 COUNT 2 STREAMS feeds 0", "\"COUNT\" stands twice: "),
        ("XREAD STREAMS feeds feed:ev 0", "behind STREAMS come as many ids as streams: "),
        ("XREAD COUNT 1 STREAMS", "behind STREAMS come as many ids as streams: "),
        ("XREAD COUNT 1 BLOCK 2", "missing STREAMS: "),
        ("XINFO STREAM feed:ev FULL", "there is no FULL: "),
        ("XINFO STREAM feed:ev COUNT", "\"COUNT\" is one argument too many: "),
    ] {
        let fault = line(text).unwrap_err();
        assert!(fault.starts_with(&format!("HF-INP-001 {expected}")), "{text}: {fault}");
    }
    let many = |name: &str| (0..65).map(|at| format!(" {name}{at}")).collect::<String>();
    let fault = line(&format!("XREAD STREAMS{}{}", many("feed:"), many(""))).unwrap_err();
    assert!(fault.contains("65 streams are too many: at most 64"), "{fault}");
    assert!(line("XGROUP HELP").unwrap_err().starts_with("HF-INP-007 "));
    assert!(line("XINFO HELP").unwrap_err().starts_with("HF-INP-007 "));
}

#[test]
fn words_of_groups_mean_what_they_mean_in_redis() {
    for (text, meaning) in [
        (
            "XGROUP CREATE feed:ev g $ MKSTREAM",
            "Create(GroupName { stream: Event(\"ev\"), group: \"g\" }, Now)",
        ),
        (
            "xgroup setid feeds g 7",
            "Set(GroupName { stream: All, group: \"g\" }, Id(EntryId { time: 7, sequence: 0 }))",
        ),
        ("XREADGROUP STREAMS GROUP c 0", ""),
        (
            "XREADGROUP NOACK GROUP g c STREAMS feed:ev >",
            "streams: [(Event(\"ev\"), New)], count: 100, block: 0ns, noack: true",
        ),
        (
            "XREADGROUP GROUP g c COUNT 5 BLOCK 9 STREAMS feeds 0",
            "[(All, Own(EntryId { time: 0, sequence: 0 }))], count: 5, block: 9ms",
        ),
        ("XREADGROUP GROUP g c CLAIM 5 STREAMS feeds >", "noack: false, claim: Some(5)"),
        ("XNACK feed:ev g fatal IDS 2 1-1 2", "Fatal, [EntryId { time: 1, sequence: 1 }, EntryId"),
        ("XPENDING feed:ev g", "Summary("),
        (
            "XPENDING feed:ev g IDLE 9 - + 10 c",
            "min_idle: 9, ends: (EntryId { time: 0, sequence: 0 }, EntryId",
        ),
        (
            "XCLAIM feed:ev g c 5 1-1 2 TIME 7 RETRYCOUNT 3 FORCE JUSTID",
            "given: Some(At(7)), deliveries: Some(3), ids_alone: true, force: true",
        ),
        ("XAUTOCLAIM feed:ev g c 5 (1-1 JUSTID", "(EntryId { time: 1, sequence: 2 }, 100)"),
    ] {
        match line(text) {
            Ok(told) => assert!(!meaning.is_empty() && told.contains(meaning), "{text}: {told}"),
            Err(fault) => assert!(meaning.is_empty() && fault.starts_with("HF-INP-001 "), "{text}: {fault}"),
        }
    }
    for (text, expected) in [
        ("XREADGROUP GROUP g c STREAMS feeds $", "HF-INP-003 the id $ says nothing here"),
        ("XREADGROUP GROUP g c GROUP g c STREAMS feeds >", "HF-INP-001 \"GROUP\" stands twice"),
        ("XREADGROUP COUNT 1 BLOCK 1 STREAMS feeds >", "HF-INP-001 missing GROUP"),
        ("XREADGROUP GROUP g c CLAIM x STREAMS feeds >", "HF-INP-003 "),
        ("XREADGROUP GROUP g c NOACK CLAIM 5 STREAMS feeds >", "HF-INP-001 CLAIM takes over"),
        ("XREADGROUP GROUP g c MAXCOUNT 5 STREAMS feeds >", "HF-INP-001 \"MAXCOUNT\" is none of"),
        ("XNACK feeds g LOUD IDS 1 1-1", "HF-INP-001 \"LOUD\" is none of"),
        ("XNACK feeds g FAIL 1 1-1 2-2", "HF-INP-001 missing IDS"),
        ("XNACK feeds g FAIL IDS 2 1-1", "HF-INP-001 "),
        ("XNACK feeds g FAIL IDS 0 1-1", "HF-INP-003 "),
        ("XNACK feeds g FAIL IDS 1 1-1 RETRYCOUNT 3", "HF-INP-001 \"RETRYCOUNT\" is one argument too many"),
        ("XNACK feeds g FAIL IDS 1 1-1 FORCE", "HF-INP-001 \"FORCE\" is one argument too many"),
        ("XACK feeds g 1-1 -", "HF-INP-003 id \"-\" is not"),
        ("XCLAIM feeds g c 5 1-1 IDLE 1 TIME 1", "HF-INP-001 \"TIME\" stands twice"),
        ("XCLAIM feeds g c 5 1-1 LASTID 1-1", "HF-INP-001 \"LASTID\" is none of"),
        ("XAUTOCLAIM feeds g c 5 0 FORCE", "HF-INP-001 \"FORCE\" is neither COUNT nor JUSTID"),
        ("XGROUP CREATE feeds g 0 ENTRIESREAD 5", "HF-INP-001 \"ENTRIESREAD\" is one argument too many"),
    ] {
        let fault = line(text).unwrap_err();
        assert!(fault.starts_with(expected), "{text}: {fault}");
    }
}

#[test]
fn the_keys_are_told() {
    let bytes = |name: &str| format!("{:?}", name.as_bytes());
    for (text, keys) in [
        ("XREAD BLOCK 5 STREAMS feed:a feeds 0 $", vec!["feed:a", "feeds"]),
        ("XREVRANGE feed:a + -", vec!["feed:a"]),
        ("XINFO STREAM feeds", vec!["feeds"]),
        ("XREADGROUP GROUP g c STREAMS feed:a feeds > 0", vec!["feed:a", "feeds"]),
        ("XGROUP CREATE feed:a g $", vec!["feed:a"]),
        ("XACK feed:a g 1-1", vec!["feed:a"]),
        ("EXISTS feed:a feed:b x", vec!["feed:a", "feed:b", "x"]),
    ] {
        let keys: Vec<_> = keys.into_iter().map(bytes).collect();
        let expected = format!("CommandKeys([{}])", keys.join(", "));
        assert_eq!(line(&format!("COMMAND GETKEYS {text}")), Ok(expected), "{text}");
    }
    assert!(line("COMMAND GETKEYS XREAD COUNT 1 STREAMS feeds").is_err());
}
