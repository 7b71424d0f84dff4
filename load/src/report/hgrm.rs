//! Percentile files, as HdrHistogram's own tools write and plot them.

use std::io::{self, Write};
use std::path::Path;

use super::Report;
use crate::tally::Latency;

/// Writes a percentile file of each kind of command, in milliseconds, as HdrHistogram's plotter reads them.
///
/// # Errors
/// A file cannot be written.
pub(crate) fn write_hgrm(directory: &Path, report: &Report) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    for (kind, histogram) in report.histograms() {
        let mut file =
            io::BufWriter::new(std::fs::File::create(directory.join(format!("{}.hgrm", kind.word())))?);
        percentiles(&mut file, histogram)?;
        file.flush()?;
    }
    Ok(())
}

fn percentiles(out: &mut impl Write, histogram: &Latency) -> io::Result<()> {
    const TICKS_PER_HALF_DISTANCE: u32 = 5;
    let ms = |ns: f64| ns / 1e6;
    writeln!(out, "{:>12} {:>14} {:>10} {:>14}", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")?;
    writeln!(out)?;
    let mut count = 0;
    for step in histogram.iter_quantiles(TICKS_PER_HALF_DISTANCE) {
        count += step.count_since_last_iteration();
        let (value, quantile) = (ms(step.value_iterated_to() as f64), step.quantile_iterated_to());
        write!(out, "{value:>12.4} {quantile:>14.12} {count:>10}")?;
        if quantile < 1.0 {
            writeln!(out, " {:>14.2}", 1.0 / (1.0 - quantile))?;
        } else {
            writeln!(out)?;
        }
    }
    let (mean, deviation) = (ms(histogram.mean()), ms(histogram.stdev()));
    writeln!(out, "#[Mean    = {mean:>12.4}, StdDeviation   = {deviation:>12.4}]")?;
    writeln!(
        out,
        "#[Max     = {:>12.4}, Total count    = {:>12}]",
        ms(histogram.max() as f64),
        histogram.len()
    )?;
    writeln!(
        out,
        "#[Buckets = {:>12}, SubBuckets     = {:>12}]",
        histogram.buckets(),
        histogram.distinct_values()
    )
}
