//! Ranges of labels: `1-20`, `1-39/2`, `40-2/2`, `001-012`, `A-F`. Everything else is a label by itself.

use super::number::{parse_number, push_number};
use crate::limits;

/// What one text of a list of seats stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Piece<'a> {
    /// One label.
    Word(&'a str),
    /// Several labels.
    Run(Run),
}

/// Labels that follow from each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Run {
    /// The first, as a number; a letter by its code.
    pub(super) from: u32,
    /// From one to the next, never 0.
    pub(super) step: i64,
    /// How many labels, at least 1.
    pub(super) count: u32,
    pub(super) form: Form,
}

/// How the labels of a run are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// As a number of at least so many digits.
    Number(u8),
    /// As one letter.
    Letter,
}

impl<'a> Piece<'a> {
    /// Reads one text of a list.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with the text.
    pub(super) fn read(text: &'a str) -> Result<Self, String> {
        let Some((first, rest)) = text.split_once('-') else { return Ok(Self::Word(text)) };
        let (last, step) = rest.split_once('/').map_or((rest, None), |(last, step)| (last, Some(step)));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_letter = |text: &str| text.len() == 1 && text.as_bytes()[0].is_ascii_alphabetic();
        let numbers = is_number(first) && is_number(last);
        if !(numbers || is_letter(first) && is_letter(last)) {
            return Ok(Self::Word(text));
        }
        let (from, to, form) = if numbers {
            let is_padded = |text: &str| text.len() > 1 && text.starts_with('0');
            let padded = is_padded(first) || is_padded(last);
            if padded && first.len() != last.len() {
                return Err("does not begin and end with as many digits".to_owned());
            }
            let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 10);
            let (Some(from), Some(to)) = (number(first), number(last)) else {
                return Err("has numbers that are too large".to_owned());
            };
            (from, to, Form::Number(if padded { first.len() as u8 } else { 0 }))
        } else {
            let (from, to) = (first.as_bytes()[0], last.as_bytes()[0]);
            if from.is_ascii_uppercase() != to.is_ascii_uppercase() {
                return Err("goes from large to small letters".to_owned());
            }
            (u32::from(from), u32::from(to), Form::Letter)
        };
        let step = match step {
            None => 1,
            Some(step) => {
                step.parse().ok().filter(|&step| step > 0).ok_or("has a step that is no number from 1 on")?
            }
        };
        let (apart, down) = (from.abs_diff(to), from > to);
        if !apart.is_multiple_of(step) {
            return Err(format!("does not come to {last} in steps of {step}"));
        }
        let count = (apart / step).saturating_add(1);
        if count > limits::SEATS_MAX {
            return Err(format!("names more than {} seats", limits::SEATS_MAX));
        }
        let step = if down { -i64::from(step) } else { i64::from(step) };
        Ok(Self::Run(Run { from, step, count, form }))
    }

    /// How many labels it stands for.
    pub(super) const fn count(&self) -> u32 {
        match self {
            Self::Word(_) => 1,
            Self::Run(run) => run.count,
        }
    }

    /// Gives each label in turn.
    pub(super) fn each<E>(&self, mut give: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Word(word) => give(word),
            Self::Run(run) => {
                let mut label = Vec::new();
                (0..run.count).try_for_each(|at| {
                    label.clear();
                    run.write(at, &mut label);
                    give(std::str::from_utf8(&label).unwrap_or_default())
                })
            }
        }
    }
}

impl Run {
    /// Numbers without leading zeros.
    pub(super) const fn of_numbers(from: u32, step: i16, count: u32) -> Self {
        Self { from, step: step as i64, count, form: Form::Number(0) }
    }

    /// Appends the label at this place of the run.
    pub(super) fn write(&self, at: u32, out: &mut Vec<u8>) {
        // Between the first and the last, which are u32.
        let value = (i64::from(self.from) + self.step * i64::from(at)) as u32;
        match self.form {
            Form::Letter => out.push(value as u8),
            Form::Number(digits) => push_number(out, value, digits),
        }
    }

    /// The place of a label in the run.
    pub(super) fn find(&self, label: &[u8]) -> Option<u32> {
        let value = match (self.form, label) {
            (Form::Letter, &[letter]) => u32::from(letter),
            (Form::Number(digits), _) => {
                let is_padded = label.len() > 1 && label.first() == Some(&b'0');
                if is_padded && label.len() != usize::from(digits) || label.len() < usize::from(digits) {
                    return None;
                }
                parse_number(label)?
            }
            (Form::Letter, _) => return None,
        };
        let apart = i64::from(value) - i64::from(self.from);
        if apart % self.step != 0 {
            return None;
        }
        u32::try_from(apart / self.step).ok().filter(|&at| at < self.count)
    }
}
