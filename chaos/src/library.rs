//! The experiments that come with the program, each a file in `experiments/`.

use crate::failure::Failure;

/// Their names, with their text.
pub const LIBRARY: [(&str, &str); 10] = [
    ("kill", include_str!("../experiments/kill.toml")),
    ("freeze", include_str!("../experiments/freeze.toml")),
    ("disk-full", include_str!("../experiments/disk-full.toml")),
    ("disk-slow-and-failing", include_str!("../experiments/disk-slow-and-failing.toml")),
    ("clock-step", include_str!("../experiments/clock-step.toml")),
    ("connection-flood", include_str!("../experiments/connection-flood.toml")),
    ("stalled-consumers", include_str!("../experiments/stalled-consumers.toml")),
    ("dead-collector", include_str!("../experiments/dead-collector.toml")),
    ("provider-outage", include_str!("../experiments/provider-outage.toml")),
    ("restart-loop", include_str!("../experiments/restart-loop.toml")),
];

/// The text of an experiment: a file, or one of the library by its name.
///
/// # Errors
/// If there is neither.
pub fn source(name: &str) -> Result<String, Failure> {
    if let Some((_, text)) = LIBRARY.iter().find(|(known, _)| *known == name) {
        return Ok((*text).to_owned());
    }
    std::fs::read_to_string(name).map_err(|error| {
        let known = LIBRARY.map(|(known, _)| known).join(", ");
        Failure::Usage(format!(
            "cannot read {name}: {error}; experiments that come with the program: {known}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Experiment, schedule};

    #[test]
    fn each_can_be_read_and_has_a_schedule_of_its_own() {
        for (name, text) in LIBRARY {
            let experiment = Experiment::read(text).unwrap_or_else(|why| panic!("{name}: {why}"));
            let steps = schedule(&experiment, 1);
            assert_eq!(steps, schedule(&experiment, 1), "{name}");
            assert!(!experiment.rollbacks.is_empty(), "{name} undoes nothing");
            assert!(experiment.title_ko.chars().any(|letter| letter >= '가'), "{name}");
        }
        let first = Experiment::read(LIBRARY[0].1).unwrap();
        assert_ne!(schedule(&first, 1), schedule(&first, 2));
    }
}
