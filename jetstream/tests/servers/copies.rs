//! Each copy is read from its own server: one whose disk has lost a bit shows it before it leads.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use holdfast_jetstream::Desk;
use holdfast_replica::{Copies as _, Flaw, Position, Scrub};
use holdfast_testkit::{NatsServers, NatsSettings};

use crate::driver::Driver;
use crate::{IDENTITY, access, begun, genesis, name};

/// More than one file of a server's store has.
const GROUPS: usize = 160;
const GROUP_BYTES: usize = 64 << 10;

/// All that a reading of the copies finds, with the server of each; and how many positions were read.
fn scrubbed(servers: &NatsServers) -> (Vec<(u64, String, Flaw)>, u64) {
    let (mut scrub, mut found, mut read) = (Scrub::default(), Vec::new(), 0);
    let desk = Desk::open(access(servers.urls()), name()).unwrap();
    let mut copies = desk.side_by_side(&|| true).unwrap().unwrap();
    let mut names: Vec<String> = copies.names().iter().map(ToString::to_string).collect();
    while let Some((at, there)) = copies.next().unwrap() {
        read += 1;
        if at == Position(1) {
            scrub.anchor(IDENTITY, 1, at, &genesis()).unwrap();
        }
        for flaw in scrub.at(at, &there, None).flaws {
            let server = match flaw {
                Flaw::Lacks(copy) | Flaw::Damaged(copy) | Flaw::Other(copy) => names[copy].clone(),
                _ => String::new(),
            };
            found.push((at.0, server, flaw));
        }
    }
    names.sort();
    assert_eq!(names, ["n0", "n1", "n2"]);
    (found, read)
}

fn blocks(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            blocks(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "blk")
            && path.to_str().unwrap().contains("HF_test_3/msgs")
        {
            found.push(path);
        }
    }
}

#[test]
fn a_copy_that_has_lost_a_bit_shows_it_while_it_follows() {
    let Some(mut servers) = NatsServers::start("a copy rots", NatsSettings::default()) else { return };
    let desk = begun(&servers);
    let mut driver = Driver::start(access(servers.urls()), GROUP_BYTES);
    driver.keeps(GROUPS);
    driver.settle();
    let last = desk.state().unwrap().unwrap().last;
    assert_eq!(scrubbed(&servers), (Vec::new(), last.0));
    assert!(desk.side_by_side(&|| false).unwrap().is_none(), "it was not to go on");

    let desk = Desk::open(access(servers.urls()), name()).unwrap();
    let victim = (0..600).find_map(|_| desk.state().unwrap().unwrap().replicas.pop()).unwrap().name;
    let index = servers.index(&victim);
    // A server that has just begun has nothing of it in memory.
    servers.kill(index);
    servers.run(index);
    servers.wait_until_ready();
    let mut files = Vec::new();
    blocks(&servers.store(index), &mut files);
    files.sort_by_key(|file| fs::metadata(file).unwrap().len());
    // The largest one has ended. In place, as a disk does it.
    let file = files.last().unwrap();
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let disk = fs::File::options().write(true).open(file).unwrap();
    disk.write_all_at(&bytes[middle..=middle], middle as u64).unwrap();

    let (found, _) = scrubbed(&servers);
    println!(
        "{victim} has lost a bit of {} files: {} positions, from {:?}",
        files.len(),
        found.len(),
        found.first()
    );
    assert!(!found.is_empty() && found.iter().all(|(_, server, _)| *server == victim), "{found:?}");

    // As docs/runbooks/cluster-log.md has it: the store of that one server goes, and it makes its copy anew.
    servers.kill(index);
    fs::remove_dir_all(servers.store(index)).unwrap();
    servers.run(index);
    servers.wait_until_ready();
    assert_eq!(scrubbed(&servers).0, []);
}
