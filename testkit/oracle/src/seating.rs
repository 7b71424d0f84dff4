//! What `BEST` has to choose in one sale, and what `orphans` has to refuse: translates between the model and `best`.

use holdfast_engine::{Best, Orphans, Refusal, SeatStatus};

use crate::best::{At, Bench, Chair, TooFew, Wish, choose, stranded};
use crate::venue::{Row, Venue};

/// Checks that the named seats, which are free, leave no lone seat, if the event refuses that.
pub(crate) fn none_stranded(
    venue: &Venue,
    orphans: Orphans,
    statuses: &[SeatStatus],
    named: &[u32],
) -> Result<(), Refusal> {
    let hall = hall(venue, statuses);
    let firsts = firsts(&hall);
    let picks: Vec<At> = named.iter().map(|seat| place(&firsts, *seat)).collect();
    match stranded(&hall, &picks) {
        Some(found) if orphans == Orphans::Refuse => {
            let count = found.instead[0].len() as u32;
            let picks = found.instead.iter().map(|block| ordinal(&firsts, block[0])).collect();
            Err(Refusal::Orphan { lone: ordinal(&firsts, found.lone), count, picks })
        }
        _ => Ok(()),
    }
}

/// The named seats, which are free, and behind them the chosen ones.
pub(crate) fn seats(
    venue: &Venue,
    orphans: Orphans,
    statuses: &[SeatStatus],
    named: &[u32],
    parts: &[Best],
) -> Result<Vec<u32>, Refusal> {
    let mut hall = hall(venue, statuses);
    let firsts = firsts(&hall);
    for (row, at) in named.iter().map(|seat| place(&firsts, *seat)) {
        hall[row].chairs[at].free = false;
    }
    let mut seats = named.to_vec();
    for best in parts {
        let sections: Vec<usize> =
            (0..venue.spec.sections.len()).filter(|&at| venue.is_in(at, best.scope)).collect();
        let Best { scattered, accessible, .. } = *best;
        let wish = Wish { count: best.count as usize, sections: &sections, scattered, accessible };
        match choose(&mut hall, &wish, orphans != Orphans::Allow) {
            Ok(chosen) => seats.extend(chosen.into_iter().map(|at| ordinal(&firsts, at))),
            Err(TooFew { free, together }) => {
                let (free, together) = (free as u32, together as u32);
                return Err(Refusal::NotEnough { best: *best, free, together });
            }
        }
    }
    Ok(seats)
}

/// The first seat of every row, and the end of the last one.
fn firsts(hall: &[Bench]) -> Vec<usize> {
    let mut firsts = vec![0];
    for bench in hall {
        firsts.push(firsts[firsts.len() - 1] + bench.chairs.len());
    }
    firsts
}

fn place(firsts: &[usize], seat: u32) -> At {
    let row = firsts.partition_point(|first| *first <= seat as usize) - 1;
    (row, seat as usize - firsts[row])
}

fn ordinal(firsts: &[usize], (row, at): At) -> u32 {
    (firsts[row] + at) as u32
}

fn hall(venue: &Venue, statuses: &[SeatStatus]) -> Vec<Bench> {
    let mut statuses = statuses.iter();
    let mut bench = |row: &Row| {
        let chair = |(&accessible, status): (&bool, &SeatStatus)| Chair {
            free: *status == SeatStatus::Free,
            accessible,
        };
        Bench { section: row.section, chairs: row.seats.iter().zip(statuses.by_ref()).map(chair).collect() }
    };
    venue.rows().iter().map(&mut bench).collect()
}
