//! What becomes of a command, by its row and the state of its connection, before the engine is asked.

use holdfast_engine::{Code, Fault, Name, Trouble};

use crate::cluster::{Guide, Place, Routing, slot};
use crate::verbs::{Command, Front, Unusable, Verb};

const STOPPING: &str =
    "the server is stopping: send the command again, with the same key; retry after 1000 ms";

const SUBSCRIBED: &str =
    "subscribed: only (S)SUBSCRIBE, (S)UNSUBSCRIBE, PING, QUIT and RESET; use another connection, or HELLO 3";

/// The state of a connection, as far as it decides about commands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mode {
    /// The connection has subscriptions in version 2 of the protocol, where replies cannot be told from messages: most
    /// commands are refused.
    pub(crate) mute: bool,
    /// The server stops, or is a node of a cluster that does not have everything: each command is looked at.
    pub(crate) looks: bool,
}

#[derive(Debug)]
pub(crate) enum Ruling<'a> {
    /// The command is carried out.
    Take(&'static Verb, Command<'a>),
    /// The command is part of a transaction, and waits for its end.
    Queue,
    /// The command is refused unjudged, as other connections would wait too long.
    Shed,
    /// Its token does not allow it: at all, or for this event.
    Denied(&'static Verb, Option<Box<Name>>),
    /// Its form is wrong.
    Invalid(Fault),
    /// The command is refused in this state of the connection.
    Refuse(Fault),
    /// Another node has the event, which is in this slot.
    Moved(u16, (Box<str>, u16)),
}

impl Ruling<'_> {
    /// Whether it is a write that is carried out.
    #[inline]
    pub(crate) const fn writes(&self) -> bool {
        matches!(self, Self::Take(verb, _) if verb.writes())
    }

    /// The command that is carried out.
    #[inline]
    pub(crate) const fn verb(&self) -> Option<&'static Verb> {
        match self {
            Self::Take(verb, _) => Some(verb),
            _ => None,
        }
    }

    /// The event of the command that is carried out.
    pub(crate) fn event(&self) -> Option<Name> {
        match self {
            Self::Take(_, command) => command.event(),
            _ => None,
        }
    }

    /// As what a command is refused that was understood.
    pub(crate) const fn refusal(&self) -> Option<Code> {
        match self {
            Self::Shed => Some(Code::TRY_LATER),
            Self::Refuse(fault) => Some(fault.code),
            _ => None,
        }
    }

    /// What it counts in a turn.
    #[inline]
    pub(crate) const fn weight(&self) -> usize {
        match self {
            Self::Take(verb, _) => verb.weight,
            _ => 1,
        }
    }
}

/// Why nothing is asked of the engine any more.
pub(super) fn server_stops() -> Fault {
    Fault::new(Code::SHUTTING_DOWN, STOPPING)
}

/// Is it a login, or may it have been meant as one?
#[inline]
pub(crate) const fn may_hold_a_secret(read: &Result<(&'static Verb, Command<'_>), Unusable>) -> bool {
    match read {
        Ok((_, Command::Front(Front::Local(local)))) => local.login().is_some(),
        Ok(_) | Err(Unusable::Denied(_) | Unusable::Elsewhere(..)) => false,
        Err(Unusable::Invalid(_)) => true,
    }
}

/// Rules on a command as it was read. `others_wait` is asked only about what would be refused, and `look` only where commands are
/// looked at.
#[inline]
pub(crate) fn ruling<'a>(
    read: Result<(&'static Verb, Command<'a>), Unusable>,
    Mode { mute, looks }: Mode,
    others_wait: impl FnOnce() -> bool,
    look: impl FnOnce(&Verb, &Command<'a>) -> Option<Ruling<'a>>,
) -> Ruling<'a> {
    match read {
        Err(Unusable::Denied(verb)) => Ruling::Denied(verb, None),
        Err(Unusable::Elsewhere(verb, event)) => Ruling::Denied(verb, Some(event)),
        Err(Unusable::Invalid(fault)) => Ruling::Invalid(fault),
        Ok((_, command)) if mute && !command.goes_with_messages() => {
            Ruling::Refuse(Fault::new(Code::NOT_SUBSCRIBED_MODE, SUBSCRIBED))
        }
        Ok((verb, command)) if looks => looked_at((verb, command), others_wait, look),
        Ok((verb, _)) if Trouble::OthersWait.refuses(verb.class) && others_wait() => Ruling::Shed,
        Ok((verb, command)) => Ruling::Take(verb, command),
    }
}

#[cold]
fn looked_at<'a>(
    (verb, command): (&'static Verb, Command<'a>),
    others_wait: impl FnOnce() -> bool,
    look: impl FnOnce(&Verb, &Command<'a>) -> Option<Ruling<'a>>,
) -> Ruling<'a> {
    match look(verb, &command) {
        Some(ruling) => ruling,
        None if Trouble::OthersWait.refuses(verb.class) && others_wait() => Ruling::Shed,
        None => Ruling::Take(verb, command),
    }
}

/// Why a server does not carry out a command that stops, or is this node of a cluster; `None`: it does.
#[cold]
pub(super) fn not_here<'a>(
    verb: &Verb,
    command: &Command<'_>,
    (stopping, cluster, routing): (bool, Option<&dyn Guide>, Routing),
) -> Option<Ruling<'a>> {
    if !command.needs_the_engine() {
        return None;
    }
    if stopping {
        return Some(Ruling::Refuse(server_stops()));
    }
    let cluster = cluster.filter(|cluster| !cluster.is_sole_owner())?;
    // What is about no event has no slot. If it writes, the engine says whose it is.
    if let Some((event, told)) = command.routed_by().filter(|_| routing != Routing::Stays) {
        let view = cluster.view();
        let reads_copies = (routing == Routing::Reads || command.is_for_copies()) && !verb.writes();
        match view.place(slot(event.bytes())) {
            Place::Here => {}
            Place::At { is_copied: true, .. } | Place::Nowhere { is_copied: true } if reads_copies => {}
            // Clients note the owner under the slot that they have looked for.
            Place::At { owner, .. } => {
                return Some(Ruling::Moved(slot(&told), (owner.host().into(), owner.port())));
            }
            Place::Nowhere { .. } => return Some(Ruling::Refuse(cluster.no_owner())),
        }
    }
    let stale = if verb.writes() { None } else { cluster.reads().err() };
    stale.map(Ruling::Refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::access::{Grant, Role};
    use crate::cluster::{Node, Shard, View};
    use crate::resp::decode::{Decoded, Decoder, FrameLimits};
    use crate::verbs::command;

    /// What becomes of a line, in a word.
    fn ruled(
        line: &str,
        role: Option<Role>,
        (mute, stopping, others_wait): (bool, bool, bool),
    ) -> &'static str {
        let (mut decoder, line) = (Decoder::new(), format!("{line}\r\n"));
        assert!(
            matches!(decoder.decode(line.as_bytes(), FrameLimits::LARGEST), Ok(Decoded::Command(_))),
            "{line}"
        );
        let grant = role.map_or(Grant::NOTHING, |role| Grant { rights: role.rights(), ..Grant::NOTHING });
        let read = command(decoder.arguments(line.as_bytes()), &grant, &mut None);
        let look =
            |verb: &Verb, command: &Command<'_>| not_here(verb, command, (stopping, None, Routing::Moves));
        match ruling(read, Mode { mute, looks: stopping }, || others_wait, look) {
            Ruling::Take(..) => "take",
            Ruling::Queue => "queue",
            Ruling::Moved(..) => "moved",
            Ruling::Shed => "shed",
            Ruling::Denied(..) => "denied",
            Ruling::Invalid(_) => "invalid",
            Ruling::Refuse(fault) if fault.code == Code::SHUTTING_DOWN => "stopping",
            Ruling::Refuse(fault) if fault.code == Code::NOT_SUBSCRIBED_MODE => "subscribed",
            Ruling::Refuse(fault) => panic!("{fault:?}"),
        }
    }

    #[test]
    fn each_command_in_each_state() {
        let (idle, mute, stopping, rush) =
            ((false, false, false), (true, false, false), (false, true, false), (false, false, true));
        for (line, role, expected) in [
            ("PING", None, ["take", "take", "take", "take"]),
            ("INFO", Some(Role::Reader), ["take", "subscribed", "take", "take"]),
            ("HOLD ev k h 0 A-1-1", Some(Role::Booking), ["take", "subscribed", "stopping", "shed"]),
            ("MAP ev", Some(Role::Viewer), ["take", "subscribed", "stopping", "shed"]),
            ("EVENT PLAN ev", Some(Role::Viewer), ["take", "subscribed", "stopping", "shed"]),
            ("EVENT CREATE ev k {}", Some(Role::Operator), ["take", "subscribed", "stopping", "shed"]),
            ("CONFIRM ev k o 1", Some(Role::Booking), ["take", "subscribed", "stopping", "take"]),
            ("SEAT ev A-1-1", Some(Role::Reader), ["take", "subscribed", "stopping", "take"]),
            ("GET HOLD ev 1", Some(Role::Viewer), ["denied"; 4]),
            ("INFO", Some(Role::Monitor), ["take", "subscribed", "take", "take"]),
            ("MAP ev", Some(Role::Monitor), ["denied"; 4]),
            ("SUBSCRIBE feed:ev", Some(Role::Monitor), ["denied"; 4]),
            ("SUBSCRIBE feed:ev", Some(Role::Viewer), ["take", "take", "stopping", "take"]),
            ("MULTI", Some(Role::Viewer), ["take", "subscribed", "take", "take"]),
            ("EXEC", None, ["take", "subscribed", "take", "take"]),
            ("UNSUBSCRIBE", Some(Role::Reader), ["take", "take", "take", "take"]),
            ("HOLD ev k h 0 A-1-1", Some(Role::Reader), ["denied"; 4]),
            ("HOLD", Some(Role::Booking), ["invalid"; 4]),
            ("NONSENSE", Some(Role::Booking), ["invalid"; 4]),
        ] {
            let got = [idle, mute, stopping, rush].map(|state| ruled(line, role, state));
            assert_eq!(got, expected, "{line} as {role:?}");
        }
    }

    /// A node that owns nothing, and has copies of the events of one of two shards.
    #[derive(Clone)]
    struct Follower(View);

    impl Guide for Follower {
        fn is_sole_owner(&self) -> bool {
            false
        }

        fn view(&self) -> View {
            self.0.clone()
        }

        fn reads(&self) -> Result<(), Fault> {
            Ok(())
        }

        fn no_owner(&self) -> Fault {
            Fault::new(Code::NO_OWNER, "nobody")
        }
    }

    /// `gala` is in slot 5732, `feed:gala` in 10379: what is told is what clients look for, and where it is goes by the event.
    #[test]
    fn channels_are_here_where_their_event_is_copied_and_else_elsewhere() {
        let node = |name: &str, at: &str| Node::new("seoul", name, at).unwrap();
        let shard =
            |slots, nodes: &[usize], owner| Shard { slots, nodes: nodes.to_vec(), owner, is_heard: true };
        let mut cluster = Follower(View {
            nodes: vec![node("a", "10.0.0.1:7411"), node("b", "10.0.0.2:7411"), node("c", "10.0.0.3:7411")],
            own: 2,
            shards: vec![shard(0..=8_191, &[0, 2], Some(0)), shard(8_192..=16_383, &[1], Some(1))],
            epoch: 1,
        });
        let becomes = |cluster: &Follower, line: &str, routing: Routing| {
            let (mut decoder, line) = (Decoder::new(), format!("{line}\r\n"));
            assert!(matches!(decoder.decode(line.as_bytes(), FrameLimits::LARGEST), Ok(Decoded::Command(_))));
            let grant = Grant { rights: Role::Booking.rights(), ..Grant::NOTHING };
            let read = command(decoder.arguments(line.as_bytes()), &grant, &mut None);
            let (verb, command) = read.unwrap();
            match not_here(verb, &command, (false, Some(cluster), routing)) {
                None => "here".to_owned(),
                Some(Ruling::Moved(slot, (host, _))) => format!("{slot} {host}"),
                Some(Ruling::Refuse(fault)) => fault.code.text().to_owned(),
                Some(other) => panic!("{other:?}"),
            }
        };
        let (gala, other) = ("gala", "1");
        assert_eq!([slot(gala.as_bytes()), slot(other.as_bytes())], [5_732, 9_842]);
        for (line, moved, reads) in [
            ("SEAT gala A-1-1", "5732 10.0.0.1", "here"),
            ("XLEN feed:gala", "10379 10.0.0.1", "here"),
            ("SSUBSCRIBE feed:gala", "here", "here"),
            ("SSUBSCRIBE feed:1", "1634 10.0.0.2", "1634 10.0.0.2"),
            ("SSUBSCRIBE map:1 feed:gala", "996 10.0.0.2", "996 10.0.0.2"),
            ("SUBSCRIBE feed:1", "here", "here"),
            ("SUNSUBSCRIBE feed:1", "here", "here"),
        ] {
            assert_eq!(becomes(&cluster, line, Routing::Moves), moved, "{line}");
            assert_eq!(becomes(&cluster, line, Routing::Reads), reads, "{line}");
        }
        // Without an owner a copy goes on telling what it has.
        cluster.0.shards.iter_mut().for_each(|shard| shard.owner = None);
        assert_eq!(becomes(&cluster, "SSUBSCRIBE feed:gala", Routing::Moves), "here");
        assert_eq!(becomes(&cluster, "SSUBSCRIBE feed:1", Routing::Moves), "HF-SYS-031");
    }
}
