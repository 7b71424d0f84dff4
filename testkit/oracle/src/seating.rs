//! What `BEST` has to choose in one sale, and what `orphans` has to refuse: translates between the model and `best`.

use holdfast_engine::{Best, Focus, Orphans, Refusal, Scope, SeatStatus};

use crate::best::{At, Bench, Chair, TooFew, Wish, Within, choose, stranded};
use crate::venue::Venue;

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

/// Checks that of each group all seats are named or none.
pub(crate) fn whole_groups(venue: &Venue, named: &[u32]) -> Result<(), Refusal> {
    let mut sorted = named.to_vec();
    sorted.sort_unstable();
    for seat in sorted {
        let group = venue.group_of(seat);
        let rest: Vec<u32> = group.into_iter().filter(|other| !named.contains(other)).take(16).collect();
        if !rest.is_empty() {
            return Err(Refusal::PartOfGroup { seat, rest: rest.into_iter().collect() });
        }
    }
    Ok(())
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
        let within = match best.scope {
            Scope::Everywhere => Within::Everywhere,
            Scope::Section(section) => Within::Section(section.into()),
            Scope::Category(category) => Within::Category(category.into()),
        };
        let (count, accessible) = (best.count as usize, best.accessible.into());
        let wish = Wish { count, within, scattered: best.scattered, accessible };
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

/// The rows as benches between their aisles.
fn hall(venue: &Venue, statuses: &[SeatStatus]) -> Vec<Bench> {
    let categories = venue.categories();
    let mut statuses = statuses.iter();
    let mut hall = Vec::<Bench>::new();
    for row in venue.rows() {
        let length = row.seats.len();
        // Of each seat of the row, where it is in the hall.
        let mut places = Vec::<At>::new();
        let mut starts = true;
        for seat in &row.seats {
            let (bench, at) =
                places.last().map_or((hall.len(), 0), |&(bench, at)| (bench + usize::from(starts), at + 1));
            places.push((bench, if starts { 0 } else { at }));
            starts = seat.aisle;
        }
        let middle = match row.focus {
            Focus::Left => 0,
            Focus::Middle => length,
            Focus::Right => 2 * length,
        };
        for (place, seat) in row.seats.iter().enumerate() {
            if places[place].1 == 0 {
                let (depth, middle) = (row.depth as i64, middle as i64 - 2 * place as i64);
                hall.push(Bench { section: row.section, depth, middle, chairs: Vec::new() });
            }
            let chair = Chair {
                free: statuses.next() == Some(&SeatStatus::Free),
                accessible: seat.accessible,
                kept_for: seat.kept_for.map(|of| places[of]),
                group: Some(row.group_of(place).start).filter(|_| !row.group_of(place).is_empty()),
                category: categories.iter().position(|name| *name == seat.category).expect("a category"),
            };
            hall.last_mut().expect("a bench").chairs.push(chair);
        }
    }
    hall
}
