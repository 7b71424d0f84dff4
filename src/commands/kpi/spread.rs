//! Durations of one kind, and how they are spread.

/// Durations in milliseconds. Each one is kept, as rare events count one by one.
#[derive(Default, Debug)]
pub(super) struct Spread(Vec<u64>);

impl Spread {
    pub(super) fn add(&mut self, millis: u64) {
        self.0.push(millis);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// The shortest duration that `hundredths` of all do not exceed; `None` without any.
    pub(super) fn percentile(&self, hundredths: usize) -> Option<u64> {
        let mut all = self.0.clone();
        let at = (all.len() * hundredths).div_ceil(100).checked_sub(1)?;
        Some(*all.select_nth_unstable(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_that_were() {
        let mut spread = Spread::default();
        assert_eq!((spread.count(), spread.percentile(50)), (0, None));
        (1..=200).rev().for_each(|millis| spread.add(millis));
        assert_eq!(spread.count(), 200);
        assert_eq!(
            [50, 95, 99, 100].map(|hundredths| spread.percentile(hundredths)),
            [100, 190, 198, 200].map(Some)
        );
        let mut lone = Spread::default();
        lone.add(7);
        assert_eq!([1, 50, 100].map(|hundredths| lone.percentile(hundredths)), [Some(7); 3]);
    }
}
