//! The replies to `COMMAND`, by which client tools show and complete commands, made from the rows. The forms of a
//! command stand together under its name.

use crate::access::{Right, Role};
use crate::resp::encode::{Encoder, field};

use super::{Parse, Verb, usage_of_all, verbs};

/// All commands, each with its forms; most have one.
fn commands() -> Vec<Vec<&'static Verb>> {
    let mut commands: Vec<Vec<&'static Verb>> = Vec::new();
    for verb in verbs() {
        match commands.iter_mut().find(|forms| forms[0].name == verb.name) {
            Some(forms) => forms.push(verb),
            None => commands.push(vec![verb]),
        }
    }
    commands
}

/// The commands of these names, `None` for an unknown one; all commands if no name is given.
fn named<'a>(names: impl Iterator<Item = &'a [u8]>) -> Vec<Option<Vec<&'static Verb>>> {
    let all = commands();
    let find =
        |name: &[u8]| all.iter().find(|forms| forms[0].name.as_bytes().eq_ignore_ascii_case(name)).cloned();
    let found: Vec<_> = names.map(find).collect();
    if found.is_empty() { all.into_iter().map(Some).collect() } else { found }
}

pub(crate) fn count() -> u64 {
    commands().len() as u64
}

pub(crate) fn write_list(encoder: &mut Encoder<'_>) {
    let commands = commands();
    encoder.array(commands.len());
    for forms in commands {
        encoder.bulk(forms[0].name.to_ascii_lowercase().as_bytes());
    }
}

/// The number of words, with the name; negative: at least that many.
fn arity(forms: &[&Verb]) -> i64 {
    let first = i64::from(forms[0].arity);
    if forms.iter().all(|verb| i64::from(verb.arity) == first) {
        return first;
    }
    let least = forms.iter().map(|verb| i64::from(verb.arity).abs()).min();
    -least.unwrap_or(1)
}

fn flag(forms: &[&Verb]) -> &'static str {
    if super::local::group(forms[0].name).is_some() {
        "fast"
    } else if forms.iter().any(|verb| verb.writes() || matches!(verb.parse, Parse::Wrapper)) {
        "write"
    } else {
        "readonly"
    }
}

/// The group of a command. If its forms need several roles, the greatest decides.
fn group(forms: &[&Verb]) -> &'static str {
    let role = || forms.iter().filter_map(|verb| verb.needs).map(Right::role).max();
    super::local::group(forms[0].name).unwrap_or_else(|| role().map_or("connection", Role::word))
}

fn summary(forms: &[&Verb]) -> String {
    match forms {
        [verb] => format!("{}: {}", verb.usage, verb.summary),
        _ => usage_of_all(forms[0].name),
    }
}

/// Writes `COMMAND INFO`: ten values for each command as in Redis 7, null for an unknown one. Forms are subcommands. The
/// event is the key.
pub(crate) fn write_info<'a>(encoder: &mut Encoder<'_>, names: impl Iterator<Item = &'a [u8]>) {
    let commands = named(names);
    encoder.array(commands.len());
    for forms in commands {
        match forms.as_deref() {
            None => encoder.null(),
            Some([verb]) if verb.form.is_empty() => write_one(encoder, &[verb], verb.key(), &[]),
            Some(forms) => write_one(encoder, forms, None, forms),
        }
    }
}

/// Whether its keys are those of a command that is behind its first words.
fn is_around_another(verb: &Verb) -> bool {
    matches!(verb.parse, Parse::Wrapper) || super::as_of::is_it(verb)
}

/// What clients of a cluster do with a command that is about no event: they ask each shard.
fn tips(verb: &Verb) -> &'static [&'static str] {
    match verb.words() {
        ("EVENT", "LIST") => &["request_policy:all_shards"],
        ("DBSIZE", _) => &["request_policy:all_shards", "response_policy:agg_sum"],
        _ => &[],
    }
}

/// A command, or one form of a command, with its subcommands.
fn write_one(encoder: &mut Encoder<'_>, forms: &[&Verb], key: Option<usize>, subcommands: &[&Verb]) {
    let (name, form) = forms[0].words();
    let is_form = !form.is_empty() && subcommands.is_empty();
    let name = if is_form { format!("{name}|{form}") } else { name.to_owned() };
    encoder.array(10);
    encoder.bulk(name.to_ascii_lowercase().as_bytes());
    encoder.signed(arity(forms));
    let has_several = forms.iter().any(|verb| verb.has_several_keys());
    let has_streams = forms.iter().any(|verb| verb.has_movable_keys());
    let says_later = has_streams || forms.iter().any(|verb| is_around_another(verb));
    let flags = [
        Some(flag(forms)),
        // They are the ones that may wait.
        has_streams.then_some("blocking"),
        says_later.then_some("movablekeys"),
    ];
    encoder.array(flags.iter().flatten().count());
    flags.iter().flatten().for_each(|flag| encoder.simple(flag));
    // The first key, the last one (counted from the end, if it is negative), and the step between them.
    let first = key.map_or(0, |at| at as i64);
    for place in [first, if has_several { -1 } else { first }, i64::from(key.is_some())] {
        encoder.signed(place);
    }
    encoder.array(0);
    let tips: &[&str] = match forms {
        [verb] => tips(verb),
        _ => &[],
    };
    encoder.array(tips.len());
    tips.iter().for_each(|tip| encoder.bulk(tip.as_bytes()));
    encoder.array(0);
    encoder.array(subcommands.len());
    for verb in subcommands {
        write_one(encoder, &[verb], verb.key(), &[]);
    }
}

/// Writes `COMMAND DOCS`. Unknown names are left out.
pub(crate) fn write_docs<'a>(encoder: &mut Encoder<'_>, names: impl Iterator<Item = &'a [u8]>) {
    let commands: Vec<_> = named(names).into_iter().flatten().collect();
    encoder.map(commands.len());
    for forms in commands {
        encoder.bulk(forms[0].name.to_ascii_lowercase().as_bytes());
        encoder.map(3);
        encoder.field(field!("summary"));
        encoder.bulk(summary(&forms).as_bytes());
        encoder.field(field!("since"));
        encoder.bulk(env!("CARGO_PKG_VERSION").as_bytes());
        encoder.field(field!("group"));
        encoder.bulk(group(&forms).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::encode::Protocol;

    fn written(write: impl Fn(&mut Encoder<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut Encoder::new(&mut out, Protocol::Resp3));
        String::from_utf8(out).unwrap().replace("\r\n", "|")
    }

    #[test]
    fn names_are_found_in_any_case_or_told_apart() {
        let names = [b"HOLD".as_slice(), b"nope"];
        let info = written(|encoder| write_info(encoder, names.into_iter()));
        assert_eq!(info, "*2|*10|$4|hold|:-7|*1|+write|:1|:1|:1|*0|*0|*0|*0|_|");
        let docs = written(|encoder| write_docs(encoder, names.into_iter()));
        assert!(docs.starts_with("%1|$4|hold|%3|$7|summary|"), "{docs}");
        assert!(
            written(|encoder| write_info(encoder, std::iter::empty())).starts_with(&format!("*{}|", count()))
        );
        let some = [
            b"event".as_slice(),
            b"count",
            b"xread",
            b"exists",
            b"xinfo",
            b"ssubscribe",
            b"sunsubscribe",
            b"ping",
            b"info",
            b"command",
            b"client",
        ];
        let info = written(|encoder| write_info(encoder, some.into_iter()));
        // Ten forms of a command begin as the ten fields of one do.
        let told = info.split("*10|").filter(|one| one.starts_with('$'));
        let told: Vec<_> = told.map(|one| one.split("|*0").next().unwrap()).collect();
        for expected in [
            "$5|event|:-2|*1|+write|:0|:0|:0",
            "$12|event|create|:5|*1|+write|:2|:2|:1",
            "$10|event|list|:-2|*1|+readonly|:0|:0|:0",
            "$5|count|:-2|*1|+readonly|:1|:1|:1",
            "$5|xread|:-4|*3|+readonly|+blocking|+movablekeys|:0|:0|:0",
            "$6|exists|:-2|*1|+readonly|:1|:-1|:1",
            "$12|xinfo|stream|:3|*1|+readonly|:2|:2|:1",
            "$10|ssubscribe|:-2|*1|+readonly|:1|:-1|:1",
            "$12|sunsubscribe|:-1|*1|+readonly|:1|:-1|:1",
            "$4|ping|:-1|*1|+fast|:0|:0|:0",
            "$4|info|:-1|*1|+fast|:0|:0|:0",
            "$7|command|:-1|*1|+fast|:0|:0|:0",
            "$15|command|getkeys|:-3|*1|+fast|:0|:0|:0",
            "$6|client|:-2|*1|+fast|:0|:0|:0",
            "$11|client|list|:-2|*1|+fast|:0|:0|:0",
        ] {
            assert!(told.contains(&expected), "{expected} in {told:#?}");
        }
        let forms =
            verbs().filter(|verb| ["EVENT", "COMMAND", "CLIENT", "XINFO"].contains(&verb.name)).count();
        assert_eq!(told.len(), some.len() + forms, "subcommands stand with their commands");
        for (name, group) in
            [("client", "connection"), ("dbsize", "server"), ("force", "operator"), ("exec", "connection")]
        {
            let docs = written(|encoder| write_docs(encoder, [name.as_bytes()].into_iter()));
            assert!(docs.ends_with(&format!("|$5|group|${}|{group}|", group.len())), "{docs}");
        }
    }

    /// Rows of one name follow each other, have different forms, and begin their usage with both.
    #[test]
    fn rows_are_well_formed() {
        let mut seen = std::collections::BTreeSet::new();
        for verb in verbs() {
            assert!(seen.insert(verb.title()), "{} stands twice", verb.title());
            assert!(verb.usage.starts_with(&verb.title()), "{}", verb.usage);
            assert!(!verb.summary.is_empty() && !verb.summary.ends_with('.'), "{}", verb.title());
            let is_about_event = matches!(verb.parse, Parse::Event(_) | Parse::Either(..));
            assert!(!is_about_event || verb.needs.is_some(), "{}", verb.title());
            let place = if verb.form.is_empty() { 1 } else { 2 };
            assert!(verb.key().is_none_or(|at| at == place), "{}", verb.title());
            assert!(!is_about_event || verb.key().is_some(), "{}", verb.title());
        }
        for forms in commands().iter().filter(|forms| forms.len() > 1) {
            assert!(
                forms.iter().all(|verb| !verb.form.is_empty()),
                "{} is found without its form",
                forms[0].name
            );
        }
    }

    /// docs/protocol.md shows every row: what is written, who may, what it does.
    #[test]
    fn the_documentation_shows_every_row() {
        let page = include_str!("../../../docs/protocol.md");
        let section = page.split("\n## ").find(|section| section.starts_with("All commands")).unwrap();
        let told: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
        let row = |verb: &Verb| {
            let usage = verb.usage.replace('|', "\\|");
            format!(
                "| `{usage}` | {} | {} |",
                verb.needs.map_or_else(|| "any".to_owned(), |right| right.to_string()),
                verb.summary
            )
        };
        let expected: Vec<_> = verbs().map(row).collect();
        assert_eq!(told, expected, "the table is:\n{}", expected.join("\n"));
    }

    /// A reader who knows what to do, and not what it is called, finds every command in the index.
    #[test]
    fn the_documentation_names_every_command_in_its_index() {
        let page = include_str!("../../../docs/protocol.md");
        let index = page.split("\n## ").find(|section| section.starts_with("I want to")).unwrap();
        let named: Vec<&str> = index.split('`').skip(1).step_by(2).collect();
        let titles = verbs().map(Verb::title);
        let missing: Vec<_> = titles.filter(|title| !named.contains(&title.as_str())).collect();
        assert!(missing.is_empty(), "docs/protocol.md, `I want to`, lacks {missing:?}");
    }
}
