//! Does a pick by hand leave a lone seat, and what could be picked instead?

use smallvec::SmallVec;

use super::choose::benches_of;
use super::index::Index;
use super::score::{Aim, Judge};
use super::search::Search;
use super::view::{Among, View};
use crate::limits;
use crate::state::{Layout, Ordinal, Refusal, Seats};

/// The refusal of a pick that leaves a seat alone that was not alone before; none if it leaves none, or if nothing
/// legal is left to pick instead. The seats are free; those that are given `back` for them count as free as well.
pub(in crate::state) fn stranded(
    layout: &Layout,
    index: &Index,
    back: &[Ordinal],
    seats: &Seats,
) -> Option<Refusal> {
    let before = || {
        let mut view = View::new(layout, index);
        back.iter().for_each(|&seat| view.give(seat));
        view
    };
    let mut view = before();
    for &seat in seats {
        view.take(seat);
    }
    let mut alone: SmallVec<[Ordinal; 4]> = SmallVec::new();
    for &seat in seats {
        let row = layout.bench(layout.bench_index_of(seat)).ordinals();
        let is_free = |seat: Ordinal| row.contains(&seat) && view.is_free(seat);
        if let Some(left) = seat.checked_sub(1)
            && is_free(left)
            && !left.checked_sub(1).is_some_and(is_free)
        {
            alone.push(left);
        }
        if is_free(seat + 1) && !is_free(seat + 2) {
            alone.push(seat + 1);
        }
    }
    alone.sort_unstable();
    alone.dedup_by_key(|seat| layout.bench_index_of(*seat));
    alone.into_iter().find_map(|lone| instead(before(), seats, lone))
}

/// The refusal because of a lone seat: as many seats as were picked in its row, side by side in its section, near
/// the pick, and leaving no lone seat. None if there is no such pick.
fn instead(mut view: View<'_>, seats: &Seats, lone: Ordinal) -> Option<Refusal> {
    let layout = view.layout;
    let row = layout.bench_index_of(lone);
    let of_row = layout.bench(row).ordinals();
    let (mut first, mut last, mut count, mut special) = (Ordinal::MAX, 0, 0, false);
    let is_here = |seat: &&Ordinal| of_row.contains(*seat);
    seats.iter().filter(|seat| !is_here(seat)).for_each(|&seat| view.take(seat));
    for &seat in seats.iter().filter(is_here) {
        (first, last, count) = (first.min(seat), last.max(seat), count + 1);
        special |= view.is_special(seat);
    }
    let aim = Aim::at(&view, row, first, last + 1 - first);
    let section = usize::from(layout.row_of(lone).section);
    let rows = benches_of(layout, &layout.sections()[section..=section]);
    let search = Search {
        judge: Judge { aim, size: count, avoids_lone: true, wants_accessible: false },
        among: if special { Among::Free } else { Among::Open },
        rows: &rows,
        flawless: true,
        most: limits::PICKS_NAMED_MAX,
    };
    let found = search.run(&view);
    let picks = found.iter().map(|score| score.first).collect();
    (!found.is_empty()).then_some(Refusal::Orphan { lone, count, picks })
}
