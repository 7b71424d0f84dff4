//! The parts that a command passes, each by itself; the pure core has a bench of its own (`core`).
//!
//! `cargo bench --bench parts`; a word behind `--` picks benchmarks by name: `resp`, `group_commit`, `hop`, `map`,
//! `store`. What needs a disk has it below the build's directory, and removes it.

use criterion::Criterion;
use holdfast_testkit::TempDir;

mod group_commit;
#[path = "../core/hall.rs"]
mod hall;
mod hop;
mod map;
mod resp;
mod store;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    resp::benches(&mut criterion);
    map::benches(&mut criterion);
    group_commit::benches(&mut criterion);
    hop::benches(&mut criterion);
    store::benches(&mut criterion);
    criterion.final_summary();
}

/// An empty directory on the real disk, removed with its owner.
fn scratch() -> TempDir {
    TempDir::below(env!("CARGO_TARGET_TMPDIR"))
}
