//! The log is kept for what consumer groups have yet to do, as far as `groups.retention` allows.

use std::fmt;

use holdfast_wal::Lsn;

use crate::feed::{GroupLog, Needs};
use crate::front::router::Router;
use crate::numbers::EventId;
use crate::state::NameRef;
use crate::system::{Group, GroupStream, Groups};

/// Tells whoever lets go of log what groups need. Nothing of it is on a sale's way: it is asked after a snapshot.
pub(crate) struct GroupsKeep(pub(crate) Router);

/// What groups of these streams need, each from the place on that [`Group::first_needed`] tells, of events by their numbers, which `id_of`
/// knows. `None` if it is not known which groups there are: any may need anything.
pub fn needs_of(
    groups: Option<impl IntoIterator<Item = (GroupStream, u64)>>,
    id_of: impl Fn(&str) -> Option<EventId>,
) -> Needs {
    let mut needs = Needs::default();
    let Some(groups) = groups else {
        needs.of_all(Lsn(1));
        return needs;
    };
    for (stream, from) in groups {
        match stream {
            GroupStream::All => needs.of_all(Lsn(from)),
            GroupStream::Event(name) => id_of(&name).into_iter().for_each(|id| needs.of_event(id, from)),
        }
    }
    needs
}

impl GroupLog for GroupsKeep {
    fn needs(&self) -> Needs {
        let all = |groups: &Groups| -> Vec<(GroupStream, u64)> {
            let of = |group: &Group| (group.stream().clone(), group.first_needed());
            groups.iter().map(of).collect()
        };
        let all = self.0.groups().look(all).ok().map(|(all, _)| all);
        needs_of(all, |name| self.0.directory().id_of(NameRef::new(name.as_bytes())?))
    }

    fn is_kept(&self, needed: u64, most: u64) {
        self.0.groups().log_is_kept(needed, most);
    }
}

impl fmt::Debug for GroupsKeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupsKeep")
    }
}
