//! What concerns the connection or the server: there so that stock clients connect without errors.

use holdfast_engine::{Code, Fault};

use super::unknown;
use super::words::{Folded, Words, not_a_name, quoted};
use crate::access::Credentials;
use crate::decode::Arguments;
use crate::encode::Protocol;
use crate::limits;

const PING: &str = "PING [message]";
const ECHO: &str = "ECHO message";
const HELLO: &str = "HELLO [2|3] [AUTH user token] [SETNAME name]";
const AUTH: &str = "AUTH [user] token";
const QUIT: &str = "QUIT";
const RESET: &str = "RESET";
const SELECT: &str = "SELECT 0";
const CLIENT: &str = "CLIENT SETNAME|GETNAME|SETINFO|ID|INFO|NO-EVICT|NO-TOUCH ...";
const COMMAND: &str = "COMMAND [COUNT | DOCS [name ...] | INFO [name ...] | LIST]";
const CONFIG: &str = "CONFIG GET parameter [parameter ...]";

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
        /// The version asked for.
        protocol: Option<Protocol>,
        /// The connection's name.
        name: Option<&'a [u8]>,
        /// A login that goes before the rest.
        login: Option<Credentials<'a>>,
    },
    /// `QUIT`
    Quit,
    /// `RESET`
    Reset,
    /// Understood and without effect: `SELECT 0`, `CLIENT SETINFO`, `CLIENT NO-EVICT`, `CLIENT NO-TOUCH`.
    Accepted,
    /// `CLIENT SETNAME`
    SetName(&'a [u8]),
    /// `CLIENT ...` that tells something.
    Client(ClientInfo),
    /// `COMMAND`, `COMMAND INFO`: names, or all if there are none.
    CommandInfo(Arguments<'a>),
    /// `COMMAND DOCS`: names, or all if there are none.
    CommandDocs(Arguments<'a>),
    /// `COMMAND COUNT`
    CommandCount,
    /// `COMMAND LIST`
    CommandList,
    /// `INFO [section ...]`
    Info(Arguments<'a>),
    /// `CONFIG GET`: what `redis-benchmark` wants to print.
    ConfigGet(Arguments<'a>),
}

impl<'a> Local<'a> {
    /// What it logs in with.
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

/// `folded` is the name in capitals, `name` as it came.
pub(super) fn local<'a>(folded: &[u8], name: &[u8], arguments: Arguments<'a>) -> Result<Local<'a>, Fault> {
    let words = |usage| Words::new(arguments.clone(), usage);
    match folded {
        b"PING" => {
            let mut words = words(PING);
            let message = words.next();
            words.end().map(|()| Local::Ping(message))
        }
        b"ECHO" => {
            let mut words = words(ECHO);
            let message = words.word("message")?;
            words.end().map(|()| Local::Echo(message))
        }
        b"HELLO" => hello(words(HELLO)),
        b"AUTH" => auth(words(AUTH)),
        b"QUIT" => words(QUIT).end().map(|()| Local::Quit),
        b"RESET" => words(RESET).end().map(|()| Local::Reset),
        b"SELECT" => {
            let mut words = words(SELECT);
            words.number("database", 0, 0)?;
            words.end().map(|()| Local::Accepted)
        }
        b"CLIENT" => client(words(CLIENT)),
        b"COMMAND" => command(words(COMMAND), arguments),
        b"INFO" => Ok(Local::Info(arguments)),
        b"CONFIG" => {
            let mut words = words(CONFIG);
            let subcommand = words.word("GET")?;
            if !subcommand.eq_ignore_ascii_case(b"GET") {
                return Err(no_subcommand("CONFIG", subcommand, CONFIG));
            }
            words.clone().word("parameter")?;
            Ok(Local::ConfigGet(behind_subcommand(arguments)))
        }
        _ => Err(unknown(name)),
    }
}

fn hello(mut words: Words<'_>) -> Result<Local<'_>, Fault> {
    let (mut protocol, mut name, mut login) = (None, None, None);
    if words.clone().next().is_some() {
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
    Ok(Local::Hello { protocol, name, login })
}

fn auth(mut words: Words<'_>) -> Result<Local<'_>, Fault> {
    let first = words.word("token")?;
    let credentials = match words.next() {
        None => Credentials { user: None, secret: first },
        Some(secret) => Credentials { user: Some(first), secret },
    };
    words.end().map(|()| Local::Auth(credentials))
}

fn client(mut words: Words<'_>) -> Result<Local<'_>, Fault> {
    let subcommand = words.word("subcommand")?;
    let local = match Folded::new(subcommand).bytes() {
        b"ID" => Local::Client(ClientInfo::Id),
        b"GETNAME" => Local::Client(ClientInfo::Name),
        b"INFO" => Local::Client(ClientInfo::Line),
        b"SETNAME" => Local::SetName(client_name(words.word("name")?)?),
        b"SETINFO" => {
            words.word("LIB-NAME or LIB-VER")?;
            words.word("value")?;
            Local::Accepted
        }
        b"NO-EVICT" | b"NO-TOUCH" => {
            words.word("ON or OFF")?;
            Local::Accepted
        }
        _ => return Err(no_subcommand("CLIENT", subcommand, CLIENT)),
    };
    words.end().map(|()| local)
}

fn command<'a>(mut words: Words<'a>, arguments: Arguments<'a>) -> Result<Local<'a>, Fault> {
    let Some(subcommand) = words.next() else { return Ok(Local::CommandInfo(arguments)) };
    match Folded::new(subcommand).bytes() {
        b"INFO" => Ok(Local::CommandInfo(behind_subcommand(arguments))),
        b"DOCS" => Ok(Local::CommandDocs(behind_subcommand(arguments))),
        b"COUNT" => words.end().map(|()| Local::CommandCount),
        b"LIST" => words.end().map(|()| Local::CommandList),
        _ => Err(no_subcommand("COMMAND", subcommand, COMMAND)),
    }
}

fn behind_subcommand(mut arguments: Arguments<'_>) -> Arguments<'_> {
    arguments.next();
    arguments
}

/// Empty takes the name away, as Redis has it.
fn client_name(word: &[u8]) -> Result<&[u8], Fault> {
    let fits = word.len() <= limits::CLIENT_NAME_BYTES_MAX && word.iter().all(u8::is_ascii_graphic);
    if fits { Ok(word) } else { Err(not_a_name("client name", word)) }
}

fn no_subcommand(command: &str, subcommand: &[u8], usage: &str) -> Fault {
    Fault::new(Code::UNKNOWN_COMMAND, format!("there is no {command} {}: {usage}", quoted(subcommand)))
}
