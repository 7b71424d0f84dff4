//! How long commands take, from their last byte read to their last byte written: a histogram for each command on each thread
//! that serves connections, and the slow ones, each with where its time went.

mod histogram;
mod slow_log;
mod words;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

pub use histogram::Buckets;
use histogram::Histogram;
pub(crate) use slow_log::{Client, Parts, SlowLog, Took};
pub(crate) use words::Frames;

use crate::resp::decode::Arguments;
use crate::resp::encode::{Encoder, field, number};
use crate::verbs::{self, Verb};

/// The histograms of all threads, summed up when somebody asks. Only its own thread writes to those of a thread, so counting
/// costs no lock and no line of memory that goes from core to core.
#[derive(Default, Debug)]
pub(crate) struct Latencies(Mutex<Vec<(ThreadId, Arc<Cells>)>>);

/// The histograms of one thread, one for each command.
#[derive(Debug)]
pub(crate) struct Cells(Box<[Histogram]>);

impl Cells {
    /// So many commands of this kind took so long each, microseconds. For the thread alone whose histograms these are.
    #[inline]
    pub(crate) fn took(&self, verb: &'static Verb, micros: u64, commands: u64) {
        if let Some(histogram) = self.0.get(verb.place()) {
            histogram.took(micros, commands);
        }
    }
}

impl Latencies {
    /// Those of this thread, made if there are none yet.
    pub(crate) fn here(&self) -> Arc<Cells> {
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let this = thread::current().id();
        if let Some((_, cells)) = threads.iter().find(|(thread, _)| *thread == this) {
            return Arc::clone(cells);
        }
        let cells = Arc::new(Cells(verbs::verbs().map(|_| Histogram::default()).collect()));
        threads.push((this, Arc::clone(&cells)));
        cells
    }

    /// What all threads have counted of each command, in the order of the table of commands.
    pub(crate) fn all(&self) -> Vec<(&'static Verb, Buckets)> {
        let threads: Vec<_> = {
            let threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            threads.iter().map(|(_, cells)| Arc::clone(cells)).collect()
        };
        let sum = |(place, verb): (usize, &'static Verb)| {
            let mut sum = Buckets::default();
            threads.iter().filter_map(|cells| cells.0.get(place)).for_each(|one| one.add_to(&mut sum));
            (verb, sum)
        };
        verbs::verbs().enumerate().map(sum).collect()
    }

    /// `LATENCY HISTOGRAM` of the commands of these names, or of all: those that came, each with its forms.
    pub(crate) fn write(&self, encoder: &mut Encoder<'_>, names: &Arguments<'_>) {
        let mut asked = self.all();
        asked.retain(|(verb, buckets)| {
            let is_it = |name: &[u8]| {
                let title = verb.told();
                let (first, _) = title.split_once('|').unwrap_or((&title, ""));
                name.eq_ignore_ascii_case(title.as_bytes()) || name.eq_ignore_ascii_case(first.as_bytes())
            };
            buckets.count() > 0 && (names.len() == 0 || names.clone().any(is_it))
        });
        encoder.map(asked.len());
        for (verb, buckets) in asked {
            encoder.bulk(verb.told().as_bytes());
            encoder.map(2);
            encoder.number(number!("calls"), buckets.count());
            encoder.field(field!("histogram_usec"));
            let octaves = buckets.octaves();
            encoder.map(octaves.len());
            for (micros, upto) in octaves {
                encoder.integer(micros);
                encoder.integer(upto);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::decode::{Decoded, Decoder, FrameLimits};
    use crate::resp::encode::Protocol;

    fn hold() -> &'static Verb {
        verbs::verbs().find(|verb| verb.title() == "HOLD").unwrap()
    }

    #[test]
    fn every_command_has_a_place_of_its_own() {
        let places: Vec<_> = verbs::verbs().map(Verb::place).collect();
        assert_eq!(places, (0..places.len()).collect::<Vec<_>>());
    }

    #[test]
    fn what_any_thread_has_counted_is_in_the_sum() {
        let latencies = Arc::new(Latencies::default());
        let of_threads: Vec<_> = (0..4)
            .map(|_| {
                let latencies = Arc::clone(&latencies);
                thread::spawn(move || {
                    latencies.here().took(hold(), 90, 3);
                    latencies.here().took(hold(), 110, 1);
                })
            })
            .collect();
        of_threads.into_iter().for_each(|thread| thread.join().unwrap());
        let all = latencies.all();
        let (_, buckets) = all.iter().find(|(verb, _)| verb.title() == "HOLD").unwrap();
        assert_eq!((buckets.count(), buckets.micros()), (16, 4 * (3 * 90 + 110)));
        assert_eq!(buckets.exported().next(), Some((100, 12)));
        assert!(
            all.iter().filter(|(verb, _)| verb.title() != "HOLD").all(|(_, buckets)| buckets.count() == 0)
        );
    }

    #[test]
    fn a_histogram_is_written_as_redis_writes_it() {
        let latencies = Latencies::default();
        let info = verbs::verbs().find(|verb| verb.title() == "CLIENT INFO").unwrap();
        latencies.here().took(hold(), 100, 2);
        latencies.here().took(hold(), 128, 1);
        latencies.here().took(hold(), 129, 1);
        latencies.here().took(info, 1, 1);
        let told = |names: &str| {
            let (mut decoder, line, mut out) = (Decoder::new(), format!("X {names}\r\n"), Vec::new());
            let decoded = decoder.decode(line.as_bytes(), FrameLimits::LARGEST);
            assert!(matches!(decoded, Ok(Decoded::Command(_))));
            let mut names = decoder.arguments(line.as_bytes());
            names.next();
            latencies.write(&mut Encoder::new(&mut out, Protocol::Resp3), &names);
            String::from_utf8(out).unwrap().replace("\r\n", " ")
        };
        let hold = "$4 hold %2 $5 calls :4 $14 histogram_usec %2 :128 :3 :256 :4 ";
        let client = "$11 client|info %2 $5 calls :1 $14 histogram_usec %1 :1 :1 ";
        assert_eq!(told(""), format!("%2 {hold}{client}"));
        assert_eq!(told("HOLD nonsense release"), format!("%1 {hold}"));
        assert_eq!([told("client"), told("Client|Info")], [format!("%1 {client}"), format!("%1 {client}")]);
        assert_eq!(told("nonsense"), "%0 ");
    }
}
