//! What the catalogue says, in Korean.

mod cluster;
mod input;
mod kinds;
mod money;
mod operation;
mod sale;

use super::{Code, Entry, Kind};

/// An entry of the catalogue in Korean. Kind and code are the same in all languages.
#[derive(Clone, Copy, Debug)]
pub struct Korean {
    /// The code.
    pub code: Code,
    /// What happened, in half a line.
    pub title: &'static str,
    /// Why it happens.
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

impl Entry {
    /// What the entry says, in Korean. Every code has it: a test walks the catalogue.
    ///
    /// # Panics
    /// For a code without such a text.
    #[must_use]
    pub fn korean(&self) -> &'static Korean {
        let rooms = [sale::TEXTS, input::TEXTS, operation::TEXTS, money::TEXTS, cluster::TEXTS];
        let mut all = rooms.into_iter().flatten();
        all.find(|text| text.code == self.code).expect("every code has its text in Korean")
    }
}

impl Kind {
    /// What a refusal of this kind means, and what the application does, in Korean.
    ///
    /// # Panics
    /// For a kind without such a text; a test walks all kinds.
    #[must_use]
    pub fn korean(self) -> (&'static str, &'static str) {
        let row = kinds::KINDS.iter().find(|(kind, ..)| *kind == self);
        row.map(|(_, what, remedy)| (*what, *remedy)).expect("every kind has its text in Korean")
    }
}

/// What the codes of a class are about, in Korean; `None` if there is no such class.
#[must_use]
pub fn class_in_korean(class: &str) -> Option<&'static str> {
    kinds::class(class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::CATALOGUE;

    #[test]
    fn every_code_has_one_text_and_every_text_is_korean() {
        for entry in CATALOGUE {
            let korean = entry.korean();
            for text in [korean.title, korean.cause, korean.remedy] {
                assert!(text.chars().any(|letter| ('가'..='힣').contains(&letter)), "{}: {text}", entry.code);
            }
        }
        let texts = [sale::TEXTS, input::TEXTS, operation::TEXTS, money::TEXTS, cluster::TEXTS].concat();
        assert_eq!(texts.len(), CATALOGUE.len(), "no code stands twice");
    }

    #[test]
    fn every_kind_and_class_has_its_text() {
        for meaning in crate::kinds::MEANINGS {
            assert!(!meaning.kind.korean().0.is_empty(), "{:?}", meaning.kind);
        }
        for (class, _) in crate::kinds::CLASSES {
            assert!(class_in_korean(class).is_some(), "{class}");
        }
    }

    /// A name that is typed stands in both languages, or one of them was forgotten when it changed.
    #[test]
    fn both_languages_name_the_same_codes_and_settings() {
        let names = |text: &str| -> std::collections::BTreeSet<String> {
            let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            let of = text.split(|c: char| !word(c)).map(|word| word.trim_matches(['.', '-']));
            let typed = |word: &&str| {
                word.starts_with("HF-")
                    || word.contains('_')
                    || word.split_once('.').is_some_and(|(a, b)| {
                        a.len() > 2 && b.len() > 2 && !b.starts_with(|c: char| c.is_ascii_digit())
                    })
            };
            of.filter(typed).map(str::to_owned).collect()
        };
        for entry in CATALOGUE {
            let korean = entry.korean();
            assert_eq!(names(entry.cause), names(korean.cause), "cause of {}", entry.code);
            assert_eq!(names(entry.remedy), names(korean.remedy), "remedy of {}", entry.code);
        }
    }
}
