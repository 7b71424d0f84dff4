//! The tables of the protocol that have numbers and names of figures: limits of an event, ranges of numbers, fields of INFO.

mod slow;

use holdfast_engine::limits;

use crate::support::{Client, HALL, Server, TempDir, wire};

const PAGES: &str =
    concat!(include_str!("../../docs/protocol/limits.md"), include_str!("../../docs/protocol/info.md"));

/// The rows of the table with this head, as cells without their marks.
fn rows(head: &str) -> Vec<Vec<String>> {
    let lines =
        PAGES.lines().skip_while(|line| *line != head).skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
    let rows: Vec<Vec<String>> = lines.map(cells).collect();
    assert!(!rows.is_empty(), "docs/protocol has no table {head}");
    // Before the first and behind the last bar is nothing.
    rows.into_iter().map(|row| row[1..row.len() - 1].to_vec()).collect()
}

fn number(cell: &str) -> u64 {
    cell.parse().unwrap_or_else(|_| panic!("{cell} is no number"))
}

/// What is asked of a number: its least and its most are taken, and what is just outside is not.
fn outside_and_inside(from: u64, to: u64) -> Vec<(u64, bool)> {
    let below = from.checked_sub(1).map(|below| (below, false));
    below.into_iter().chain([(from, true), (to, true), (to + 1, false)]).collect()
}

#[test]
fn limits_of_an_event_have_these_defaults_and_ranges() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("plain", r#"{"areas":[{"name":"F","category":"G","capacity":1}]}"#);
    let info = client.ask("EVENT INFO plain");
    let table = rows("| limit | default | from | to | bounds |");
    assert_eq!(table.len(), 8);
    for row in table {
        let [limit, default, from, to, _] = &row[..] else { panic!("{row:?}") };
        assert!(info.contains(&format!("|{limit}|:{default}|")), "{limit} {default}: {info}");
        for (value, is_taken) in outside_and_inside(number(from), number(to)) {
            // The default of a time to live is not longer than the longest one.
            let beside = match limit.as_str() {
                "default_ttl" => format!(r#","max_ttl":{to}"#),
                "max_ttl" => r#","default_ttl":1"#.to_owned(),
                _ => String::new(),
            };
            let json = format!(r#"{{"{limit}":{value}{beside}}}"#);
            client.send(wire(&[
                "EVENT",
                "LIMITS",
                "plain",
                &format!("{limit}-{value}"),
                "olga",
                "why",
                &json,
            ]));
            let reply = client.reply();
            let refused =
                if value > u64::from(u32::MAX) { "-INVALID HF-INP-00" } else { "-INVALID HF-INP-006 " };
            assert!(reply.starts_with(if is_taken { "*6|$5|event|" } else { refused }), "{json}: {reply}");
        }
    }
}

#[test]
fn numbers_have_these_ranges() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let mut client = server.client();
    client.create("ev", HALL);
    let out_of_range = |client: &mut Client, command: &str, value: u64| {
        let reply = client.ask(&command.replace('N', &value.to_string()));
        reply.starts_with("-INVALID HF-INP-003 ")
    };
    let table = rows("| number | as in | from | to | if it is left out |");
    assert!(table.len() >= 13);
    for row in table {
        let [_, command, from, to, _] = &row[..] else { panic!("{row:?}") };
        assert!(command.contains(" N"), "{command}");
        // The letter stands for the number alone.
        let command = command.replace(" N", " \u{1}").replace('N', "n").replace('\u{1}', "N");
        for (value, is_taken) in outside_and_inside(number(from), number(to)) {
            assert_eq!(!out_of_range(&mut client, &command, value), is_taken, "{command} {value}");
        }
    }
}

#[test]
fn info_has_these_fields() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let text = String::from_utf8(server.client().bytes("INFO")).unwrap();
    let (mut section, mut told) = (String::new(), Vec::new());
    for line in text.lines().skip(1) {
        if let Some(title) = line.strip_prefix("# ") {
            title.clone_into(&mut section);
        } else if let Some((field, _)) = line.split_once(':') {
            told.push((section.clone(), field.to_owned()));
        }
    }
    let shown: Vec<_> = rows("| section | field | means |")
        .into_iter()
        .map(|row| {
            assert!(!row[2].is_empty(), "{row:?}");
            (row[0].clone(), row[1].clone())
        })
        .collect();
    assert_eq!(shown, told);
}

#[test]
fn an_event_has_these_sizes_at_most() {
    let told: Vec<_> =
        rows("| of | at most |").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    for (of, most) in [
        ("seats of an event", u64::from(limits::SEATS_MAX)),
        ("sections of an event", limits::SECTIONS_MAX as u64),
        ("areas of an event", limits::AREAS_MAX as u64),
        ("places of an area", u64::from(limits::AREA_CAPACITY_MAX)),
        ("parts of a row, and ranges of labels in it", limits::RANGES_PER_ROW_MAX as u64),
        ("events of a server", limits::EVENTS_MAX as u64),
        ("refunds of one payment", limits::REFUNDS_MAX as u64),
    ] {
        let shown = told.iter().find(|(name, _)| name == of).map(|(_, most)| most.replace(',', ""));
        assert_eq!(shown, Some(most.to_string()), "{of}");
    }
}
