//! What is asked of the job, as words.

use holdfast_engine::{Code, Fault};

use super::Asked;

/// How the words are written.
pub(super) const USAGE: &str = "profile [KEY template] [EVENT ev] [FROM time] [TO time] [ASOF lsn | time] [PROVIDER name] [ORDERS] FILES file ...";

impl Asked {
    /// Reads the words of the job.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn of_words(words: &[Box<str>]) -> Result<Self, Fault> {
        let bad = |why: String| Fault::new(Code::NO_JOB, format!("{why}: reconcile {USAGE}"));
        let mut words = words.iter();
        let profile = words.next().ok_or_else(|| bad("there is no profile".to_owned()))?.to_string();
        let mut asked = Self { profile, ..Self::default() };
        while let Some(word) = words.next() {
            let place = match word.to_ascii_uppercase().as_str() {
                "ORDERS" => {
                    asked.orders = true;
                    continue;
                }
                "FILES" => {
                    asked.files = words.by_ref().map(ToString::to_string).collect();
                    continue;
                }
                "KEY" => &mut asked.key,
                "EVENT" => &mut asked.event,
                "FROM" => &mut asked.from,
                "TO" => &mut asked.to,
                "ASOF" => &mut asked.as_of,
                "PROVIDER" => &mut asked.provider,
                _ => return Err(bad(format!("{word} is not known"))),
            };
            let value = words.next().ok_or_else(|| bad(format!("there is nothing behind {word}")))?;
            if place.replace(value.to_string()).is_some() {
                return Err(bad(format!("{word} stands twice")));
            }
        }
        if asked.files.is_empty() {
            return Err(bad("there is no file".to_owned()));
        }
        Ok(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Asked, Fault> {
        Asked::of_words(&line.split_whitespace().map(Box::from).collect::<Vec<_>>())
    }

    #[test]
    fn words_are_read_in_any_order_and_files_end_them() {
        let asked =
            read("toss to 2026-12-01 ORDERS From 2026-11-01 PROVIDER toss EVENT gala FILES a.ndjson FROM")
                .unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected = Asked {
            profile: "toss".to_owned(),
            event: text("gala"),
            from: text("2026-11-01"),
            to: text("2026-12-01"),
            provider: text("toss"),
            orders: true,
            files: vec!["a.ndjson".to_owned(), "FROM".to_owned()],
            ..Asked::default()
        };
        assert_eq!(asked, expected);
        for line in ["", "toss", "toss FILES", "toss a.ndjson", "toss FROM", "toss TO 1 TO 2 FILES a"] {
            assert_eq!(read(line).unwrap_err().code, Code::NO_JOB, "{line}");
        }
    }
}
