//! The log is kept for what consumer groups have yet to do, as far as `groups.retention` allows.

use std::fmt;

use holdfast_wal::Lsn;

use crate::feed::{GroupLog, Needs};
use crate::front::router::Router;
use crate::state::NameRef;
use crate::system::{Group, GroupStream, Groups};

/// Tells whoever lets go of log what groups need. Nothing of it is on a sale's way: it is asked after a snapshot.
pub(crate) struct GroupsKeep(pub(crate) Router);

impl GroupLog for GroupsKeep {
    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        let all = |groups: &Groups| -> Vec<(GroupStream, u64)> {
            let of = |group: &Group| (group.stream().clone(), group.first_needed());
            groups.iter().map(of).collect()
        };
        let Ok((all, _)) = self.0.groups().look(all) else {
            // Which groups there are is not known now: any may need anything.
            needs.of_all(Lsn(1));
            return needs;
        };
        for (stream, from) in all {
            match stream {
                GroupStream::All => needs.of_all(Lsn(from)),
                GroupStream::Event(name) => {
                    let id = NameRef::new(name.as_bytes()).and_then(|name| self.0.directory().id_of(name));
                    id.into_iter().for_each(|event| needs.of_event(event, from));
                }
            }
        }
        needs
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
