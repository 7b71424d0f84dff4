//! The words behind `--`.

use std::env;
use std::io;

pub(crate) struct Options {
    pub(crate) rounds: usize,
    /// What one shape takes at most.
    pub(crate) seconds: u64,
    pub(crate) markdown: bool,
    /// A server that is not installed is a failure.
    pub(crate) required: bool,
    /// Empty: all.
    peers: Vec<String>,
}

impl Options {
    pub(crate) fn read<const N: usize>(known: [&str; N]) -> io::Result<Self> {
        let required = env::var("HOLDFAST_PEERS").is_ok_and(|value| value == "required");
        let mut options = Self { rounds: 5, seconds: 2, markdown: false, required, peers: Vec::new() };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let mut number = || {
                let number =
                    words.next().and_then(|word| word.parse().ok()).filter(|&number: &u64| number > 0);
                number.ok_or_else(|| io::Error::other(format!("{word} takes a number of at least 1")))
            };
            match word.as_str() {
                // Cargo's own.
                "--bench" => {}
                "--markdown" => options.markdown = true,
                "--rounds" => options.rounds = number()? as usize,
                "--seconds" => options.seconds = number()?.min(60),
                name if known.contains(&name) => options.peers.push(word),
                _ => {
                    let known = known.join(", ");
                    let what = format!("{word}: neither --rounds, --seconds, --markdown nor one of {known}");
                    return Err(io::Error::other(what));
                }
            }
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, peer: &str) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|wanted| wanted == peer)
    }
}
