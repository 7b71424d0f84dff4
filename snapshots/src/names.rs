//! Makes and reads the names of the files in the snapshot directory. No IO.

use holdfast_wal::Lsn;

use crate::format::{Entry, Manifest, Place};

/// The directory of the snapshots, relative to the data directory.
pub(crate) const DIRECTORY: &str = "snapshots";

/// The file that the first version wrote an entry to before it had its name.
const ENTRY_TEMPORARY: &str = "entry.tmp";

/// The file that a pack is written to before it has its name. One is enough: there is one writer at a time.
pub(crate) const PACK_TEMPORARY: &str = "pack.tmp";

/// The file that a manifest is written to before it has its name.
pub(crate) const MANIFEST_TEMPORARY: &str = "manifest.tmp";

/// What a name in the directory says about its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Manifest(Lsn),
    Pack(u64),
    Entry {
        key: u64,
        lsn: Lsn,
        crc: u32,
    },
    Temporary,
    /// The file is not the store's: it is shown to an operator, and never read or removed.
    Unknown,
}

/// The name of an entry's file.
///
/// The CRC is part of the name. So a second state of the same key at the same LSN (encoded by a newer build, say)
/// gets its own file, and does not replace the one that an older manifest names.
pub(crate) fn entry(key: u64, lsn: Lsn, crc: u32) -> String {
    format!("entry-{key:016x}-{:020}-{crc:08x}", lsn.0)
}

/// The name of the file that an entry stands in.
pub(crate) fn file_of(of: &Entry) -> String {
    match of.place {
        Place::File => entry(of.key, of.lsn, of.crc),
        Place::Pack { number, .. } => pack(number),
    }
}

/// The name of a pack's file.
pub(crate) fn pack(number: u64) -> String {
    format!("pack-{number:020}")
}

/// The name of a manifest's file. These names sort as their LSNs do.
pub(crate) fn manifest(lsn: Lsn) -> String {
    format!("manifest-{:020}", lsn.0)
}

/// The path of a file of the directory.
pub(crate) fn path(name: &str) -> String {
    format!("{DIRECTORY}/{name}")
}

impl Manifest {
    /// Its file and all files that it names, in the data directory. None of them ever changes.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let apart = self.entries.iter().filter(|entry| entry.place == Place::File).map(file_of);
        let packs = self.packs.iter().map(|of| pack(of.number()));
        let all = [manifest(self.lsn)].into_iter().chain(packs).chain(apart);
        all.map(|name| path(&name)).collect()
    }
}

/// Reads a name; only the exact spelling of [`entry`], [`pack`] or [`manifest`] counts, so that one file has one name.
pub(crate) fn parse(name: &str) -> Named {
    if [ENTRY_TEMPORARY, PACK_TEMPORARY, MANIFEST_TEMPORARY].contains(&name) {
        return Named::Temporary;
    }
    let parsed = if let Some(lsn) = name.strip_prefix("manifest-") {
        lsn.parse().ok().map(|lsn| Named::Manifest(Lsn(lsn)))
    } else if let Some(number) = name.strip_prefix("pack-") {
        number.parse().ok().map(Named::Pack)
    } else {
        name.strip_prefix("entry-").and_then(parse_entry)
    };
    let spelled = match parsed {
        Some(Named::Manifest(lsn)) => manifest(lsn),
        Some(Named::Pack(number)) => pack(number),
        Some(Named::Entry { key, lsn, crc }) => entry(key, lsn, crc),
        Some(Named::Temporary | Named::Unknown) | None => return Named::Unknown,
    };
    parsed.filter(|_| spelled == name).unwrap_or(Named::Unknown)
}

fn parse_entry(rest: &str) -> Option<Named> {
    let (key, rest) = rest.split_once('-')?;
    let (lsn, crc) = rest.split_once('-')?;
    Some(Named::Entry {
        key: u64::from_str_radix(key, 16).ok()?,
        lsn: Lsn(lsn.parse().ok()?),
        crc: u32::from_str_radix(crc, 16).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::*;

    quickcheck! {
        fn names_are_read_back(key: u64, lsn: u64, crc: u32) -> bool {
            let lsn = Lsn(lsn);
            parse(&entry(key, lsn, crc)) == Named::Entry { key, lsn, crc }
                && parse(&manifest(lsn)) == Named::Manifest(lsn)
                && parse(&pack(key)) == Named::Pack(key)
        }

        fn any_name_is_read_without_panic(name: String) -> bool {
            parse(&name) == Named::Unknown
        }
    }

    #[test]
    fn other_spellings_are_not_ours() {
        for name in [
            "",
            "manifest-",
            "manifest-7",
            "manifest-+0000000000000000007",
            "manifest-99999999999999999999",
            "manifest-00000000000000000007.bak",
            "entry-1-2-3",
            "entry-00000000000000AB-00000000000000000007-00000001",
            "entry-00000000000000ab-00000000000000000007",
            "entry-00000000000000ab-00000000000000000007-00000001-0",
            "other.tmp",
        ] {
            assert_eq!(parse(name), Named::Unknown, "{name}");
        }
    }

    #[test]
    fn manifests_sort_as_their_lsns() {
        assert!(manifest(Lsn(9)) < manifest(Lsn(10)));
        assert!(manifest(Lsn(10)) < manifest(Lsn(u64::MAX)));
    }
}
