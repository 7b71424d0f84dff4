//! Draws latency by percentile: the picture shows the tail, which no single figure does.

use std::path::Path;

use plotters::prelude::*;

use super::Report;
use crate::progress::duration;

type Error = Box<dyn std::error::Error>;

/// Draws the latency of each kind of command over its percentiles, both logarithmic: the right half shows the slowest
/// hundredth.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write_svg(path: &Path, report: &Report) -> Result<(), Error> {
    let curves: Vec<(&str, Vec<(f64, f64)>)> =
        report.histograms().map(|(kind, histogram)| (kind.word(), curve(histogram))).collect();
    let points = || curves.iter().flat_map(|(_, points)| points);
    let nines = points().map(|point| point.0).fold(2.0, f64::max);
    let low = points().map(|point| point.1).fold(f64::MAX, f64::min).clamp(1e3, 1e9);
    let high = points().map(|point| point.1).fold(low * 10.0, f64::max) * 1.2;

    let area = SVGBackend::new(path, (900, 540)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(report.title(), ("sans-serif", 18))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(0.0..nines, (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("percentile")
        .y_desc("latency")
        .x_labels(nines.ceil() as usize + 1)
        .x_label_formatter(&|nines| percent(*nines))
        .y_label_formatter(&|ns| duration(*ns as u64))
        .light_line_style(BLACK.mix(0.05))
        .draw()?;
    for (index, (name, points)) in curves.into_iter().enumerate() {
        let color = Palette99::pick(index).to_rgba();
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

/// Points of (nines, latency): 1 is 90 %, 2 is 99 %, as far as the number of samples allows.
fn curve(histogram: &crate::tally::Latency) -> Vec<(f64, f64)> {
    const STEPS: u32 = 40;
    let most = (histogram.len().max(10) as f64).log10();
    let steps = (most * f64::from(STEPS)) as u32;
    (0..=steps)
        .map(|step| {
            let nines = f64::from(step) / f64::from(STEPS);
            let quantile = 1.0 - 10_f64.powf(-nines);
            (nines, histogram.value_at_quantile(quantile).max(1_000) as f64)
        })
        .collect()
}

fn percent(nines: f64) -> String {
    let decimals = (nines.round() as usize).saturating_sub(2);
    format!("{:.decimals$} %", 100.0 - 100.0 * 10_f64.powf(-nines))
}
