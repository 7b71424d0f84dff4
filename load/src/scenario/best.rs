//! Parties of one to six who take the seats that the server chooses, side by side, as long as there are any.
//!
//! Nobody names a seat, so nobody races for one. The run shows what choosing costs, in a hall that fills up from the
//! front. In the end there are refusals, as the free seats are in pieces that are too small.

use crate::random::mix;
use crate::wire::command::{Command, LONG_TTL};

/// The largest party.
const PARTY_MAX: u32 = 6;

#[derive(Clone, Debug)]
pub(crate) struct Best {
    pub(crate) events: u16,
    pub(crate) seed: u64,
}

impl Best {
    #[inline]
    pub(crate) fn arrive(&self, arrival: u64) -> Command {
        let event = (arrival % u64::from(self.events)) as u16;
        let party = 1 + (mix(self.seed, arrival) % u64::from(PARTY_MAX)) as u32;
        Command::best(event, party, arrival as u32, LONG_TTL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parties_are_of_one_to_six() {
        let best = Best { events: 3, seed: 1 };
        let mut met = [0_u32; 7];
        for arrival in 0..6_000 {
            let command = best.arrive(arrival);
            assert_eq!(u64::from(command.event), arrival % 3);
            met[command.seat as usize] += 1;
        }
        assert_eq!(met[0], 0);
        assert!(met[1..].iter().all(|&parties| (900..1_100).contains(&parties)), "{met:?}");
    }
}
