//! Tells a story to the engine, to its shadow and to the model, and compares them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use holdfast_engine::{
    Answer, Audit, Best, Change, CountBy, Counts, Created, Event, EventSpec, Key, KeyHash, Layout, Name,
    OrderStatus, Places, Read, Record, Refusal, Scope, SeatStatus, Seats, StatusAction, TableSeed, Verdict,
    View, Write, decide, decode_record, encode_record, read_event, write_event,
};

use super::naive::{Ask, Due, Naive, Order, Outcome, Part, Pay, Said, Sums, Within};
use super::story::{LIMITS, OVER, Pick, Step};
use super::venue::{Venue, orphans_of};

const START: u64 = 1_700_000_000_123;
const CREATION_KEY: &str = "creation";

macro_rules! same {
    ($what:expr, $engine:expr, $model:expr) => {{
        let (engine, model) = (&$engine, &$model);
        if engine != model {
            return Err(format!("{}: the engine has {engine:?}, the model {model:?}", $what));
        }
    }};
}

// Behind the macro that it uses.
mod paying;

pub(crate) struct Drive {
    naive: Naive,
    event: Event,
    /// Knows nothing but the bytes of the log.
    shadow: Event,
    now: u64,
    made: Vec<u64>,
    asked: Vec<(String, Ask)>,
    /// What was answered to each key the first time.
    answers: BTreeMap<String, Answer>,
    met: BTreeMap<&'static str, u64>,
    bytes: Vec<u8>,
}

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a name")
}

/// Few different values in the parts that tables look at, so that keys collide there; the whole is still unique.
fn hash(key: &str) -> KeyHash {
    let number = fnv(key);
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

fn key_of(key: &str, ask: &Ask) -> Key {
    Key { hash: hash(key), fingerprint: fnv(&format!("{ask:?}")).to_le_bytes() }
}

fn audit() -> Audit {
    Audit { operator: name("ops"), reason: "a reason, in words".into() }
}

fn sums(counts: &Counts) -> Sums {
    SeatStatus::ALL.map(|status| u64::from(counts.of(status)))
}

fn labels(layout: &Layout, seats: &Seats) -> Vec<String> {
    seats.iter().map(|&seat| layout.label(seat)).collect()
}

fn areas(layout: &Layout, places: &Places) -> Vec<(String, u64)> {
    let text = |area: u16| layout.areas()[area as usize].name.as_str().to_owned();
    places.iter().map(|&(area, count)| (text(area), u64::from(count))).collect()
}

fn in_ordinals(part: &Part, layout: &Layout) -> Best {
    let section = |name: &String| layout.sections().iter().position(|section| section.name.as_str() == name);
    let category = |name: &String| layout.categories().iter().position(|known| known.as_str() == name);
    let scope = match &part.within {
        Within::Everywhere => Scope::Everywhere,
        Within::Section(name) => Scope::Section(section(name).expect("a section") as u16),
        Within::Category(name) => Scope::Category(category(name).expect("a category") as u16),
    };
    let Part { count, scattered, accessible, .. } = *part;
    Best { count: count as u32, scope, scattered, accessible }
}

/// The engine's answer in the model's words. What a message must name is compared by itself.
fn in_words(answer: &Answer, layout: &Layout, expected: &Said) -> Result<Said, String> {
    Ok(match answer {
        Answer::Hold { hold, expires_at, version, seats, places } => Said::Hold {
            hold: *hold,
            expires_at: *expires_at,
            version: *version,
            seats: labels(layout, seats),
            areas: areas(layout, places),
        },
        Answer::Released { hold, version, released } => {
            Said::Released { hold: *hold, version: *version, released: u64::from(*released) }
        }
        Answer::Order { order, version, seats, places } => Said::Order {
            order: order.as_str().to_owned(),
            version: *version,
            seats: labels(layout, seats),
            areas: areas(layout, places),
        },
        Answer::Event { status, version } => {
            Said::Event { status: status.word().to_owned(), version: *version }
        }
        Answer::Cancelled { order, version, cancelled } => Said::Cancelled {
            order: order.as_str().to_owned(),
            version: *version,
            cancelled: u64::from(*cancelled),
        },
        Answer::Blocked { version, seats } => Said::Blocked { version: *version, seats: u64::from(*seats) },
        Answer::Payment { line, already } => Said::Payment {
            payment: line.payment.as_str().to_owned(),
            status: line.status.word().to_owned(),
            version: line.version,
            deadline: line.deadline_at,
            retry_after: u64::from(line.retry_after),
            already: *already,
        },
        Answer::Refused(refusal) => {
            let message = refusal.message(layout);
            let kind = refusal.code().kind().word();
            if matches!(refusal, Refusal::SeatsTaken(seats) | Refusal::NotBlocked(seats) if seats.len() > 16)
            {
                return Err("more seats are remembered than named".to_owned());
            }
            let Said::Refused { names, .. } = expected else {
                return Err(format!("refused: {kind} {message}; the model says {expected:?}"));
            };
            // A list of seats is the whole message: no seventeenth is named, no free one.
            let whole = matches!(names.as_slice(), [one] if kind == "TAKEN" && *one != message);
            if whole || names.iter().any(|name| !message.contains(name.as_str())) {
                return Err(format!("{message:?} does not say {names:?}"));
            }
            Said::Refused { kind, names: names.clone() }
        }
    })
}

impl Drive {
    pub(crate) fn new(venue: &'static Venue) -> Self {
        let spec: EventSpec = serde_json::from_str(venue.json).expect("the description is well-formed");
        let created = Change::Created(Box::new(Created { name: name("ev"), spec }));
        let key = Some(key_of(CREATION_KEY, &Ask::Create));
        let record = Record { at: START, version: 1, key, change: created };
        let mut event = Self::created(&record, TableSeed(1));
        let answer = event.apply_creation(&record);
        let mut bytes = Vec::new();
        encode_record(7, event.digest(), &record, &mut bytes);
        let framed = decode_record(&bytes).expect("the creation is read again");
        assert_eq!(framed.record, record);
        let mut shadow = Self::created(&framed.record, TableSeed(2));
        assert_eq!(shadow.apply_creation(&framed.record), answer);
        assert_eq!(shadow.digest(), framed.digest);
        Self {
            naive: Naive::new(venue, CREATION_KEY, START),
            event,
            shadow,
            now: START,
            made: Vec::new(),
            asked: vec![(CREATION_KEY.to_owned(), Ask::Create)],
            answers: BTreeMap::from([(CREATION_KEY.to_owned(), answer)]),
            met: BTreeMap::new(),
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
                self.now += ms;
                self.expire()
            }
            Step::Forget { retention, refusals_max, most } => self.forget(*retention, *refusals_max, *most),
            Step::Restart { down, grace } => self.restart(*down, *grace),
            Step::Restore { seed } => self.restore(TableSeed(*seed)),
            Step::Repeat { back } => {
                let (key, ask) = self.earlier(*back);
                self.write(key, ask)
            }
            Step::Reuse { back } => {
                let (key, ask) = self.earlier(*back);
                let other = match ask {
                    Ask::Create => Ask::Status("PAUSE"),
                    _ => Ask::Create,
                };
                self.write(key, other)
            }
            Step::Hold { key, .. }
            | Step::Extend { key, .. }
            | Step::Release { key, .. }
            | Step::Confirm { key, .. }
            | Step::Change { key, .. }
            | Step::Cancel { key, .. }
            | Step::Limits { key, .. }
            | Step::Block { key, .. }
            | Step::Unblock { key, .. }
            | Step::ForceRelease { key, .. }
            | Step::ForceCancel { key, .. }
            | Step::Try { key, .. }
            | Step::Report { key, .. }
            | Step::Status { key, .. }
            | Step::Create { key } => self.write(format!("k{key}"), self.ask(step)),
        }
    }

    /// The last look: the shadow has seen only records, and must show the same.
    pub(crate) fn finish(self) -> Result<(), String> {
        self.event.check()?;
        self.shadow.check()?;
        self.compare(&self.event)?;
        self.compare(&self.shadow).map_err(|what| format!("after replay: {what}"))
    }

    fn earlier(&self, back: u8) -> (String, Ask) {
        let count = self.asked.len();
        self.asked[count - 1 - usize::from(back) % count].clone()
    }

    /// In words, with what there is in the venue.
    fn ask(&self, step: &Step) -> Ask {
        let venue = self.naive.venue;
        let seats = |picks: &[u8]| -> Vec<String> {
            let word = |&pick: &u8| {
                let at = usize::from(pick) % venue.seats.len();
                if pick < 128 { venue.seats[at].0.to_owned() } else { format!("#{at:04}") }
            };
            if venue.seats.is_empty() { Vec::new() } else { picks.iter().map(word).collect() }
        };
        let hold = |back: u8| {
            let live = &self.naive.holds;
            let found = match back.checked_sub(OVER) {
                None => live.keys().rev().nth(usize::from(back) % live.len().max(1)),
                Some(back) => self.made.iter().rev().nth(usize::from(back)),
            };
            found.copied().unwrap_or(987_654_321)
        };
        let order = |pick: u8| match pick.checked_sub(40) {
            None => format!("order-{pick}"),
            Some(back) => {
                let mut sold: Vec<_> = self.naive.orders.iter().collect();
                sold.retain(|(_, order)| back == 2 || order.cancelled_at.is_none());
                sold.sort_by_key(|(_, order)| order.version);
                let found = sold.iter().rev().nth(usize::from(back) % sold.len().max(1));
                found.map_or_else(|| "order-unknown".to_owned(), |(name, _)| (*name).clone())
            }
        };
        // Of what there is, or from 128 on any seat.
        let among = |own: &[String], picks: &[u8]| -> Vec<String> {
            let one = |&pick: &u8| match own.get(usize::from(pick) % own.len().max(1)) {
                Some(label) if pick < 128 => Some(label.clone()),
                _ => seats(&[pick]).pop(),
            };
            picks.iter().filter_map(one).collect()
        };
        let held = |id: u64| self.naive.holds.get(&id).map_or_else(Vec::new, |hold| hold.seats.clone());
        match step {
            Step::Hold { holder, ttl, seats: picks, best, areas, .. } => {
                let area = |&(pick, count): &(u8, u8)| {
                    let at = usize::from(pick) % venue.areas.len();
                    (venue.areas[at].0.to_owned(), u64::from(count))
                };
                let areas =
                    if venue.areas.is_empty() { Vec::new() } else { areas.iter().map(area).collect() };
                let best = best.iter().map(|pick| self.part(*pick)).collect();
                Ask::Hold { holder: format!("holder-{holder}"), ttl: *ttl, seats: seats(picks), best, areas }
            }
            Step::Extend { hold: back, ttl, .. } => Ask::Extend { hold: hold(*back), ttl: *ttl },
            Step::Release { hold: back, seats: picks, .. } => {
                let id = hold(*back);
                Ask::Release { hold: id, seats: picks.as_ref().map(|picks| among(&held(id), picks)) }
            }
            Step::Change { hold: back, drop, add, .. } => {
                let id = hold(*back);
                Ask::Change { hold: id, drop: among(&held(id), drop), add: seats(add) }
            }
            Step::Cancel { order: pick, seats: picks, .. } => {
                let name = order(*pick);
                let sold = self.naive.orders.get(&name).map_or_else(Vec::new, Order::seats);
                Ask::Cancel { order: name, seats: picks.as_ref().map(|picks| among(&sold, picks)) }
            }
            Step::Limits { given, .. } => {
                Ask::Limits(given.iter().map(|&(field, value)| (LIMITS[usize::from(field)], value)).collect())
            }
            Step::Block { seats: picks, .. } => Ask::Block(seats(picks)),
            Step::Unblock { seats: picks, .. } => {
                let blocked: Vec<String> = self.naive.blocked.iter().cloned().collect();
                Ask::Unblock(among(&blocked, picks))
            }
            Step::ForceRelease { hold: back, .. } => Ask::ForceRelease(hold(*back)),
            Step::ForceCancel { order: pick, .. } => Ask::ForceCancel(order(*pick)),
            Step::Confirm { order, holds, .. } => Ask::Confirm {
                order: format!("order-{order}"),
                holds: holds.iter().map(|&back| hold(back)).collect(),
            },
            Step::Try { order, deadline, holds, .. } => Ask::Pay {
                payment: format!("order-{order}"),
                what: Pay::Try { deadline: *deadline, holds: holds.iter().map(|&back| hold(back)).collect() },
            },
            Step::Report { back, what, detail, .. } => self.report(*back, *what, *detail),
            Step::Status { action, .. } => Ask::Status(["PAUSE", "RESUME", "CLOSE"][usize::from(*action)]),
            _ => Ask::Create,
        }
    }

    fn part(&self, (count, within, scattered, accessible): Pick) -> Part {
        let venue = self.naive.venue;
        let mut scopes = vec![Within::Everywhere];
        for (_, section, ..) in venue.seats {
            let scope = Within::Section((*section).to_owned());
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes.extend(venue.categories.iter().map(|category| Within::Category((*category).to_owned())));
        let within = scopes.swap_remove(usize::from(within) % scopes.len());
        Part { count: u64::from(count), within, scattered, accessible }
    }

    fn resolve(&self, ask: &Ask) -> Write {
        let layout = self.event.layout();
        let seats = |words: &[String]| -> Seats {
            words.iter().map(|word| layout.seat(word.as_bytes()).expect("a seat of the venue")).collect()
        };
        match ask {
            Ask::Create => Write::Create,
            Ask::Status(action) => Write::SetStatus {
                action: match *action {
                    "PAUSE" => StatusAction::Pause,
                    "RESUME" => StatusAction::Resume,
                    _ => StatusAction::Close,
                },
                operator: name("ops"),
                reason: "a reason, in words".into(),
            },
            Ask::Hold { holder, ttl, seats: words, best, areas } => Write::Hold {
                holder: name(holder),
                ttl: *ttl,
                seats: seats(words),
                best: best.iter().map(|part| in_ordinals(part, layout)).collect(),
                places: areas
                    .iter()
                    .map(|(name, count)| (layout.area(name.as_bytes()).expect("an area"), *count as u32))
                    .collect(),
            },
            Ask::Extend { hold, ttl } => Write::Extend { hold: *hold, ttl: *ttl },
            Ask::Release { hold, seats: words } => {
                Write::Release { hold: *hold, seats: words.as_ref().map(|words| seats(words)) }
            }
            Ask::Confirm { order, holds } => {
                Write::Confirm { order: name(order), holds: holds.iter().copied().collect() }
            }
            Ask::Change { hold, drop, add } => {
                Write::Change { hold: *hold, drop: seats(drop), add: seats(add) }
            }
            Ask::Cancel { order, seats: words } => Write::Cancel {
                order: name(order),
                seats: words.as_ref().map(|words| seats(words)),
                reason: "another reason".into(),
            },
            Ask::Limits(given) => {
                let value = |(field, value): (&&str, &u64)| match *field {
                    "orphans" => format!("\"{field}\": \"{}\"", orphans_of(*value)),
                    _ => format!("\"{field}\": {value}"),
                };
                let json = given.iter().map(value).collect::<Vec<_>>().join(", ");
                let limits = serde_json::from_str(&format!("{{{json}}}")).expect("names of limits");
                Write::SetLimits { limits: Box::new(limits), audit: audit() }
            }
            Ask::Block(words) => Write::Block { seats: seats(words), audit: audit() },
            Ask::Unblock(words) => Write::Unblock { seats: seats(words), audit: audit() },
            Ask::ForceRelease(hold) => Write::ForceRelease { hold: *hold, audit: audit() },
            Ask::ForceCancel(order) => Write::ForceCancel { order: name(order), audit: audit() },
            Ask::Pay { payment, what } => {
                Write::Payment { payment: name(payment), action: paying::action(what) }
            }
        }
    }

    fn write(&mut self, key_text: String, ask: Ask) -> Result<(), String> {
        self.expire()?;
        let (key, write) = (key_of(&key_text, &ask), self.resolve(&ask));
        let before = self.event.digest();
        let verdict = decide(&self.event, &key, write.clone(), self.now);
        same!("the second verdict", decide(&self.event, &key, write, self.now), verdict);
        same!("the digest after judging", self.event.digest(), before);
        let outcome = self.naive.write(&key_text, &ask, self.now);
        match (verdict, outcome) {
            (Verdict::Happen(change), Outcome::New(said)) => {
                let version = self.event.version() + u64::from(change.makes_version());
                let refused = matches!(change, Change::Refused(_));
                same!("a refusal is a refusal", refused, matches!(said, Said::Refused { .. }));
                let answer = self.commit(&Record { at: self.now, version, key: Some(key), change })?;
                let answer = answer.ok_or("a write has an answer")?;
                same!("the answer", in_words(&answer, self.event.layout(), &said)?, said);
                if let (Ask::Hold { best, .. }, Said::Hold { .. }) = (&ask, &said)
                    && !best.is_empty()
                {
                    self.meet("best");
                }
                self.remember(&said);
                self.answers.insert(key_text.clone(), answer);
            }
            (Verdict::Repeat(answer), Outcome::Repeat(said)) => {
                same!("the repeated answer", Some(&answer), self.answers.get(&key_text));
                same!("the repeat", in_words(&answer, self.event.layout(), &said)?, said);
                self.meet("repeat");
            }
            (Verdict::Fault(fault), Outcome::Fault(kind)) => {
                same!("the fault", fault.code.kind().word(), kind);
                self.meet(kind);
            }
            (verdict, outcome) => {
                return Err(format!("{ask:?}: {verdict:?}, but the model says {outcome:?}"));
            }
        }
        self.asked.push((key_text, ask));
        Ok(())
    }

    fn remember(&mut self, said: &Said) {
        match said {
            Said::Hold { hold, version, .. } if hold == version => {
                self.made.push(*hold);
                self.meet("hold");
            }
            Said::Hold { .. } => self.meet("changed or extended"),
            Said::Released { .. } => self.meet("released"),
            Said::Order { .. } => self.meet("order"),
            Said::Event { .. } => self.meet("event"),
            Said::Cancelled { .. } => self.meet("cancelled"),
            Said::Blocked { .. } => self.meet("blocked"),
            Said::Payment { already: true, .. } => self.meet("already"),
            Said::Payment { status, .. } => {
                let words = ["PENDING", "SUCCESS", "FAILED", "REFUND_DUE", "REFUNDED"];
                self.meet(words.iter().find(|word| *word == status).expect("a status"));
            }
            Said::Refused { kind, .. } => self.meet(kind),
        }
    }

    /// As the actor does before each command: whatever is due goes first.
    fn expire(&mut self) -> Result<(), String> {
        while let Some(change) = self.event.due(self.now) {
            let ends = match &change {
                Change::Expired { hold } => Due::Hold(*hold),
                Change::PaymentLapsed { payment } => Due::Payment(payment.as_str().to_owned()),
                other => return Err(format!("{other:?} is no end of anything")),
            };
            let due = self.naive.due(self.now);
            if !due.contains(&ends) {
                return Err(format!("{ends:?} ends, the model waits for one of {due:?}"));
            }
            self.meet(if matches!(ends, Due::Hold(_)) { "expired" } else { "lapsed" });
            self.naive.expire(&ends, self.now);
            let version = self.event.version() + 1;
            let answer = self.commit(&Record { at: self.now, version, key: None, change })?;
            same!("the answer to an expiry", answer, None);
        }
        same!("what is due", self.naive.due(self.now), Vec::<Due>::new());
        Ok(())
    }

    fn forget(&mut self, retention: u64, refusals_max: u64, most: u32) -> Result<(), String> {
        self.expire()?;
        let counts = self.event.forgettable(self.now, retention, refusals_max, most);
        let must = self.naive.must_forget(self.now, retention, refusals_max, most);
        let (accepted, refused) = counts.unwrap_or_default();
        if accepted < must.0 || refused < must.1 || accepted > most || refused > most {
            return Err(format!("{counts:?} keys may be forgotten, the model says at least {must:?}"));
        }
        if !self.naive.may_forget((accepted, refused), self.now, retention, refusals_max) {
            return Err(format!("{counts:?} keys would be forgotten too early"));
        }
        if counts.is_none() {
            return Ok(());
        }
        self.naive.forget((accepted, refused), self.now);
        let (version, change) = (self.event.version(), Change::Forgotten { accepted, refused });
        let answer = self.commit(&Record { at: self.now, version, key: None, change })?;
        same!("the answer to forgetting", answer, None);
        self.meet("forgotten");
        Ok(())
    }

    /// Applies a record, and again what is read from its bytes to the shadow.
    fn commit(&mut self, record: &Record) -> Result<Option<Answer>, String> {
        let answer = self.event.apply(record).answer(record.clone());
        let digest = self.event.digest();
        self.bytes.clear();
        encode_record(7, digest, record, &mut self.bytes);
        let framed = decode_record(&self.bytes).map_err(|error| error.to_string())?;
        same!("the event in the record", framed.event, 7);
        same!("the digest in the record", framed.digest, digest);
        same!("the decoded record", framed.record, *record);
        same!("the answer at replay", self.shadow.apply(&framed.record).answer(framed.record), answer);
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

    fn compare(&self, event: &Event) -> Result<(), String> {
        self.compare_info(event)?;
        self.compare_map(event)?;
        self.compare_sums(event)?;
        self.compare_seats(event)?;
        self.compare_holds(event)?;
        self.compare_orders(event)?;
        self.compare_payments(event)?;
        self.compare_keys(event)?;
        same!("the next deadline", event.next_deadline(), self.naive.next_deadline());
        Ok(())
    }

    fn compare_info(&self, event: &Event) -> Result<(), String> {
        let View::Info(info) = view(event, &Read::Info)? else { return Err("no info".to_owned()) };
        let venue = self.naive.venue;
        same!("the status", info.status.word(), self.naive.status);
        same!("the status", event.status(), info.status);
        same!("the version", info.version, self.naive.version);
        same!("the version", event.version(), info.version);
        same!("the sums of seats", sums(&info.seats), self.naive.seat_sums(|_, _| true));
        let areas: Vec<Sums> = venue.areas.iter().map(|(area, ..)| self.naive.area_sums(area)).collect();
        same!("the sums of areas", info.areas.iter().map(sums).collect::<Vec<_>>(), areas);
        same!("created at", info.created_at, START);
        same!("live holds", info.holds, self.naive.holds.len() as u64);
        same!(
            "orders",
            info.orders,
            self.naive.orders.values().filter(|order| order.cancelled_at.is_none()).count() as u64
        );
        same!("keys", info.keys, self.naive.keys.len() as u64);
        let rules = &self.naive.rules;
        let limits = [
            info.limits.default_ttl,
            info.limits.max_ttl,
            info.limits.max_extends,
            info.limits.max_seats_per_hold,
            info.limits.max_seats_per_holder,
            info.limits.max_payment_retries,
        ];
        let expected = [
            rules.default_ttl,
            rules.max_ttl,
            rules.max_extends,
            rules.per_hold,
            rules.per_holder,
            rules.payment_retries,
        ];
        same!("the limits", limits.map(u64::from), expected);
        same!("the rule about lone seats", info.limits.orphans.word(), rules.orphans);
        Ok(())
    }

    /// Rows as a user sees them: section, row, letters.
    fn compare_map(&self, event: &Event) -> Result<(), String> {
        let venue = self.naive.venue;
        let mut sections: Vec<Option<&str>> =
            venue.seats.iter().map(|(_, section, ..)| Some(*section)).collect();
        sections.dedup();
        sections.push(None);
        for section in sections {
            let View::Map(map) = view(event, &Read::Map(section.map(name)))? else {
                return Err("no map".to_owned());
            };
            let layout = event.layout();
            let mut rows = Vec::new();
            for row in &layout.rows()[map.rows.start as usize..map.rows.end as usize] {
                let letters = row.ordinals().map(|seat| map.letters[(seat - map.first) as usize] as char);
                let section = layout.sections()[row.section as usize].name.as_str().to_owned();
                rows.push((section, row.name.as_str().to_owned(), letters.collect::<String>()));
            }
            let mut expected: Vec<(String, String, String)> = Vec::new();
            for (label, of, row, _) in venue.seats {
                if section.is_some_and(|section| section != *of) {
                    continue;
                }
                if expected.last().is_none_or(|(last_of, last_row, _)| last_of != of || last_row != row) {
                    expected.push(((*of).to_owned(), (*row).to_owned(), String::new()));
                }
                let letter = match self.naive.seat_status(label) {
                    "free" => '.',
                    "held" => 'h',
                    "blocked" => 'x',
                    "paying" => 'p',
                    _ => 's',
                };
                expected.last_mut().expect("a row was just begun").2.push(letter);
            }
            same!("the rows of the map", rows, expected);
            let letters: usize = expected.iter().map(|(_, _, letters)| letters.len()).sum();
            same!("the letters of the map", map.letters.len(), letters);
            let areas: Vec<(u16, Sums)> =
                map.areas.iter().map(|(area, counts)| (*area, sums(counts))).collect();
            let expected: Vec<(u16, Sums)> = match section {
                None => (0..).zip(venue.areas.iter().map(|(area, ..)| self.naive.area_sums(area))).collect(),
                Some(_) => Vec::new(),
            };
            same!("the areas of the map", areas, expected);
        }
        let unknown = event.view(&Read::Map(Some(name("nowhere")))).map_err(|fault| fault.code.kind().word());
        same!("the map of an unknown section", unknown.err(), Some("NOSEAT"));
        Ok(())
    }

    fn compare_sums(&self, event: &Event) -> Result<(), String> {
        let venue = self.naive.venue;
        let plus = |a: Sums, b: Sums| -> Sums { std::array::from_fn(|at| a[at] + b[at]) };
        let of_areas = |wanted: &dyn Fn(&str) -> bool| {
            venue
                .areas
                .iter()
                .filter(|(_, category, _)| wanted(category))
                .fold(Sums::default(), |sum, (area, ..)| plus(sum, self.naive.area_sums(area)))
        };
        let View::Count(total) = view(event, &Read::Count(None))? else { return Err("no count".to_owned()) };
        same!("the total", sums(&total), plus(self.naive.seat_sums(|_, _| true), of_areas(&|_| true)));
        let by = |what| match view(event, &Read::Count(Some(what)))? {
            View::CountBy(parts) => {
                Ok(parts.iter().map(|(name, counts)| (name.as_str().to_owned(), sums(counts))).collect())
            }
            _ => Err("no sums".to_owned()),
        };
        let by_category: Vec<(String, Sums)> = by(CountBy::Category)?;
        let expected: Vec<(String, Sums)> = venue
            .categories
            .iter()
            .map(|wanted| {
                let seats = self.naive.seat_sums(|_, category| category == *wanted);
                ((*wanted).to_owned(), plus(seats, of_areas(&|category| category == *wanted)))
            })
            .collect();
        same!("the sums by category", by_category, expected);
        let by_section: Vec<(String, Sums)> = by(CountBy::Section)?;
        let mut sections: Vec<&str> = venue.seats.iter().map(|(_, section, ..)| *section).collect();
        sections.dedup();
        let seats = sections
            .iter()
            .map(|wanted| ((*wanted).to_owned(), self.naive.seat_sums(|section, _| section == *wanted)));
        let areas = venue.areas.iter().map(|(area, ..)| ((*area).to_owned(), self.naive.area_sums(area)));
        same!("the sums by section", by_section, seats.chain(areas).collect::<Vec<_>>());
        Ok(())
    }

    fn compare_seats(&self, event: &Event) -> Result<(), String> {
        for (ordinal, (label, ..)) in (0..).zip(self.naive.venue.seats) {
            same!(label, event.layout().label(ordinal), *label);
            let View::Seat(seat) = view(event, &Read::Seat(ordinal))? else {
                return Err("no seat".to_owned());
            };
            let (hold, order) = (self.naive.hold_of(label), self.naive.order_of(label));
            let holder = hold.map(|(_, hold)| hold.holder.as_str()).or(order.map(|(_, holder)| holder));
            same!(label, seat.seat, ordinal);
            same!(label, seat.status.word(), self.naive.seat_status(label));
            same!(label, seat.hold, hold.map(|(id, _)| id));
            same!(label, seat.expires_at, hold.map(|(id, hold)| self.ends_at(id, hold)));
            same!(label, seat.order.as_ref().map(Name::as_str), order.map(|(name, _)| name));
            same!(label, seat.holder.as_ref().map(Name::as_str), holder);
        }
        Ok(())
    }

    fn compare_holds(&self, event: &Event) -> Result<(), String> {
        for id in self.made.iter().chain(&[0, 1, 987_654_321]) {
            let View::Hold(hold) = view(event, &Read::Hold(*id))? else { return Err("no hold".to_owned()) };
            let known = self.naive.holds.get(id);
            let Some((hold, known)) = hold.as_ref().zip(known) else {
                same!(format!("hold {id} is there"), hold.is_some(), known.is_some());
                continue;
            };
            let seats = labels(event.layout(), &hold.seats);
            same!("its number", hold.hold, *id);
            same!("its holder", hold.holder.as_str(), known.holder);
            same!("its deadline", hold.expires_at, self.ends_at(*id, known));
            let payment = self.naive.payment_of(*id).map(|payment| payment.name.as_str());
            same!("its payment", hold.payment.as_ref().map(Name::as_str), payment);
            same!("its extensions", u64::from(hold.extends), known.extends);
            same!("its seats", seats, known.seats);
            same!("its places", areas(event.layout(), &hold.places), known.areas);
        }
        Ok(())
    }

    fn compare_orders(&self, event: &Event) -> Result<(), String> {
        for number in 0..40 {
            let text = format!("order-{number}");
            let View::Order(order) = view(event, &Read::Order(name(&text)))? else {
                return Err("no order".to_owned());
            };
            let known = self.naive.orders.get(&text);
            let Some((order, known)) = order.as_ref().zip(known) else {
                same!(format!("{text} is there"), order.is_some(), known.is_some());
                continue;
            };
            same!("its name", order.order.as_str(), text);
            same!("its holder", order.holder.as_str(), known.holder);
            same!("its version", order.version, known.version);
            same!("its time", order.sold_at, known.sold_at);
            same!("its end", order.cancelled_at, known.cancelled_at);
            same!("its status", order.status == OrderStatus::Cancelled, known.cancelled_at.is_some());
            same!("its seats", labels(event.layout(), &order.seats), known.seats());
            same!("its places", areas(event.layout(), &order.places), known.areas());
        }
        Ok(())
    }

    fn compare_keys(&self, event: &Event) -> Result<(), String> {
        for (key, answer) in &self.answers {
            let View::Asked(asked) = view(event, &Read::Ask(hash(key)))? else {
                return Err("no answer".to_owned());
            };
            let known = self.naive.keys.contains_key(key);
            same!(format!("key {key} is known"), event.knows(&hash(key)), known);
            same!(format!("the answer of {key}"), asked.as_deref(), known.then_some(answer));
        }
        same!("an unknown key", event.knows(&hash("never sent")), false);
        Ok(())
    }
}

fn view(event: &Event, read: &Read) -> Result<View, String> {
    event.view(read).map_err(|fault| format!("{read:?}: {}", fault.message))
}
