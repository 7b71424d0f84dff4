//! What `BEST` has to choose in one sale, and what `orphans` has to refuse: the rules of the oracle that tries
//! everything, in the words of the model.

use holdfast_engine::{Best, EventSpec, Orphans, Refusal, RowsSpec, Scope, SeatStatus};

use crate::best::{Bench, Chair, TooFew, Wish, choose, stranded};

/// The named seats, which are free, and behind them what is chosen.
pub(crate) fn seats(
    spec: &EventSpec,
    statuses: &[SeatStatus],
    named: &[u32],
    parts: &[Best],
) -> Result<Vec<u32>, Refusal> {
    let mut hall = hall(spec, statuses);
    let mut firsts = vec![0];
    for bench in &hall {
        firsts.push(firsts[firsts.len() - 1] + bench.chairs.len());
    }
    let place = |seat: &u32| {
        let row = firsts.partition_point(|first| *first <= *seat as usize) - 1;
        (row, *seat as usize - firsts[row])
    };
    let ordinal = |(row, at): (usize, usize)| (firsts[row] + at) as u32;
    let picks: Vec<_> = named.iter().map(place).collect();
    if spec.limits.orphans == Orphans::Refuse
        && let Some(found) = stranded(&hall, &picks)
    {
        let count = found.instead[0].len() as u32;
        let picks = found.instead.iter().map(|block| ordinal(block[0])).collect();
        return Err(Refusal::Orphan { lone: ordinal(found.lone), count, picks });
    }
    for (row, at) in picks {
        hall[row].chairs[at].free = false;
    }
    let mut seats = named.to_vec();
    for best in parts {
        let sections: Vec<usize> =
            (0..spec.sections.len()).filter(|&at| is_in(spec, at, best.scope)).collect();
        let Best { scattered, accessible, .. } = *best;
        let wish = Wish { count: best.count as usize, sections: &sections, scattered, accessible };
        match choose(&mut hall, &wish, spec.limits.orphans != Orphans::Allow) {
            Ok(chosen) => seats.extend(chosen.into_iter().map(ordinal)),
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
