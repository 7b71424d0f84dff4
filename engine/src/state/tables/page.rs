//! Pages of a list of what stands in no order: nothing is kept for them, a page looks at everything that there is.

use std::collections::BinaryHeap;

/// The values of the `count` lowest places in their order, and the place that the next page begins at. A page
/// ends before that when what `view` makes of them weighs `room` together: it has one at least.
pub(in crate::state) fn page<K: Ord, T: Ord, V>(
    all: impl Iterator<Item = (K, T)>,
    (count, mut room): (usize, usize),
    view: impl Fn(T) -> V,
    weight: impl Fn(&V) -> usize,
) -> (Option<K>, Vec<V>) {
    let mut page = Vec::new();
    for (place, value) in lowest(all, count.saturating_add(1)) {
        if page.len() == count || room == 0 {
            return (Some(place), page);
        }
        let view = view(value);
        room = room.saturating_sub(weight(&view));
        page.push(view);
    }
    (None, page)
}

fn lowest<T: Ord>(all: impl Iterator<Item = T>, count: usize) -> Vec<T> {
    let mut found = BinaryHeap::new();
    for one in all {
        if found.len() < count {
            found.push(one);
        } else if let Some(mut greatest) = found.peek_mut()
            && one < *greatest
        {
            *greatest = one;
        }
    }
    found.into_sorted_vec()
}

#[cfg(test)]
mod tests {
    use super::page;

    /// All pages of these, each with what it begins at.
    fn pages(all: &[u64], count: usize, room: usize) -> Vec<(u64, Vec<u64>)> {
        let (mut pages, mut from) = (Vec::new(), 0);
        loop {
            let rest = all.iter().filter(|&&number| number >= from).map(|&number| (number, number));
            let (next, page) = page(rest, (count, room), |number| number, |&number| number as usize);
            pages.push((from, page));
            match next {
                None => return pages,
                Some(next) => from = next,
            }
        }
    }

    #[test]
    fn each_comes_once_and_in_order() {
        let all = [7, 2, 9, 4, 5];
        let sorted = vec![2, 4, 5, 7, 9];
        assert_eq!(pages(&all, 2, 100), [(0, vec![2, 4]), (5, vec![5, 7]), (9, vec![9])]);
        for count in [5, 6, usize::MAX] {
            assert_eq!(pages(&all, count, 100), [(0, sorted.clone())]);
        }
        assert_eq!(pages(&[], 2, 100), [(0, vec![])]);
    }

    #[test]
    fn a_page_that_is_full_ends_and_has_one_at_least() {
        let all = [7, 2, 9, 4, 5];
        assert_eq!(pages(&all, 9, 6), [(0, vec![2, 4]), (5, vec![5, 7]), (9, vec![9])]);
        assert_eq!(pages(&all, 9, 1).len(), 5);
    }
}
