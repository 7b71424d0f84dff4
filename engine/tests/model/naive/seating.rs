//! What `BEST` has to choose and what `orphans` has to refuse, in the words of the model; the oracle that tries
//! everything decides.

use super::{Naive, No};
use holdfast_oracle::{self as best, Bench, Chair, TooFew, Wish};

/// One `BEST`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Part {
    pub(crate) count: u64,
    pub(crate) within: Within,
    pub(crate) scattered: bool,
    pub(crate) accessible: bool,
}

/// Where seats are chosen from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Within {
    Everywhere,
    Section(String),
    Category(String),
}

impl Naive {
    /// Where it is refused, named seats must not strand one; those that are given back for them count as free.
    pub(super) fn none_stranded(&self, back: &[String], seats: &[String]) -> Result<(), No> {
        let (mut hall, labels) = self.hall();
        for (row, at) in places(&labels, back) {
            hall[row].chairs[at].free = true;
        }
        let refuses = self.rules.orphans == "refuse";
        if let Some(found) = best::stranded(&hall, &places(&labels, seats)).filter(|_| refuses) {
            let label = |&(row, at): &(usize, usize)| labels[row][at];
            let mut names = vec![format!("leaves {} alone", label(&found.lone))];
            let picks = found.instead.iter().map(|block| match &block[..] {
                [one] => label(one).to_owned(),
                [first, .., last] => format!("{} to {}", label(first), label(last)),
                [] => String::new(),
            });
            names.push(format!("nearby: {}", picks.collect::<Vec<_>>().join(", ")));
            return Err(No::Refused("ORPHAN", names));
        }
        Ok(())
    }

    /// What is chosen, behind what is named.
    pub(super) fn with_best(&self, mut seats: Vec<String>, parts: &[Part]) -> Result<Vec<String>, No> {
        let (mut hall, labels) = self.hall();
        for (row, at) in places(&labels, &seats) {
            hall[row].chairs[at].free = false;
        }
        let sections = self.sections();
        for part in parts {
            let fits = |(name, category): &(&str, &str)| match &part.within {
                Within::Everywhere => true,
                Within::Section(section) => name == section,
                Within::Category(wanted) => category == wanted,
            };
            let within: Vec<usize> =
                (0..sections.len()).filter(|&section| fits(&sections[section])).collect();
            let (scattered, accessible) = (part.scattered, part.accessible);
            let wish = Wish { count: part.count as usize, sections: &within, scattered, accessible };
            match best::choose(&mut hall, &wish, self.rules.orphans != "allow") {
                Ok(chosen) => seats.extend(chosen.into_iter().map(|(row, at)| labels[row][at].to_owned())),
                Err(TooFew { free, together }) => {
                    let says = format!("{free} to choose from, at most {together} side by side");
                    return Err(No::Refused("TAKEN", vec![format!("BEST {}", part.count), says]));
                }
            }
        }
        Ok(seats)
    }

    /// Name and category, in the order of the map.
    fn sections(&self) -> Vec<(&'static str, &'static str)> {
        let mut sections: Vec<_> =
            self.venue.seats.iter().map(|(_, section, _, category)| (*section, *category)).collect();
        sections.dedup();
        sections
    }

    /// The rows, and the labels of their seats.
    fn hall(&self) -> (Vec<Bench>, Vec<Vec<&'static str>>) {
        let sections = self.sections();
        let (mut hall, mut labels): (Vec<Bench>, Vec<Vec<&str>>) = (Vec::new(), Vec::new());
        let mut last = None;
        for (label, section, row, category) in self.venue.seats {
            if last != Some((section, row)) {
                last = Some((section, row));
                let section = sections.iter().position(|known| *known == (*section, *category));
                hall.push(Bench { section: section.expect("a section"), chairs: Vec::new() });
                labels.push(Vec::new());
            }
            let free = self.seat_status(label) == "free";
            let chair = Chair { free, accessible: self.venue.accessible.contains(label) };
            hall.last_mut().expect("a row").chairs.push(chair);
            labels.last_mut().expect("a row").push(label);
        }
        (hall, labels)
    }
}

/// Row and place of each of these seats.
fn places(labels: &[Vec<&str>], seats: &[String]) -> Vec<best::At> {
    let find = |label: &String| {
        let row = labels.iter().position(|row| row.contains(&label.as_str())).expect("a seat");
        (row, labels[row].iter().position(|other| other == label).expect("a seat"))
    };
    seats.iter().map(find).collect()
}
