//! What `BEST` has to choose in one sale, and what `orphans` has to refuse: the rules of the oracle that tries
//! everything, in the words of the model.

use holdfast_engine::{Best, EventSpec, Orphans, Refusal, RowsSpec, Scope, SeatStatus};

use crate::best::{At, Bench, Chair, TooFew, Wish, choose, stranded};

/// Named seats, which are free, must not leave one alone where that is refused.
pub(crate) fn none_stranded(
    spec: &EventSpec,
    orphans: Orphans,
    statuses: &[SeatStatus],
    named: &[u32],
) -> Result<(), Refusal> {
    let hall = hall(spec, statuses);
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

/// The named seats, which are free, and behind them what is chosen.
pub(crate) fn seats(
    spec: &EventSpec,
    orphans: Orphans,
    statuses: &[SeatStatus],
    named: &[u32],
    parts: &[Best],
) -> Result<Vec<u32>, Refusal> {
    let mut hall = hall(spec, statuses);
    let firsts = firsts(&hall);
    for (row, at) in named.iter().map(|seat| place(&firsts, *seat)) {
        hall[row].chairs[at].free = false;
    }
    let mut seats = named.to_vec();
    for best in parts {
        let sections: Vec<usize> =
            (0..spec.sections.len()).filter(|&at| is_in(spec, at, best.scope)).collect();
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

/// Categories in the order of their first use, those of sections first.
pub(crate) fn categories(spec: &EventSpec) -> Vec<&str> {
    let sections = spec.sections.iter().map(|section| section.category.as_str());
    let mut categories: Vec<&str> = Vec::new();
    for category in sections.chain(spec.areas.iter().map(|area| area.category.as_str())) {
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    categories
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

fn is_in(spec: &EventSpec, section: usize, scope: Scope) -> bool {
    match scope {
        Scope::Everywhere => true,
        Scope::Section(wanted) => section == usize::from(wanted),
        Scope::Category(wanted) => spec.sections[section].category == categories(spec)[usize::from(wanted)],
    }
}

fn hall(spec: &EventSpec, statuses: &[SeatStatus]) -> Vec<Bench> {
    let mut chairs =
        statuses.iter().map(|status| Chair { free: *status == SeatStatus::Free, accessible: false });
    let mut hall = Vec::new();
    for (section, described) in spec.sections.iter().enumerate() {
        let RowsSpec::Range(rows) = &described.rows else { panic!("the simulation builds halls of ranges") };
        for _ in rows.from..=rows.to {
            hall.push(Bench { section, chairs: chairs.by_ref().take(rows.seats as usize).collect() });
        }
    }
    hall
}
