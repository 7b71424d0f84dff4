//! Rows as `INFO` of Redis has them.

use std::fmt::Write as _;

use crate::row::{Figure, Read};
use crate::value::Value;

/// A section of `INFO`, or rows that stand together and have no line there.
#[derive(Debug)]
pub struct Section<S: 'static> {
    /// As it stands in `INFO`: `Server`.
    pub title: &'static str,
    /// Its rows, in the order of `INFO`.
    pub rows: &'static [Figure<S>],
}

impl<S> Section<S> {
    /// Whether `INFO` is asked for it by this name, in small letters.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.title.eq_ignore_ascii_case(name)
    }

    /// The names of its lines in `INFO`.
    pub fn lines(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().filter_map(|row| row.info)
    }

    /// Writes it behind what is there already, with an empty line between. Without anything to tell there is no section.
    pub fn write_info(&self, source: &S, text: &mut String) {
        let mut is_begun = false;
        for (name, value) in self.rows.iter().filter_map(|row| row.told(source)) {
            if !std::mem::replace(&mut is_begun, true) {
                let gap = if text.is_empty() { "" } else { "\r\n" };
                let title = self.title;
                // Writing to a String cannot fail.
                let _ = write!(text, "{gap}# {title}\r\n");
            }
            let _ = write!(text, "{name}:{value}\r\n");
        }
    }
}

impl<S> Figure<S> {
    /// Its line in `INFO`, if it has one and there is anything to tell.
    fn told(&self, source: &S) -> Option<(&'static str, Value)> {
        let Read::One(read) = self.read else { return None };
        Some((self.info?, read(source)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{gauge, told};
    use crate::value::Unit;

    static SECTION: Section<Option<u64>> = Section {
        title: "Server",
        rows: &[
            gauge("holdfast_some_seconds", Unit::Micros, "Some", |source: &Option<u64>| {
                Some((*source)?.into())
            })
            .info("some_us"),
            gauge("holdfast_more", Unit::Number, "More", |_| Some(1_u64.into())),
            told("spent", |source: &Option<u64>| source.map(|_| 0.5.into())),
            told("name", |source: &Option<u64>| source.map(|_| "x".into())),
        ],
    };

    #[test]
    fn a_section_has_the_lines_that_there_is_something_to_tell_of() {
        let mut text = String::new();
        SECTION.write_info(&Some(7), &mut text);
        assert_eq!(text, "# Server\r\nsome_us:7\r\nspent:0.500000\r\nname:x\r\n");
        SECTION.write_info(&Some(8), &mut text);
        assert!(text.contains("name:x\r\n\r\n# Server\r\nsome_us:8\r\n"), "{text}");
        let before = text.clone();
        SECTION.write_info(&None, &mut text);
        assert_eq!(text, before);
        assert!(SECTION.is_called("server"));
    }
}
