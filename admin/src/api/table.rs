//! The routes that read: each is a command of the protocol, and has a row that says which.

use holdfast_net::Right;

/// A route that reads.
#[derive(Debug)]
pub struct Route {
    /// Behind the base. What is in braces is a piece of the path, percent-encoded, which stands for itself in the command.
    pub(crate) path: &'static str,
    /// The command up to what the query adds.
    words: &'static [Word],
    /// What may stand in the query, in the order in which the command takes it.
    query: &'static [Parameter],
    /// What is made of the reply.
    pub(crate) shape: Shape,
    /// What the command needs at the other door, where it is judged: nobody is asked for it here.
    right: Right,
}

/// A word of a command.
#[derive(Clone, Copy, Debug)]
enum Word {
    Is(&'static str),
    /// The piece of the path of this name.
    Piece(&'static str),
}

/// A parameter of the query.
#[derive(Debug)]
struct Parameter {
    name: &'static str,
    gives: Gives,
}

/// What a parameter becomes.
#[derive(Clone, Copy, Debug)]
enum Gives {
    /// The value behind this word.
    Behind(&'static str),
    /// A cursor: digits, with dashes between them.
    Cursor,
    /// A number, or this one if there is no such parameter.
    Number(&'static str),
    /// A word by itself if it is one of these, else behind the other.
    OneOf(&'static [&'static str], &'static str),
    /// The value.
    Word,
}

/// What is made of a reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// Itself.
    Same,
    /// Where to go on, and what is on the page, under this name.
    Page(&'static str),
    /// The same of names and statuses in turn.
    Events,
    /// A text that is JSON.
    Json,
    /// The sections of `INFO`.
    Info,
    /// The lines of `CLIENT LIST`.
    Clients,
    /// The entries of `SLOWLOG GET`.
    Slow,
}

use Gives::{Behind, Cursor, Number, OneOf};
use Shape::{Clients, Events, Info, Json, Page, Same, Slow};
use Word::{Is, Piece};

const EV: Word = Piece("ev");
const MOMENT: Word = Piece("moment");
const STREAM: Word = Piece("stream");
const GROUP: Word = Piece("group");
const SECTION: Parameter = Parameter { name: "section", gives: Gives::Word };
const COUNT: Parameter = Parameter { name: "count", gives: Behind("COUNT") };
const CURSOR: Parameter = Parameter { name: "cursor", gives: Cursor };
const CURSOR_BEHIND: Parameter = Parameter { name: "cursor", gives: Behind("CURSOR") };
const HOLDER: Parameter = Parameter { name: "holder", gives: Behind("HOLDER") };
const SINCE: Parameter = Parameter { name: "since", gives: Behind("SINCE") };
const BY: Parameter = Parameter { name: "by", gives: Behind("BY") };
const FROM_TIME: Parameter = Parameter { name: "from", gives: Behind("FROM") };
const TO_TIME: Parameter = Parameter { name: "to", gives: Behind("TO") };
const FROM: Parameter = Parameter { name: "from", gives: Number("1") };

const fn route(
    path: &'static str,
    words: &'static [Word],
    query: &'static [Parameter],
    shape: Shape,
    right: Right,
) -> Route {
    Route { path, words, query, shape, right }
}

/// All of them.
pub static ROUTES: &[Route] = &[
    route("/info", &[Is("INFO")], &[SECTION], Info, Right::Ask),
    route("/config", &[Is("CONFIG"), Is("GET"), Is("*")], &[], Same, Right::Read),
    route("/clients", &[Is("CLIENT"), Is("LIST")], &[], Clients, Right::Operate),
    route(
        "/slowlog",
        &[Is("SLOWLOG"), Is("GET")],
        &[Parameter { name: "count", gives: Gives::Word }],
        Slow,
        Right::Read,
    ),
    route("/jobs", &[Is("JOB"), Is("LIST")], &[], Same, Right::Read),
    route(
        "/executions",
        &[Is("JOB"), Is("FIND")],
        &[
            Parameter { name: "job", gives: Behind("JOB") },
            Parameter { name: "state", gives: Behind("STATE") },
            FROM_TIME,
            TO_TIME,
            CURSOR_BEHIND,
            COUNT,
        ],
        Page("executions"),
        Right::Read,
    ),
    route("/executions/{execution}", &[Is("JOB"), Is("GET"), Piece("execution")], &[], Same, Right::Read),
    route(
        "/executions/{execution}/results",
        // Whether they count stands beside them.
        &[Is("JOB"), Is("RESULTS"), Piece("execution"), Is("INACTIVE")],
        &[CURSOR_BEHIND, COUNT],
        Same,
        Right::Read,
    ),
    route("/notify", &[Is("NOTIFY"), Is("LIST")], &[], Same, Right::Read),
    route(
        "/notify/dead",
        &[Is("NOTIFY"), Is("DEAD")],
        &[Parameter { name: "channel", gives: Behind("CHANNEL") }, CURSOR_BEHIND, COUNT],
        Page("dead"),
        Right::Read,
    ),
    route("/notify/acts", &[Is("NOTIFY"), Is("ACTS")], &[], Same, Right::Read),
    route("/groups", &[Is("GROUP"), Is("LIST")], &[], Same, Right::Read),
    route("/groups/{stream}/{group}", &[Is("GROUP"), Is("INFO"), STREAM, GROUP], &[], Same, Right::Read),
    route(
        "/groups/{stream}/{group}/dead",
        &[Is("GROUP"), Is("DEAD"), STREAM, GROUP],
        &[Parameter { name: "after", gives: Behind("AFTER") }, COUNT],
        Page("letters"),
        Right::Read,
    ),
    route(
        "/groups/{stream}/{group}/consumers",
        &[Is("XINFO"), Is("CONSUMERS"), STREAM, GROUP],
        &[],
        Same,
        Right::Read,
    ),
    route(
        "/groups/{stream}/{group}/pending",
        &[Is("XPENDING"), STREAM, GROUP, Is("-"), Is("+")],
        &[Parameter { name: "count", gives: Number("50") }],
        Same,
        Right::Read,
    ),
    route("/audit/head", &[Is("AUDIT"), Is("HEAD")], &[], Same, Right::Read),
    route(
        "/audit",
        &[Is("AUDIT"), Is("SHOW")],
        &[
            FROM_TIME,
            TO_TIME,
            Parameter { name: "operator", gives: Behind("OPERATOR") },
            Parameter { name: "event", gives: Behind("EVENT") },
            Parameter { name: "act", gives: Behind("ACT") },
            CURSOR_BEHIND,
            COUNT,
        ],
        Page("lines"),
        Right::Read,
    ),
    route("/feeds", &[Is("FEEDS")], &[FROM, COUNT], Same, Right::Look),
    route(
        "/events",
        &[Is("EVENT"), Is("LIST")],
        &[CURSOR, COUNT, Parameter { name: "status", gives: Behind("STATUS") }],
        Events,
        Right::Look,
    ),
    route("/events/{ev}", &[Is("EVENT"), Is("INFO"), EV], &[], Same, Right::Look),
    route("/events/{ev}/plan", &[Is("EVENT"), Is("PLAN"), EV], &[], Json, Right::Look),
    route("/events/{ev}/picture", &[Is("PICTURE"), EV], &[SINCE], Same, Right::Look),
    route("/events/{ev}/count", &[Is("COUNT"), EV], &[BY], Same, Right::Look),
    route("/events/{ev}/seats/{label}", &[Is("SEAT"), EV, Piece("label")], &[], Same, Right::Look),
    route(
        "/events/{ev}/holds",
        &[Is("LIST"), Is("HOLDS"), EV],
        &[HOLDER, SINCE, BY, CURSOR, COUNT],
        Page("holds"),
        Right::Read,
    ),
    route("/events/{ev}/holds/{hold}", &[Is("GET"), Is("HOLD"), EV, Piece("hold")], &[], Same, Right::Read),
    route(
        "/events/{ev}/orders",
        &[Is("LIST"), Is("ORDERS"), EV],
        &[HOLDER, SINCE, CURSOR, COUNT],
        Page("orders"),
        Right::Read,
    ),
    route(
        "/events/{ev}/orders/{order}",
        &[Is("GET"), Is("ORDER"), EV, Piece("order")],
        &[],
        Same,
        Right::Read,
    ),
    route(
        "/events/{ev}/payments",
        &[Is("PAYMENT"), Is("LIST"), EV],
        &[Parameter { name: "state", gives: OneOf(&["MISMATCH", "REFUNDABLE"], "STATUS") }, CURSOR, COUNT],
        Page("payments"),
        Right::Read,
    ),
    route(
        "/events/{ev}/payments/{payment}",
        &[Is("GET"), Is("PAYMENT"), EV, Piece("payment")],
        &[],
        Same,
        Right::Read,
    ),
    route(
        "/asof/{moment}/events/{ev}",
        &[Is("ASOF"), MOMENT, Is("EVENT"), Is("INFO"), EV],
        &[],
        Same,
        Right::Read,
    ),
    route(
        "/asof/{moment}/events/{ev}/map",
        &[Is("ASOF"), MOMENT, Is("MAP"), EV],
        &[SECTION],
        Same,
        Right::Read,
    ),
    route(
        "/asof/{moment}/events/{ev}/count",
        &[Is("ASOF"), MOMENT, Is("COUNT"), EV],
        &[BY],
        Same,
        Right::Read,
    ),
    route(
        "/asof/{moment}/events/{ev}/seats/{label}",
        &[Is("ASOF"), MOMENT, Is("SEAT"), EV, Piece("label")],
        &[],
        Same,
        Right::Read,
    ),
    route(
        "/asof/{moment}/events/{ev}/holds/{hold}",
        &[Is("ASOF"), MOMENT, Is("GET"), Is("HOLD"), EV, Piece("hold")],
        &[],
        Same,
        Right::Read,
    ),
    route(
        "/asof/{moment}/events/{ev}/orders/{order}",
        &[Is("ASOF"), MOMENT, Is("GET"), Is("ORDER"), EV, Piece("order")],
        &[],
        Same,
        Right::Read,
    ),
    route(
        "/asof/{moment}/events/{ev}/payments/{payment}",
        &[Is("ASOF"), MOMENT, Is("GET"), Is("PAYMENT"), EV, Piece("payment")],
        &[],
        Same,
        Right::Read,
    ),
    route("/events/{ev}/feed", &[Is("FEED"), EV], &[FROM, COUNT], Same, Right::Look),
];

impl Route {
    /// The command, given the pieces of the path and the query.
    ///
    /// # Errors
    /// What is wrong with the query, and what it may have.
    pub(crate) fn command(
        &self,
        pieces: &[(String, String)],
        query: &[(String, String)],
    ) -> Result<Vec<String>, String> {
        for (at, (name, _)) in query.iter().enumerate() {
            if !self.query.iter().any(|parameter| parameter.name == name) {
                let names: Vec<_> = self.query.iter().map(|parameter| parameter.name).collect();
                let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                return Err(format!("there is no parameter {name:?} here: there are {names}"));
            }
            if query[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(format!("the parameter {name} stands twice"));
            }
        }
        let mut words = Vec::with_capacity(8);
        for word in self.words {
            match word {
                Is(word) => words.push((*word).to_owned()),
                Piece(name) => {
                    let piece = pieces.iter().find(|(known, _)| known == name);
                    words.push(piece.map(|(_, value)| value.clone()).unwrap_or_default());
                }
            }
        }
        for Parameter { name, gives } in self.query {
            let given = query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            add(&mut words, name, *gives, given)?;
        }
        Ok(words)
    }

    /// Its path, behind what all paths of the API begin with.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// What a token must allow.
    #[must_use]
    pub const fn right(&self) -> Right {
        self.right
    }

    /// The command, as the documentation shows it.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        for word in self.words {
            words.push(match word {
                Is(word) => (*word).to_owned(),
                Piece(name) => (*name).to_owned(),
            });
        }
        for Parameter { name, gives } in self.query {
            words.push(match gives {
                Behind(word) => format!("[{word} {name}]"),
                Cursor | Gives::Word => format!("[{name}]"),
                Number(_) => (*name).to_owned(),
                OneOf(bare, behind) => format!("[{}|{behind} {name}]", bare.join("|")),
            });
        }
        words.join(" ")
    }
}

/// Adds what a parameter with this value becomes.
fn add(words: &mut Vec<String>, name: &str, gives: Gives, given: Option<&str>) -> Result<(), String> {
    match (gives, given) {
        (Number(without), None) => words.push(without.to_owned()),
        (_, None) => {}
        (Behind(word), Some(value)) => words.extend([word.to_owned(), value.to_owned()]),
        (Cursor, Some(value)) if value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
            words.push(value.to_owned());
        }
        (Number(_), Some(value)) if value.bytes().all(|byte| byte.is_ascii_digit()) => {
            words.push(value.to_owned());
        }
        (Cursor, Some(value)) => return Err(format!("{name}: {value:?} is no cursor of this list")),
        (Number(_), Some(value)) => return Err(format!("{name}: {value:?} is no number")),
        (OneOf(bare, _), Some(value)) if bare.iter().any(|word| word.eq_ignore_ascii_case(value)) => {
            words.push(value.to_ascii_uppercase());
        }
        (OneOf(_, behind), Some(value)) => words.extend([behind.to_owned(), value.to_owned()]),
        (Gives::Word, Some(value)) => words.push(value.to_owned()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn command(path: &str, query: &[(&str, &str)]) -> Result<String, String> {
        let route = ROUTES.iter().find(|route| route.path == path).unwrap();
        let pieces = pairs(&[("ev", "gala"), ("hold", "7"), ("label", "A-1-1")]);
        route.command(&pieces, &pairs(query)).map(|words| words.join(" "))
    }

    #[test]
    fn paths_and_queries_become_commands() {
        for (path, query, expected) in [
            ("/info", &[][..], "INFO"),
            ("/info", &[("section", "trace")], "INFO trace"),
            ("/config", &[], "CONFIG GET *"),
            ("/slowlog", &[("count", "5")], "SLOWLOG GET 5"),
            (
                "/executions",
                &[("state", "FAILED"), ("job", "replay"), ("count", "2")],
                "JOB FIND JOB replay STATE FAILED COUNT 2",
            ),
            ("/feeds", &[], "FEEDS 1"),
            ("/feeds", &[("count", "5"), ("from", "17")], "FEEDS 17 COUNT 5"),
            ("/events", &[("status", "open"), ("cursor", "3")], "EVENT LIST 3 STATUS open"),
            ("/events/{ev}/picture", &[("since", "4")], "PICTURE gala SINCE 4"),
            ("/events/{ev}/seats/{label}", &[], "SEAT gala A-1-1"),
            (
                "/events/{ev}/holds",
                &[("count", "2"), ("cursor", "17-4"), ("by", "expiry"), ("holder", "a b")],
                "LIST HOLDS gala HOLDER a b BY expiry 17-4 COUNT 2",
            ),
            ("/events/{ev}/holds/{hold}", &[], "GET HOLD gala 7"),
            ("/events/{ev}/payments", &[("state", "refundable")], "PAYMENT LIST gala REFUNDABLE"),
            ("/events/{ev}/payments", &[("state", "PENDING")], "PAYMENT LIST gala STATUS PENDING"),
        ] {
            assert_eq!(command(path, query).as_deref(), Ok(expected), "{path} {query:?}");
        }
    }

    #[test]
    fn what_a_query_may_not_have_is_told() {
        for (path, query, part) in [
            ("/config", &[("a", "b")][..], "there are none"),
            ("/feeds", &[("holder", "b")], "there are from, count"),
            ("/feeds", &[("count", "1"), ("count", "2")], "twice"),
            ("/feeds", &[("from", "BLOCK")], "no number"),
            ("/events", &[("cursor", "COUNT")], "no cursor"),
        ] {
            let error = command(path, query).unwrap_err();
            assert!(error.contains(part), "{path} {query:?}: {error}");
        }
    }

    #[test]
    fn each_piece_of_a_path_is_a_word() {
        for route in ROUTES {
            let named: Vec<_> = route
                .path
                .split('/')
                .filter_map(|piece| piece.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            let words = route.words.iter().filter_map(|word| match word {
                Piece(name) => Some(*name),
                Is(_) => None,
            });
            assert_eq!(named, words.collect::<Vec<_>>(), "{}", route.path);
        }
    }

    /// `docs/admin.md` shows every route. `HOLDFAST_DOCS=write` writes its table anew.
    #[test]
    fn the_documentation_shows_every_route() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/admin.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (head, rest) = page.split_once("| path | command | role |\n| --- | --- | --- |\n").unwrap();
        let (told, behind) = rest.split_once("\n\n").unwrap();
        let row = |route: &Route| {
            let command = route.shown().replace('|', "\\|");
            format!("| `{}` | `{command}` | {} |", route.path, route.right)
        };
        let expected = ROUTES.iter().map(row).collect::<Vec<_>>().join("\n");
        if std::env::var_os("HOLDFAST_DOCS").is_some_and(|word| word == "write") {
            let table = "| path | command | role |\n| --- | --- | --- |\n";
            std::fs::write(path, format!("{head}{table}{expected}\n\n{behind}")).unwrap();
            return;
        }
        assert_eq!(told, expected, "HOLDFAST_DOCS=write writes the table of docs/admin.md");
    }
}
