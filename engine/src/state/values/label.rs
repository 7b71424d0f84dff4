//! Labels: of sections, rows, seats, areas and categories, as halls have them. And what texts for people are made of.

use std::borrow::{Borrow, Cow};
use std::fmt;

use smallvec::SmallVec;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The longest label, in bytes of UTF-8 in normal form C: sixteen characters of any script, sixty-four of English.
pub const LABEL_BYTES_MAX: usize = 64;
/// The longest label as it is sent, in bytes: in another normal form a character takes up to three times as many.
pub const LABEL_SENT_BYTES_MAX: usize = 3 * LABEL_BYTES_MAX;

/// The sentence about a word that is to be the label of something and is none.
pub(crate) fn no_label(what: &str, word: &str) -> String {
    format!(
        "{what} {word:?} is no name: 1 to {LABEL_BYTES_MAX} bytes of text with single spaces inside, without control and format characters"
    )
}

/// A checked label that owns its bytes: 1 to 64 bytes of UTF-8 in normal form C, without control and format characters, with
/// single spaces inside and none at an end. Up to 24 bytes without an allocation.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(SmallVec<[u8; 24]>);

impl Label {
    /// Checks the text and brings it into normal form C; `None` if it is no label.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        if text.len() > LABEL_SENT_BYTES_MAX {
            return None;
        }
        let text = normal(std::str::from_utf8(text).ok()?);
        let fits = !text.is_empty() && text.len() <= LABEL_BYTES_MAX;
        let spaced = text.starts_with(' ') || text.ends_with(' ') || text.contains("  ");
        (fits && !spaced && text.chars().all(is_of_labels))
            .then(|| Self(SmallVec::from_slice(text.as_bytes())))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The label as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // UTF-8 by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Borrow<[u8]> for Label {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// The text in normal form C. What is plain ASCII is in it, and is not looked at twice.
pub(in crate::state) fn normal(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Is it a text that shows all that is in it: without control and format characters, and on one line?
#[must_use]
pub fn is_plain(text: &str) -> bool {
    text.chars().all(is_shown)
}

/// Format characters turn lines around and hide; a line separator makes two of one.
fn is_shown(character: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    !matches!(character.general_category(), Control | Format | LineSeparator | ParagraphSeparator)
}

/// Of all spaces only the plain one, which looks like no other; and only what has a meaning already, as the normal form of
/// anything else may change with Unicode.
fn is_of_labels(character: char) -> bool {
    use GeneralCategory::{SpaceSeparator, Unassigned};
    character.is_ascii_graphic()
        || character == ' '
        || !character.is_ascii()
            && is_shown(character)
            && !matches!(character.general_category(), SpaceSeparator | Unassigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_what_halls_write() {
        let good = [
            "A",
            "Block A",
            "Parkett links (1. OG)",
            "R\u{e4}ng 2",
            "Balkon \u{2013} Mitte",
            "1\u{ce35} R\u{c11d}",
            "\u{5e2d} A",
            "9 left",
            "-",
            "C+",
            "\u{2605}",
            "#1",
            &"\u{1f3ad}".repeat(16),
            &"x".repeat(64),
        ];
        for text in good {
            assert_eq!(Label::new(text.as_bytes()).map(|label| label.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_does_not_show_is_in_no_label() {
        let bad = [
            "",
            " ",
            " A",
            "A ",
            "A  B",
            "A\tB",
            "A\n",
            "\u{7f}",
            "A\u{85}",
            "A\u{200b}B",
            "\u{202e}A",
            "A\u{feff}",
            "A\u{2028}B",
            "A\u{2029}",
            "A\u{a0}B",
            "\u{3000}",
            "A\u{ad}",
            "\u{fdd0}",
            "\u{378}",
        ];
        for text in bad {
            assert!(Label::new(text.as_bytes()).is_none(), "{text:?}");
        }
        for bytes in [&b"\xff"[..], b"A\xc3", &[b'x'; 65], "\u{1f3ad}".repeat(17).as_bytes()] {
            assert!(Label::new(bytes).is_none(), "{bytes:?}");
        }
    }

    #[test]
    fn a_label_is_the_same_in_whatever_form_it_is_sent() {
        for (composed, apart) in
            [("R\u{e4}ng", "Ra\u{308}ng"), ("\u{ce35}", "\u{110e}\u{1173}\u{11bc}"), ("\u{c5}", "\u{212b}")]
        {
            let label = Label::new(apart.as_bytes()).expect("a label");
            assert_eq!(Some(&label), Label::new(composed.as_bytes()).as_ref());
            assert_eq!(label.as_str(), composed);
        }
        // As long as it may be, once it is composed.
        let apart = "\u{1112}\u{1161}\u{11ab}".repeat(21);
        assert_eq!(Label::new(apart.as_bytes()).map(|label| label.bytes().len()), Some(63));
    }

    #[test]
    fn texts_for_people_show_all_that_is_in_them() {
        for good in ["rain", "zu sp\u{e4}t \u{2013} leider", "\u{c88c}\u{c11d}", "a  b ", "\u{1f622}"] {
            assert!(is_plain(good), "{good}");
        }
        for bad in ["a\n", "a\u{0}", "\u{202e}a", "a\u{200d}b", "a\u{2028}b", "a\u{85}"] {
            assert!(!is_plain(bad), "{bad:?}");
        }
    }
}
