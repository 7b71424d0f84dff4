//! The disk by itself.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use hdrhistogram::Histogram;

use super::figures::Figures;

const SYNCS: u32 = 300;
const BLOCK: [u8; 4096] = [0x5A; 4096];

/// What a sync costs on that disk by itself: one block of a file that was zeroed before, one at a time.
pub(crate) fn bare_syncs(directory: &Path, figures: &mut Figures) -> io::Result<()> {
    let path = directory.join("syncs");
    let file = File::create(&path)?;
    file.write_all_at(&vec![0; SYNCS as usize * BLOCK.len()], 0)?;
    file.sync_all()?;
    let mut latency = Histogram::<u64>::new(3).expect("three digits");
    let start = Instant::now();
    for index in 0..SYNCS {
        let began = Instant::now();
        file.write_all_at(&BLOCK, u64::from(index) * BLOCK.len() as u64)?;
        file.sync_data()?;
        latency.record(began.elapsed().as_nanos() as u64).expect("the histogram grows");
    }
    figures.add(&latency, f64::from(SYNCS) / start.elapsed().as_secs_f64());
    fs::remove_file(path)
}
