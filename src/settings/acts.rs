//! Which acts need an approval, as settings write them.

use holdfast_net::Required;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::units::words;

/// Names of acts, written as a list, or as text with commas between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acts(pub(crate) Required);

impl Acts {
    pub(super) fn text(&self) -> String {
        self.0.names().collect::<Vec<_>>().join(",")
    }
}

impl PartialOrd for Acts {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.text().partial_cmp(&other.text())
    }
}

impl Serialize for Acts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.names())
    }
}

impl<'de> Deserialize<'de> for Acts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let acts = words(deserializer)?.into_iter().map(|word| word.parse::<Required>());
        acts.collect::<Result<_, _>>().map(Self).map_err(serde::de::Error::custom)
    }
}
