//! Tells a story to the engine, to its shadow and to the model, and compares them.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::rc::Rc;

use holdfast_engine::{
    Answer, At, Change, Created, Event, EventId, EventSpec, HoldId, Key, KeyHash, Millis, Name,
    PaymentAction, PaymentLine, PaymentStatus, Read, Record, Reply, TableSeed, Touched, View, Write, decide,
    decode_record, encode_record, read_event, write_event,
};
use holdfast_oracle::{Due, Expected, KeyId, Model, Venue as Hall, account_of};

use super::story::Step;
use super::venue::Venue;
use picturing::Picturing;

const START: At = At(1_700_000_000_123);
/// Others are as large as a story's numbers.
const CREATION_KEY: KeyId = KeyId::MAX;

macro_rules! same {
    ($what:expr, $engine:expr, $model:expr) => {{
        let (engine, model) = (&$engine, &$model);
        if engine != model {
            return Err(format!("{}: the engine has {engine:?}, the model {model:?}", $what));
        }
    }};
}

// Behind the macro that they use.
mod asking;
mod looking;
mod picturing;
mod planning;
mod saying;

pub(crate) struct Drive {
    venue: &'static Venue,
    model: Model,
    event: Event,
    /// Knows nothing but the bytes of the log.
    shadow: Event,
    now: At,
    made: Vec<HoldId>,
    asked: Vec<(KeyId, Write)>,
    /// What was answered to each key the first time.
    answers: BTreeMap<KeyId, Answer>,
    met: BTreeMap<&'static str, u64>,
    /// Payments that have failed and kept their holds.
    kept: BTreeSet<Name>,
    bytes: Vec<u8>,
    picture: Picturing,
}

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a name")
}

/// Few different values in the parts that tables look at, so that keys collide there; the whole is still unique.
fn hash(key: KeyId) -> KeyHash {
    let number = fnv(&format!("k{key}"));
    let mut hash = [0; 16];
    hash[0] = (number % 3) as u8;
    hash[7..15].copy_from_slice(&number.to_le_bytes());
    hash[7] = 0;
    hash[6] = number as u8 & 1;
    hash[15] = (number >> 8) as u8 % 2;
    hash
}

fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// A command in full, for the key and for the model's memory.
fn in_full(write: &Write) -> Rc<str> {
    format!("{write:?}").into()
}

fn key_of(key: KeyId, asked: &str) -> Key {
    Key { hash: hash(key), fingerprint: fnv(asked).to_le_bytes(), account: account_of(key) }
}

impl Drive {
    pub(crate) fn new(venue: &'static Venue) -> Self {
        let spec: EventSpec = serde_json::from_str(venue.json).expect("the description is well-formed");
        venue.rules.are(&spec.limits);
        assert_eq!(spec.open, venue.open);
        let hall = Rc::new(Hall::new(name("ev"), spec.clone()));
        let asked = in_full(&Write::Create);
        let (model, expected) = Model::create(&hall, CREATION_KEY, &asked, START);
        let created = Change::Created(Box::new(Created { name: name("ev"), spec }));
        let key = Some(key_of(CREATION_KEY, &asked));
        let record = Record::new(START, 1, key, created);
        let mut event = Self::created(&record, TableSeed(1));
        let answer = event.apply_creation(&record);
        assert_eq!(answer, expected);
        let mut bytes = Vec::new();
        encode_record(EventId(7), event.digest(), &record, &Touched::NOTHING, &mut bytes);
        let framed = decode_record(&bytes).expect("the creation is read again");
        assert_eq!(framed.record, record);
        let mut shadow = Self::created(&framed.record, TableSeed(2));
        assert_eq!(shadow.apply_creation(&framed.record), answer);
        assert_eq!(shadow.digest(), framed.digest);
        Self {
            venue,
            model,
            picture: Picturing::new(&event),
            event,
            shadow,
            now: START,
            made: Vec::new(),
            asked: vec![(CREATION_KEY, Write::Create)],
            answers: BTreeMap::from([(CREATION_KEY, answer)]),
            met: BTreeMap::new(),
            kept: BTreeSet::new(),
            bytes,
        }
    }

    fn created(record: &Record, seed: TableSeed) -> Event {
        let Change::Created(created) = &record.change else { panic!("a creation") };
        Event::create(created, record.at, seed).expect("the venue can be built")
    }

    /// What happened, by the word for it, and how often.
    pub(crate) const fn met(&self) -> &BTreeMap<&'static str, u64> {
        &self.met
    }

    fn meet(&mut self, word: &'static str) {
        *self.met.entry(word).or_default() += 1;
    }

    /// Takes a step and looks at everything.
    pub(crate) fn step(&mut self, step: &Step) -> Result<(), String> {
        self.quiet_step(step)?;
        self.event.check()?;
        self.compare(&self.event)
    }

    /// Takes a step and compares only what comes of it.
    pub(crate) fn quiet_step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Wait(ms) => {
                self.now += Millis(*ms);
                self.expire()
            }
            Step::Forget { retention, refusals_max, most } => self.forget(*retention, *refusals_max, *most),
            Step::Restart { down, grace } => self.restart(*down, *grace),
            Step::Restore { seed } => self.restore(TableSeed(*seed)),
            Step::Repeat { back } => {
                let (key, write) = self.earlier(*back);
                self.write(key, write)
            }
            Step::Reuse { back } => {
                let (key, write) = self.earlier(*back);
                let other = match write {
                    Write::Create => asking::status(0),
                    _ => Write::Create,
                };
                self.write(key, other)
            }
            Step::Hold { key, .. }
            | Step::Extend { key, .. }
            | Step::Release { key, .. }
            | Step::Confirm { key, .. }
            | Step::Change { key, .. }
            | Step::Cancel { key, .. }
            | Step::Exchange { key, .. }
            | Step::Limits { key, .. }
            | Step::Plan { key, .. }
            | Step::Block { key, .. }
            | Step::Unblock { key, .. }
            | Step::ForceRelease { key, .. }
            | Step::ForceCancel { key, .. }
            | Step::Try { key, .. }
            | Step::Report { key, .. }
            | Step::Status { key, .. }
            | Step::Create { key } => self.write(KeyId::from(*key), self.ask(*key, step)),
        }
    }

    /// The last look: the shadow has seen only records, and must show the same.
    pub(crate) fn finish(self) -> Result<(), String> {
        self.event.check()?;
        self.shadow.check()?;
        self.compare(&self.event)?;
        self.compare(&self.shadow).map_err(|what| format!("after replay: {what}"))
    }

    fn earlier(&self, back: u8) -> (KeyId, Write) {
        let count = self.asked.len();
        self.asked[count - 1 - usize::from(back) % count].clone()
    }

    fn write(&mut self, key_id: KeyId, write: Write) -> Result<(), String> {
        self.expire()?;
        let asked = in_full(&write);
        let key = key_of(key_id, &asked);
        let dry = self.try_plan(&write)?;
        let before = self.event.digest();
        let verdict = decide(&self.event, &key, write.clone(), self.now);
        same!("the second verdict", decide(&self.event, &key, write.clone(), self.now), verdict);
        same!("the digest after judging", self.event.digest(), before);
        match (verdict, self.model.write(key_id, &asked, &write, self.now)) {
            (Ok(change), Expected::New(expected)) => {
                let version = self.event.version() + u64::from(change.makes_version());
                if let (Change::PlanChanged { plan, .. }, Some(dry)) = (&change, dry) {
                    same!("what was to happen", *plan.json(), *dry.change);
                    self.meet("plan");
                }
                let refused = matches!(change, Change::Refused(_));
                same!("a refusal is a refusal", refused, matches!(expected, Answer::Refused(_)));
                let (write, origin) = write.clone().note_apart(None);
                let origin = origin.and_then(|origin| change.keeps(origin));
                if origin.is_some() {
                    self.meet("noted");
                }
                let record = Record { origin, ..Record::new(self.now, version, Some(key), change) };
                let answer = self.commit(&record)?.ok_or("a write has an answer")?;
                same!("the answer", answer, expected);
                if let Answer::Refused(refusal) = &answer {
                    saying::check(refusal, &refusal.message(self.event.layout()), self.model.hall())?;
                }
                self.remember(&write, &answer);
                self.answers.insert(key_id, answer);
            }
            (Err(Reply::Repeated(answer, at)), Expected::Again(expected)) => {
                same!("the time that it tells", Some((answer.clone(), at)), self.model.dated_answer(key_id));
                same!("the repeated answer", Some(&answer), self.answers.get(&key_id));
                same!("the repeat", answer, expected);
                self.meet("repeat");
            }
            (Err(Reply::Fault(fault)), Expected::Fault(code)) => {
                same!("the fault", fault.code, code);
                self.meet(code.kind().word());
            }
            (verdict, expected) => {
                return Err(format!("{write:?}: {verdict:?}, but the model says {expected:?}"));
            }
        }
        self.asked.push((key_id, write));
        Ok(())
    }

    fn remember(&mut self, write: &Write, answer: &Answer) {
        match answer {
            Answer::Hold { hold, version, .. } if hold.0 == *version => {
                if matches!(write, Write::Hold { best, .. } if !best.is_empty()) {
                    self.meet("best");
                }
                self.made.push(*hold);
                self.meet("hold");
            }
            Answer::Hold { .. } => self.meet("changed or extended"),
            Answer::Released { .. } => self.meet("released"),
            Answer::Order { .. } => self.meet("order"),
            Answer::Event { .. } => self.meet("event"),
            Answer::Cancelled { .. } => self.meet("cancelled"),
            Answer::Blocked { .. } => self.meet("blocked"),
            Answer::Payment { already: true, .. } | Answer::Money { already: true, .. } => {
                self.meet("already");
            }
            Answer::Payment { line, .. } => self.meet_payment(write, line),
            Answer::Money { line, sums, .. } => {
                self.meet_payment(write, line);
                for (word, is_so) in [
                    ("mismatch", sums.mismatch),
                    ("refundable", sums.refundable > 0),
                    ("refunded in part", sums.refunded > 0 && sums.refunded < sums.amount.minor),
                ] {
                    if is_so {
                        self.meet(word);
                    }
                }
            }
            Answer::Refused(refusal) => self.meet(refusal.code().kind().word()),
        }
    }

    fn meet_payment(&mut self, write: &Write, line: &PaymentLine) {
        self.meet(line.status.word());
        match write {
            Write::Payment { action: PaymentAction::Fail { keep: Some(_), .. }, .. } => {
                self.kept.insert(line.payment.clone());
                self.meet("kept");
            }
            Write::Payment { action: PaymentAction::Succeed(_), .. } if self.kept.contains(&line.payment) => {
                self.meet(if line.status == PaymentStatus::RefundDue { "kept, owed" } else { "kept, sold" });
            }
            _ => {}
        }
    }

    /// As the actor does before each command: whatever is due goes first.
    fn expire(&mut self) -> Result<(), String> {
        while let Some(change) = self.event.due(self.now) {
            let ends = match &change {
                Change::Expired { hold } => Due::Hold(*hold),
                Change::PaymentLapsed { payment } | Change::PaymentRefundDue { payment } => {
                    Due::Payment(payment.clone())
                }
                other => return Err(format!("{other:?} is no end of anything")),
            };
            let due = self.model.due(self.now);
            if !due.contains(&ends) {
                return Err(format!("{ends:?} ends, the model waits for one of {due:?}"));
            }
            self.meet(match &change {
                Change::Expired { .. } => "expired",
                Change::PaymentLapsed { .. } => "lapsed",
                _ => "owed at last",
            });
            self.model.end(&ends, self.now);
            let version = self.event.version() + 1;
            let answer = self.commit(&Record::new(self.now, version, None, change.clone()))?;
            same!("the answer to an end", answer, self.owed(&change));
        }
        same!("what is due", self.model.due(self.now), Vec::<Due>::new());
        Ok(())
    }

    /// What is told of an end, though nobody hears it: a payment whose money is to go back.
    fn owed(&self, end: &Change) -> Option<Answer> {
        let Change::PaymentRefundDue { payment } = end else { return None };
        let View::Payment(Some(shown)) = self.model.view(&Read::Payment(payment.clone()), None, self.now)
        else {
            return None;
        };
        let (line, already) = (shown.line, false);
        Some(match shown.sums {
            Some(sums) => Answer::Money { line, sums: Box::new(sums), already },
            None => Answer::Payment { line, already },
        })
    }

    fn forget(&mut self, retention: u64, refusals_max: u64, most: u32) -> Result<(), String> {
        self.expire()?;
        let counts = self.event.forgettable(self.now, Millis(retention), most);
        let must = self.model.must_forget(self.now, Millis(retention), most);
        let (accepted, refused) = counts.unwrap_or_default();
        if accepted < must.0 || refused < must.1 || accepted > most || refused > most {
            return Err(format!("{counts:?} keys may be forgotten, the model says at least {must:?}"));
        }
        if !self.model.may_forget((accepted, refused), self.now, Millis(retention)) {
            return Err(format!("{counts:?} keys would be forgotten too early"));
        }
        if counts.is_some() {
            self.model.forget((accepted, refused), self.now);
            self.forgets(Change::Forgotten { accepted, refused })?;
        }
        let refused = self.event.surplus_refusals(refusals_max, most);
        same!("refusals too many", refused.unwrap_or_default(), self.model.surplus(refusals_max).min(most));
        if let Some(refused) = refused {
            self.model.forget_surplus(refused, self.now);
            self.forgets(Change::RefusalsForgotten { refused })?;
            self.meet("pushed out");
        }
        Ok(())
    }

    fn forgets(&mut self, change: Change) -> Result<(), String> {
        let version = self.event.version();
        let answer = self.commit(&Record::new(self.now, version, None, change))?;
        same!("the answer to forgetting", answer, None);
        self.meet("forgotten");
        Ok(())
    }

    /// Away for a while: nothing is judged and nothing ends before those who were there have had their grace.
    fn restart(&mut self, down: u64, grace: u32) -> Result<(), String> {
        self.expire()?;
        self.now += Millis(down);
        let stopped_at = self.event.last_at();
        let due = if grace == 0 { None } else { self.event.grace_due(stopped_at, self.now, Millis(grace)) };
        let graced = grace > 0 && self.model.grace(self.model.last_at, self.now, Millis(u64::from(grace)));
        same!("grace is due", due.is_some(), graced);
        if let Some(change) = due {
            let version = self.event.version() + 1;
            let record = Record::new(self.now, version, None, change);
            same!("the answer to a grace", self.commit(&record)?, None);
            same!("a second grace", self.event.grace_due(stopped_at, self.now, Millis(grace)), None);
            self.meet("graced");
        }
        self.expire()
    }

    /// Applies a record, and again what is read from its bytes to the shadow.
    fn commit(&mut self, record: &Record) -> Result<Option<Answer>, String> {
        let answer = self.event.apply(record).answer(record.clone());
        let digest = self.event.digest();
        self.bytes.clear();
        encode_record(EventId(7), digest, record, self.event.touched(), &mut self.bytes);
        let framed = decode_record(&self.bytes).map_err(|error| error.to_string())?;
        same!("the event in the record", framed.event, EventId(7));
        same!("the digest in the record", framed.digest, digest);
        same!("the decoded record", framed.record, *record);
        self.picture.take(&self.event, &framed)?;
        same!("the answer at replay", self.shadow.apply(&framed.record).answer(framed.record), answer);
        same!(
            "what was touched, at replay",
            *self.shadow.touched(),
            framed.touched.map_or(Touched::NOTHING, |touched| *touched)
        );
        same!("the digest at replay", self.shadow.digest(), digest);
        same!("the time of the newest record", self.event.last_at(), self.now);
        Ok(answer)
    }

    fn restore(&mut self, seed: TableSeed) -> Result<(), String> {
        let mut chunks: Vec<Vec<u8>> = Vec::new();
        let written: Result<(), Infallible> = write_event(&self.event, |chunk| {
            chunks.push(chunk.to_vec());
            Ok(())
        });
        let Ok(()) = written;
        let restored =
            read_event(chunks.iter().map(Vec::as_slice), seed).map_err(|error| error.to_string())?;
        same!("the digest of the restored event", restored.digest(), self.event.digest());
        restored.check()?;
        same!("the name", restored.name(), self.event.name());
        same!("the time of the newest record", restored.last_at(), self.event.last_at());
        self.event = restored;
        self.meet("restored");
        Ok(())
    }
}
