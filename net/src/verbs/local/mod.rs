//! Commands about the connection or the server, mostly so that stock clients connect without errors.

mod cluster;
mod figures;

use holdfast_engine::Fault;

use super::words::{Folded, Words, bad_number, not_a_name, number, quoted};
use super::{Front, Verb, front};
use crate::access::{Credentials, Right};
use crate::limits;
use crate::resp::decode::Arguments;
use crate::resp::encode::Protocol;
pub(crate) use cluster::ClusterAsk;
pub(super) use cluster::VERBS as CLUSTER;
pub(super) use figures::VERBS as FIGURES;
pub(crate) use figures::{Figures, help};

/// Settings and sums are nothing for a display.
const READER: Option<Right> = Some(Right::Read);
/// Client libraries ask for it to see whether they can begin; a display hears no figures.
const ASKS: Option<Right> = Some(Right::Ask);
/// Who is connected, and from where, is for those who run the server.
const OPERATOR: Option<Right> = Some(Right::Operate);
/// What client libraries send before they log in, or while they do.
const ANYBODY: Option<Right> = None;

pub(super) static VERBS: &[Verb] = &[
    front(("PING", ""), -1, ANYBODY, "PING [message]", "answers", |mut words| {
        let message = words.next();
        end(words, Local::Ping(message))
    }),
    front(("ECHO", ""), 2, ANYBODY, "ECHO message", "answers with the message", |mut words| {
        let message = words.word("message")?;
        end(words, Local::Echo(message))
    }),
    front(
        ("HELLO", ""),
        -1,
        ANYBODY,
        "HELLO [2|3] [AUTH user token] [SETNAME name]",
        "chooses the version of the protocol",
        hello,
    ),
    front(("AUTH", ""), -2, ANYBODY, "AUTH [user] token", "logs in", auth),
    front(("QUIT", ""), 1, ANYBODY, "QUIT", "closes the connection", |words| end(words, Local::Quit)),
    front(("RESET", ""), 1, ANYBODY, "RESET", "back to how the connection was at first", |words| {
        end(words, Local::Reset)
    }),
    front(("SELECT", ""), 2, ANYBODY, "SELECT 0", "accepted; there is one database", |mut words| {
        words.number("database", 0, 0)?;
        end(words, Local::Accepted)
    }),
    front(("CLIENT", "SETNAME"), 3, ANYBODY, "CLIENT SETNAME name", "names the connection", |mut words| {
        let name = client_name(words.word("name")?)?;
        end(words, Local::SetName(name))
    }),
    front(("CLIENT", "GETNAME"), 2, ANYBODY, "CLIENT GETNAME", "the connection's name", |words| {
        end(words, Local::Client(ClientInfo::Name))
    }),
    front(
        ("CLIENT", "SETINFO"),
        4,
        ANYBODY,
        "CLIENT SETINFO LIB-NAME|LIB-VER value",
        "what the client's library is called",
        set_info,
    ),
    front(("CLIENT", "ID"), 2, ANYBODY, "CLIENT ID", "the connection's number", |words| {
        end(words, Local::Client(ClientInfo::Id))
    }),
    front(("CLIENT", "INFO"), 2, ANYBODY, "CLIENT INFO", "a line about the connection", |words| {
        end(words, Local::Client(ClientInfo::Line))
    }),
    front(
        ("CLIENT", "LIST"),
        -2,
        OPERATOR,
        "CLIENT LIST [ID id [id ...]]",
        "a line about each connection",
        client_list,
    )
    .weighs(limits::WEIGHT_MAP),
    front(
        ("CLIENT", "REPEATS"),
        3,
        ANYBODY,
        "CLIENT REPEATS ON|OFF",
        "whether a reply says that it is a repeat: off at first",
        |mut words| {
            let on = on_or_off(&mut words)?;
            end(words, Local::Repeats(on))
        },
    ),
    front(("CLIENT", "NO-EVICT"), 3, ANYBODY, "CLIENT NO-EVICT ON|OFF", "accepted, without effect", accepted),
    front(("CLIENT", "NO-TOUCH"), 3, ANYBODY, "CLIENT NO-TOUCH ON|OFF", "accepted, without effect", accepted),
    front(
        ("COMMAND", "INFO"),
        -1,
        ANYBODY,
        "COMMAND INFO [name ...]",
        "the commands that there are, also without INFO",
        |words| Ok(Front::Local(Local::CommandInfo(words.rest()))),
    ),
    front(("COMMAND", "DOCS"), -2, ANYBODY, "COMMAND DOCS [name ...]", "what they do", |words| {
        Ok(Front::Local(Local::CommandDocs(words.rest())))
    }),
    front(("COMMAND", "COUNT"), 2, ANYBODY, "COMMAND COUNT", "how many there are", |words| {
        end(words, Local::CommandCount)
    }),
    front(("COMMAND", "LIST"), 2, ANYBODY, "COMMAND LIST", "their names", |words| {
        end(words, Local::CommandList)
    }),
    front(
        ("COMMAND", "GETKEYS"),
        -3,
        ANYBODY,
        "COMMAND GETKEYS command [word ...]",
        "the event or the streams that a command is about, which are its keys in the sense of Redis",
        |words| super::keys(&words).map(|keys| Front::Local(Local::CommandKeys(keys))),
    ),
    front(
        ("INFO", ""),
        -1,
        ASKS,
        "INFO [section ...]",
        "figures of the server, in the form of Redis",
        |words| Ok(Front::Local(Local::Info(words.rest()))),
    )
    .weighs(limits::WEIGHT_LIST),
    front(("ROLE", ""), 1, ASKS, "ROLE", "whether it may be written to", |words| end(words, Local::Role)),
    front(("TIME", ""), 1, ASKS, "TIME", "the server's time: seconds, microseconds", |words| {
        end(words, Local::Time)
    }),
    front(("DBSIZE", ""), 1, READER, "DBSIZE", "how many events there are", |words| end(words, Local::Size))
        .weighs(limits::WEIGHT_LIST),
    front(
        ("CONFIG", "GET"),
        -3,
        READER,
        "CONFIG GET pattern [pattern ...]",
        "settings that are in force, under their names here and in Redis",
        |words| config_get(&words),
    )
    .weighs(limits::WEIGHT_LIST),
];

/// The group of such a command for `COMMAND DOCS`; `None` for a command about an event.
pub(super) fn group(name: &str) -> Option<&'static str> {
    match name {
        "COMMAND" | "INFO" | "CONFIG" | "ROLE" | "TIME" | "DBSIZE" | "SLOWLOG" | "LATENCY" | "ACL" => {
            Some("server")
        }
        "CLUSTER" => Some("cluster"),
        "READONLY" | "READWRITE" | "ASKING" => Some("connection"),
        _ => VERBS.iter().any(|verb| verb.name == name).then_some("connection"),
    }
}

/// A command that needs no event.
#[derive(Clone, Debug)]
pub(crate) enum Local<'a> {
    /// `PING`
    Ping(Option<&'a [u8]>),
    /// `ECHO`
    Echo(&'a [u8]),
    /// `AUTH`
    Auth(Credentials<'a>),
    /// `HELLO`
    Hello {
        /// The version that is asked for.
        protocol: Option<Protocol>,
        /// A name for the connection.
        name: Option<&'a [u8]>,
        /// A login, which comes before the rest.
        login: Option<Credentials<'a>>,
    },
    /// `QUIT`
    Quit,
    /// `RESET`
    Reset,
    /// Understood and without effect: `SELECT 0`, `CLIENT NO-EVICT`, `CLIENT NO-TOUCH`.
    Accepted,
    /// `CLIENT REPEATS`, on or off.
    Repeats(bool),
    /// `CLIENT SETNAME`
    SetName(&'a [u8]),
    /// `CLIENT SETINFO`
    SetInfo(Library, &'a [u8]),
    /// `CLIENT LIST`, of the connections with these numbers, or of all.
    ClientList(Option<Arguments<'a>>),
    /// `CLIENT ID`, `CLIENT GETNAME` and `CLIENT INFO`.
    Client(ClientInfo),
    /// `COMMAND`, or `COMMAND INFO` of these commands, or of all if none are named.
    CommandInfo(Arguments<'a>),
    /// `COMMAND DOCS` of these commands, or of all if none are named.
    CommandDocs(Arguments<'a>),
    /// `COMMAND COUNT`
    CommandCount,
    /// `COMMAND LIST`
    CommandList,
    /// `COMMAND GETKEYS` of a command with these keys.
    CommandKeys(Vec<&'a [u8]>),
    /// `INFO [section ...]`
    Info(Arguments<'a>),
    /// `CLUSTER`, `READONLY`, `READWRITE` and `ASKING`.
    Cluster(ClusterAsk<'a>),
    /// `ROLE`
    Role,
    /// `TIME`
    Time,
    /// `DBSIZE`
    Size,
    /// `SLOWLOG`, `LATENCY` and `ACL`.
    Figures(Figures<'a>),
    /// `CONFIG GET` of these patterns.
    ConfigGet(Arguments<'a>),
}

impl<'a> Local<'a> {
    /// Is it answered to a client that has yet to log in?
    pub(crate) const fn may_come_before_a_login(&self) -> bool {
        matches!(self, Self::Auth(_) | Self::Hello { .. } | Self::Ping(None) | Self::Quit)
    }

    /// The credentials in the command, if it is a login.
    pub(crate) const fn login(&self) -> Option<Credentials<'a>> {
        match self {
            Self::Auth(credentials) => Some(*credentials),
            Self::Hello { login, .. } => *login,
            _ => None,
        }
    }
}

/// What a connection may ask about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ClientInfo {
    /// `CLIENT ID`
    Id,
    /// `CLIENT GETNAME`
    Name,
    /// `CLIENT INFO`
    Line,
}

/// What a client says about its library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Library {
    /// `LIB-NAME`
    Name,
    /// `LIB-VER`
    Version,
}

/// The command, if there is no further argument.
fn end<'a>(words: Words<'a>, local: Local<'a>) -> Result<Front<'a>, Fault> {
    words.end().map(|()| Front::Local(local))
}

fn accepted(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    words.word("ON or OFF")?;
    end(words, Local::Accepted)
}

fn on_or_off(words: &mut Words<'_>) -> Result<bool, Fault> {
    let word = words.word("ON or OFF")?;
    match Folded::new(word).bytes() {
        b"ON" => Ok(true),
        b"OFF" => Ok(false),
        _ => Err(words.fault(&format!("{} is not ON or OFF", quoted(word)))),
    }
}

fn set_info(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let word = words.word("LIB-NAME or LIB-VER")?;
    let what = match Folded::new(word).bytes() {
        b"LIB-NAME" => Library::Name,
        b"LIB-VER" => Library::Version,
        _ => return Err(words.fault(&format!("{} is not LIB-NAME or LIB-VER", quoted(word)))),
    };
    let value = client_name(words.word("value")?)?;
    end(words, Local::SetInfo(what, value))
}

fn client_list(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let ids = match words.next() {
        None => None,
        Some(word) if word.eq_ignore_ascii_case(b"ID") => {
            words.clone().word("id")?;
            let ids = words.rest();
            if let Some(word) = ids.clone().find(|word| number(word).is_none()) {
                return Err(bad_number("id", word, 0, u64::MAX));
            }
            Some(ids)
        }
        Some(word) => return Err(words.fault(&format!("{} is not ID", quoted(word)))),
    };
    Ok(Front::Local(Local::ClientList(ids)))
}

fn config_get<'a>(words: &Words<'a>) -> Result<Front<'a>, Fault> {
    words.clone().word("pattern")?;
    let patterns = words.clone().rest();
    let (most, bytes) = (limits::CONFIG_PATTERNS_MAX, limits::CONFIG_PATTERN_BYTES_MAX);
    if patterns.len() > most {
        return Err(words.fault(&format!("{} patterns are too many: at most {most}", patterns.len())));
    }
    if let Some(long) = patterns.clone().find(|pattern| pattern.len() > bytes) {
        return Err(words.fault(&format!("the pattern {} has more than {bytes} bytes", quoted(long))));
    }
    Ok(Front::Local(Local::ConfigGet(patterns)))
}

fn hello(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let (mut protocol, mut name, mut login) = (None, None, None);
    if words.peek().is_some() {
        protocol = Some(match words.number("protocol version", 2, 3)? {
            2 => Protocol::Resp2,
            _ => Protocol::Resp3,
        });
    }
    while let Some(word) = words.next() {
        match Folded::new(word).bytes() {
            b"SETNAME" => name = Some(client_name(words.word("name")?)?),
            b"AUTH" => {
                let user = Some(words.word("user")?);
                login = Some(Credentials { user, secret: words.word("token")? });
            }
            _ => return Err(words.fault(&format!("{} is not AUTH or SETNAME", quoted(word)))),
        }
    }
    Ok(Front::Local(Local::Hello { protocol, name, login }))
}

fn auth(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let first = words.word("token")?;
    let credentials = match words.next() {
        None => Credentials { user: None, secret: first },
        Some(secret) => Credentials { user: Some(first), secret },
    };
    end(words, Local::Auth(credentials))
}

/// The name of a client. An empty one removes the name, as in Redis.
fn client_name(word: &[u8]) -> Result<&[u8], Fault> {
    let fits = word.len() <= limits::CLIENT_NAME_BYTES_MAX && word.iter().all(u8::is_ascii_graphic);
    if fits { Ok(word) } else { Err(not_a_name("client name", word)) }
}
