//! The labels of a row that are not numbers one step apart: several ranges, letters, leading zeros, words.

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::range::{Piece, Run};
use crate::limits;
use crate::state::Label;

/// The labels of a row, from left to right.
#[derive(Debug)]
pub(super) struct Odd {
    /// Ascending by place.
    parts: Box<[Part]>,
    /// The words, one behind the other.
    text: Box<[u8]>,
    words: Box<[Word]>,
    /// The words in the order of their text.
    sorted: Box<[u32]>,
}

/// Some of the labels.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// The place of the first of them in the row.
    first: u32,
    of: Of,
}

#[derive(Clone, Copy, Debug)]
enum Of {
    Run(Run),
    /// Words, from this one on.
    Words(u32),
}

#[derive(Clone, Copy, Debug)]
struct Word {
    /// Where its text ends; it begins where the one before ends.
    end: u32,
    /// Its place in the row.
    place: u32,
}

/// Takes labels from left to right.
#[derive(Debug, Default)]
pub(super) struct OddBuilder {
    parts: Vec<Part>,
    text: Vec<u8>,
    words: Vec<Word>,
    seats: u32,
    runs: usize,
}

impl OddBuilder {
    /// Appends what a text of the list stands for.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with the text.
    pub(super) fn add(&mut self, piece: Piece<'_>) -> Result<(), String> {
        let first = self.seats;
        self.seats = first
            .checked_add(piece.count())
            .filter(|&seats| seats <= limits::SEATS_MAX)
            .ok_or_else(|| format!("makes more than {} seats", limits::SEATS_MAX))?;
        match piece {
            Piece::Run(run) => {
                self.runs += 1;
                if self.runs > limits::RANGES_PER_ROW_MAX {
                    return Err(format!("is one range more than {}", limits::RANGES_PER_ROW_MAX));
                }
                self.parts.push(Part { first, of: Of::Run(run) });
            }
            Piece::Word(word) => {
                let label = Label::new(word.as_bytes()).ok_or("is no label")?;
                if !matches!(self.parts.last(), Some(Part { of: Of::Words(_), .. })) {
                    self.parts.push(Part { first, of: Of::Words(self.words.len() as u32) });
                }
                self.text.extend_from_slice(label.bytes());
                self.words.push(Word { end: self.text.len() as u32, place: first });
            }
        }
        Ok(())
    }

    /// How many labels there are.
    pub(super) const fn seats(&self) -> u32 {
        self.seats
    }

    /// The run that is all there is.
    pub(super) fn only_run(&self) -> Option<Run> {
        match self.parts[..] {
            [Part { of: Of::Run(run), .. }] => Some(run),
            _ => None,
        }
    }

    pub(super) fn finish(self) -> Odd {
        let (text, words) = (self.text.into_boxed_slice(), self.words.into_boxed_slice());
        let mut odd = Odd { parts: self.parts.into(), text, words, sorted: Box::default() };
        let mut sorted: Box<[u32]> = (0..odd.words.len() as u32).collect();
        sorted.sort_unstable_by(|&a, &b| odd.word(a).cmp(odd.word(b)));
        odd.sorted = sorted;
        odd
    }
}

impl Odd {
    /// The place of a label in the row: of the first, if it stands there twice.
    pub(super) fn find(&self, label: &[u8]) -> Option<u32> {
        let of_run = self.parts.iter().find_map(|part| match part.of {
            Of::Run(run) => run.find(label).map(|at| part.first + at),
            Of::Words(_) => None,
        });
        of_run.or_else(|| {
            let at = self.sorted.partition_point(|&word| self.word(word) < label);
            let word = *self.sorted.get(at)?;
            (self.word(word) == label).then(|| self.words[word as usize].place)
        })
    }

    /// Appends the label at this place of the row.
    pub(super) fn write(&self, place: u32, out: &mut Vec<u8>) {
        let part = &self.parts[self.parts.partition_point(|part| part.first <= place) - 1];
        match part.of {
            Of::Run(run) => run.write(place - part.first, out),
            Of::Words(first) => out.extend_from_slice(self.word(first + (place - part.first))),
        }
    }

    /// A label that stands twice in the row.
    pub(super) fn repeated(&self, seats: u32) -> Option<String> {
        let mut labels: HashSet<Vec<u8>, FixedState> = HashSet::default();
        (0..seats).find_map(|place| {
            let mut label = Vec::new();
            self.write(place, &mut label);
            labels.replace(label).map(|twice| String::from_utf8_lossy(&twice).into_owned())
        })
    }

    /// The places of the words that have a dash, where a label can be read in more than one way.
    pub(super) fn dashed(&self) -> impl Iterator<Item = u32> {
        let words = (0..).zip(&self.words);
        words.filter(|&(at, _)| self.word(at).contains(&b'-')).map(|(_, word)| word.place)
    }

    /// What it takes in memory, bytes.
    pub(super) const fn bytes(&self) -> usize {
        self.text.len() + self.words.len() * 12 + self.parts.len() * size_of::<Part>()
    }

    fn word(&self, word: u32) -> &[u8] {
        let at = word as usize;
        let begin = at.checked_sub(1).map_or(0, |before| self.words[before].end);
        &self.text[begin as usize..self.words[at].end as usize]
    }
}
