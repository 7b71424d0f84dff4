//! `holdfast explain`: the catalogue of kinds and codes, for people.

use std::fmt::Write as _;

use holdfast_engine::{CATALOGUE, CLASSES, Code, Entry, MEANINGS, Meaning, explain};

use super::data::print;
use crate::exit::Failure;

/// What all codes begin with; as a word by itself, all of them.
const PREFIX: &str = "HF";

pub(crate) fn run(word: Option<&str>) -> Result<(), Failure> {
    let Some(word) = word else {
        print(&overview());
        return Ok(());
    };
    let asked = word.trim().trim_start_matches('-').to_ascii_uppercase();
    let of_class = |entry: &&Entry| asked == PREFIX || asked == entry.class();
    let text = if let Some(meaning) = MEANINGS.iter().find(|meaning| meaning.kind.word() == asked) {
        kind(meaning)
    } else if let Some(entry) = explain(&asked) {
        code(entry)
    } else if CATALOGUE.iter().any(|entry| of_class(&entry)) {
        list(CATALOGUE.iter().filter(of_class))
    } else {
        let nearest = nearest(&asked).map_or_else(String::new, |near| format!(" Did you mean {near}?"));
        let message = format!(
            "there is no code, kind or class {word:?}.{nearest} `holdfast explain` lists kinds and classes, `holdfast explain {PREFIX}` all codes"
        );
        return Err(Failure::usage(Code::BAD_USAGE, message));
    };
    print(&text);
    Ok(())
}

// Writing to a String cannot fail.
fn overview() -> String {
    let mut text = "A refusal is `-KIND CODE message`. Programs decide by KIND.\n\nKinds:\n".to_owned();
    for Meaning { kind, what, .. } in MEANINGS {
        let _ = writeln!(text, "  {:<10} {what}", kind.word());
    }
    text.push_str("\nClasses of codes:\n");
    for (class, about) in CLASSES {
        let _ = writeln!(text, "  {class:<10} {about}");
    }
    let _ = writeln!(
        text,
        "\nholdfast explain TAKEN        one kind, with its codes\nholdfast explain BIZ          the codes of one class\nholdfast explain HF-BIZ-001   one code\nholdfast explain {PREFIX}           all codes"
    );
    text
}

fn kind(Meaning { kind, what, binds, remedy }: &Meaning) -> String {
    let word = kind.word();
    let key = if *binds {
        "bound: the same key gets this refusal again, also when it would be possible by then"
    } else {
        "free: the same key may be sent again"
    };
    let codes = list(CATALOGUE.iter().filter(|entry| entry.kind == Some(*kind)));
    format!("{word}: {what}\n  key:     {key}\n  remedy:  {remedy}\n  codes:\n{codes}")
}

fn list<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut text = String::new();
    for entry in entries {
        let kind = entry.kind.map_or("-", |kind| kind.word());
        let _ = writeln!(text, "{}  {kind:<10} {}", entry.code, entry.title);
    }
    text
}

fn code(entry: &Entry) -> String {
    let given = match entry.kind {
        Some(kind) => format!("replies: -{} {} ...", kind.word(), entry.code),
        None => "given by the process itself, not in replies".to_owned(),
    };
    format!(
        "{}: {}\n  {given}\n  cause:   {}\n  remedy:  {}\n",
        entry.code, entry.title, entry.cause, entry.remedy
    )
}

/// The word that is most like this one: a kind with two other letters at most, or a code with one.
fn nearest(asked: &str) -> Option<&'static str> {
    let kinds = MEANINGS.iter().map(|meaning| (meaning.kind.word(), 2));
    let codes = CATALOGUE.iter().map(|entry| (entry.code.text(), 1));
    let near = kinds.chain(codes).map(|(word, most)| (steps(asked, word), most, word));
    near.filter(|(steps, most, _)| steps <= most).min().map(|(.., word)| word)
}

/// How many letters have to be put in, taken out or exchanged to make one word of the other.
fn steps(from: &str, to: &str) -> usize {
    let mut before: Vec<usize> = (0..=to.len()).collect();
    for (row, a) in from.bytes().enumerate() {
        let mut now = vec![row + 1];
        for (column, b) in to.bytes().enumerate() {
            let other = before[column] + usize::from(a != b);
            now.push(other.min(before[column + 1] + 1).min(now[column] + 1));
        }
        before = now;
    }
    before[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word() {
        for (asked, near) in [
            ("TAKNE", Some("TAKEN")),
            ("NO-SEAT", Some("NOSEAT")),
            ("HF-BIZ-0001", Some("HF-BIZ-001")),
            ("DEGRADE", Some("DEGRADED")),
            ("HF-BIZ-999", None),
            ("WHATEVER", None),
            ("", None),
        ] {
            assert_eq!(nearest(asked), near, "{asked}");
        }
    }
}
