//! `holdfast explain`: the catalogue of kinds and codes, for people.

mod language;

use std::fmt::Write as _;

use holdfast_engine::{CATALOGUE, CLASSES, Code, Entry, MEANINGS, MOVED, Meaning, explain};
use serde_json::json;

use super::data::print;
use crate::exit::Failure;
use crate::flags::Language;

/// What all codes begin with; as a word by itself, all of them.
const PREFIX: &str = "HF";

pub(crate) fn run(word: Option<&str>, language: Language, as_json: bool) -> Result<(), Failure> {
    let asked = word.map(|word| word.trim().trim_start_matches('-').to_ascii_uppercase());
    let of_class =
        |entry: &&Entry| asked.as_deref().is_none_or(|asked| asked == PREFIX || asked == entry.class());
    let meaning = MEANINGS.iter().find(|meaning| asked.as_deref() == Some(meaning.kind.word()));
    let one = asked.as_deref().and_then(explain);
    let entries: Vec<_> = match (meaning, one) {
        (Some(meaning), _) => CATALOGUE.iter().filter(|entry| entry.kind == Some(meaning.kind)).collect(),
        (None, Some(entry)) => vec![entry],
        (None, None) => CATALOGUE.iter().filter(of_class).collect(),
    };
    let is_moved = asked.as_deref() == Some(MOVED);
    if entries.is_empty() && !is_moved {
        return Err(unknown(word.unwrap_or_default(), asked.as_deref().unwrap_or_default()));
    }
    print(&match (meaning, one) {
        _ if as_json => machine_readable(&entries),
        _ if asked.is_none() => overview(language),
        _ if is_moved => moved(language),
        (Some(meaning), _) => kind(meaning, &entries, language),
        (None, Some(entry)) => code(entry, language),
        (None, None) => list(&entries, language),
    });
    Ok(())
}

fn unknown(word: &str, asked: &str) -> Failure {
    let nearest = nearest(asked).map_or_else(String::new, |near| format!(" Did you mean {near}?"));
    let message = format!(
        "there is no code, kind or class {word:?}.{nearest} `holdfast explain` lists kinds and classes, `holdfast explain {PREFIX}` all codes"
    );
    Failure::usage(Code::BAD_USAGE, message)
}

// Writing to a String cannot fail.
fn overview(language: Language) -> String {
    let labels = language.labels();
    let mut text = format!("{}\n", labels.kinds);
    for Meaning { kind, .. } in MEANINGS {
        let _ = writeln!(text, "  {:<10} {}", kind.word(), language.kind(*kind).0);
    }
    let _ = writeln!(text, "  {MOVED:<10} {}", language.moved().0);
    let _ = writeln!(text, "\n{}", labels.classes);
    for (class, about) in CLASSES {
        let _ = writeln!(text, "  {class:<10} {}", language.class(class, about));
    }
    text.push('\n');
    for (word, example) in ["TAKEN", "BIZ", "HF-BIZ-001", PREFIX].into_iter().zip(labels.examples) {
        let _ = writeln!(text, "holdfast explain {word:<12} {example}");
    }
    text
}

fn kind(Meaning { kind, binds, .. }: &Meaning, codes: &[&Entry], language: Language) -> String {
    let labels = language.labels();
    let (what, remedy) = language.kind(*kind);
    let key = if *binds { labels.bound } else { labels.free };
    let head = head(kind.word(), (what, key, remedy), language);
    format!("{head}  {}\n{}", labels.codes, list(codes, language))
}

fn moved(language: Language) -> String {
    let (what, remedy) = language.moved();
    head(MOVED, (what, language.labels().free, remedy), language)
}

fn head(word: &str, (what, key, remedy): (&str, &str, &str), language: Language) -> String {
    let labels = language.labels();
    format!("{word}: {what}\n  {}{key}\n  {}{remedy}\n", labels.key, labels.remedy)
}

fn list(entries: &[&Entry], language: Language) -> String {
    let mut text = String::new();
    for entry in entries {
        let kind = entry.kind.map_or("-", |kind| kind.word());
        let _ = writeln!(text, "{}  {kind:<10} {}", entry.code, language.entry(entry)[0]);
    }
    text
}

fn code(entry: &Entry, language: Language) -> String {
    let labels = language.labels();
    let [title, cause, remedy] = language.entry(entry);
    let given = match entry.kind {
        Some(kind) => format!("{}-{} {} ...", labels.replies, kind.word(), entry.code),
        None => labels.by_process.to_owned(),
    };
    let mut text = format!("{}: {title}\n  {given}\n  {}{cause}\n", entry.code, labels.cause);
    let _ = writeln!(text, "  {}{remedy}", labels.remedy);
    if let Some(told) = entry.told() {
        let _ = writeln!(text, "  {}{}", labels.customer, language.told(told));
    }
    text
}

/// What a front end puts into its own tables: every text in both languages.
fn machine_readable(entries: &[&Entry]) -> String {
    let binds = |entry: &Entry| MEANINGS.iter().any(|row| Some(row.kind) == entry.kind && row.binds);
    let texts = |language: Language, entry: &Entry| {
        let [title, cause, remedy] = language.entry(entry);
        let customer = entry.told().map(|told| language.told(told));
        json!({ "title": title, "cause": cause, "remedy": remedy, "customer": customer })
    };
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            json!({
                "code": entry.code.text(),
                "kind": entry.kind.map(holdfast_engine::Kind::word),
                "binds": binds(entry),
                "en": texts(Language::En, entry),
                "ko": texts(Language::Ko, entry),
            })
        })
        .collect();
    format!("{:#}\n", json!(rows))
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
