//! What a channel is sent, in which order, and what is left after a crash at any moment.

use holdfast_engine::{Code, NoticeChange, System, SystemChange, SystemRecord, Who};

use super::*;

const MINUTE: u64 = 60_000;
const TERMS: Terms =
    Terms { digest: Millis(5 * MINUTE), retry: Millis(10_000), give_up: Millis(24 * 60 * MINUTE) };

fn notice(kind: NoticeKind, lsn: u64, at: u64) -> Notice {
    Notice {
        kind,
        severity: Severity::Warning,
        lsn,
        at: At(at),
        about: format!("thing-{lsn}").into(),
        says: "it broke".into(),
        code: Some(Code::JOB_FAILED.text().into()),
        who: None::<Who>,
    }
}

fn filter() -> Filter {
    Filter { severity: Severity::Info, kinds: Vec::new() }
}

/// The system event, as it is in the log, and a channel.
struct World {
    system: System,
    outbox: Outbox,
    log: Vec<Notice>,
}

impl World {
    fn new() -> Self {
        let change = SystemChange::Started { build: "1".into(), format: 5, last_known_at: At(0) };
        let system = System::begin(&SystemRecord { at: At(0), version: 1, change }).unwrap();
        let outbox = Outbox::new(("ops", "0123abcd"), (filter(), TERMS), None, 0);
        let mut world = Self { system, outbox, log: Vec::new() };
        world.note(0);
        world
    }

    fn happens(&mut self, kind: NoticeKind, at: u64) {
        let lsn = self.log.len() as u64 + 1;
        self.log.push(notice(kind, lsn, at));
        self.outbox.takes(self.log.last().unwrap());
        self.outbox.saw(lsn);
    }

    /// All that is to be noted becomes a record.
    fn note(&mut self, at: u64) {
        while let Some(note) = self.outbox.note(At(at)) {
            let judged = self.system.notices().judge(note.clone(), At(at)).unwrap();
            if let holdfast_engine::NoticeJudged::Change(change) = judged {
                let version = self.system.version() + 1;
                self.system.apply(&SystemRecord {
                    at: At(at),
                    version,
                    change: SystemChange::Notice(change),
                });
                self.system.check().unwrap();
            }
            self.outbox.noted(&note, At(at));
        }
    }

    /// The process dies, and the next one reads the log from where the channel was.
    fn dies(&mut self) {
        let place = self.system.notices().place("ops").cloned();
        self.outbox = Outbox::new(("ops", "0123abcd"), (filter(), TERMS), place.as_ref(), 0);
        self.log.iter().for_each(|notice| self.outbox.takes(notice));
        self.outbox.saw(self.log.len() as u64);
    }

    /// Sends what is due, without noting it.
    fn send(&mut self, at: u64, answer: &Answer) -> Vec<(Box<str>, u64)> {
        let mut sent = Vec::new();
        while let Some(due) = self.outbox.next(At(at)) {
            sent.push((due.id.clone(), due.message.count));
            self.outbox.answered(&due, answer, At(at));
        }
        sent
    }

    fn sent(&mut self, at: u64) -> Vec<(Box<str>, u64)> {
        let sent = self.send(at, &Answer::Taken);
        self.note(at);
        sent
    }
}

fn later() -> Answer {
    Answer::Later("it answers 500".to_owned(), None)
}

#[test]
fn the_first_is_sent_at_once_and_a_flood_is_one_more_message() {
    let mut world = World::new();
    world.happens(NoticeKind::JobFailed, 1_000);
    assert_eq!(world.sent(1_000), [("0123abcd-ops-job-failed-1-1-3e8".into(), 1)]);
    for number in 1..=10_000 {
        world.happens(NoticeKind::JobFailed, 1_000 + number);
        assert!(world.outbox.next(At(1_000 + number)).is_none(), "they wait for each other");
    }
    world.happens(NoticeKind::EventPaused, 20_000);
    assert_eq!(world.sent(20_000).len(), 1, "another kind does not wait");
    assert_eq!(world.outbox.due_at(), Some(At(1_000 + 5 * MINUTE)));
    let digest = world.sent(1_000 + 5 * MINUTE);
    assert_eq!(digest, [("0123abcd-ops-job-failed-2-10001-3e9".into(), 10_000)]);
    world.happens(NoticeKind::JobFailed, 1_001 + 5 * MINUTE);
    assert_eq!(world.sent(1_001 + 5 * MINUTE).len(), 1, "the time of the digest is over: it is a first one");
    assert_eq!(world.outbox.show(ChannelShown::default()).folded, 9_999);
}

#[test]
fn what_was_not_noted_is_sent_again_under_its_name_and_nothing_else() {
    let mut world = World::new();
    world.happens(NoticeKind::JobFailed, 1_000);
    world.sent(1_000);
    world.happens(NoticeKind::JobFailed, 2_000);
    world.happens(NoticeKind::JobFailed, 3_000);
    world.happens(NoticeKind::EventPaused, 4_000);
    let not_noted = world.send(4_000, &Answer::Taken);
    world.dies();
    assert_eq!(world.sent(4_000), not_noted, "the same once more");
    world.dies();
    assert_eq!(world.sent(4_000), [], "what is noted is not sent again");
    let digest = world.send(1_000 + 5 * MINUTE, &Answer::Taken);
    assert_eq!(digest.len(), 1);
    world.dies();
    assert_eq!(world.sent(1_000 + 5 * MINUTE), digest, "a digest has the same name");
    world.dies();
    assert_eq!(world.outbox.due_at(), None);
    assert_eq!(world.system.notices().place("ops").unwrap().upto, 4);
}

#[test]
fn where_a_channel_begins_is_noted_though_much_happened_until_then() {
    let mut outbox = Outbox::new(("ops", "0123abcd"), (filter(), TERMS), None, 2);
    outbox.takes(&notice(NoticeKind::JobFailed, 3, 1_000));
    outbox.saw(limits::NOTED_AFTER);
    let noted = outbox.note(At(1_000)).unwrap();
    let NoticeAsking::Told(_, told) = &noted else { panic!("{noted:?}") };
    assert_eq!(told.upto, 2, "a crash now would lose what waits");
    outbox.noted(&noted, At(1_000));
    assert_eq!(outbox.note(At(1_000)), None);
}

/// Whatever fails, dies or is noted too late: each thing that happened is in a message that was taken, or in a dead letter.
#[test]
fn nothing_is_lost_whatever_happens_in_between() {
    let kinds = [NoticeKind::JobFailed, NoticeKind::EventPaused, NoticeKind::JobStopped];
    for seed in 0..400_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut roll = |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let (mut world, mut now) = (World::new(), 1_000);
        let mut covered: Vec<(NoticeKind, u64, u64)> = Vec::new();
        for _ in 0..60 {
            now += roll(3 * MINUTE);
            match roll(6) {
                0 | 1 => world.happens(kinds[roll(3) as usize], now),
                2 => world.dies(),
                3 => world.note(now),
                _ => {
                    let answer = match roll(3) {
                        0 => later(),
                        1 => Answer::Refused("no".to_owned()),
                        _ => Answer::Taken,
                    };
                    if let Some(due) = world.outbox.next(At(now)) {
                        if answer == Answer::Taken {
                            let Message { first, last_lsn, .. } = &due.message;
                            covered.push((first.kind, first.lsn, *last_lsn));
                        }
                        world.outbox.answered(&due, &answer, At(now));
                    }
                }
            }
        }
        for _ in 0..200 {
            now += 2 * 60 * MINUTE;
            while let Some(due) = world.outbox.next(At(now)) {
                covered.push((due.message.first.kind, due.message.first.lsn, due.message.last_lsn));
                world.outbox.answered(&due, &Answer::Taken, At(now));
            }
            world.note(now);
        }
        let dead = world.system.notices().letters().map(|letter| {
            let Message { first, last_lsn, .. } = &letter.message;
            (first.kind, first.lsn, *last_lsn)
        });
        covered.extend(dead);
        for Notice { kind, lsn, .. } in &world.log {
            let is_covered =
                covered.iter().any(|(of, from, upto)| of == kind && (from..=upto).contains(&lsn));
            assert!(is_covered, "seed {seed}: {kind:?} at {lsn} was never told: {covered:?}");
        }
        assert_eq!(world.system.notices().place("ops").unwrap().upto, world.log.len() as u64, "seed {seed}");
    }
}

#[test]
fn tries_are_further_and_further_apart_until_a_message_is_a_dead_letter() {
    let mut world = World::new();
    world.happens(NoticeKind::JobFailed, 1_000);
    let (mut now, mut pauses) = (1_000, Vec::new());
    loop {
        assert_eq!(world.send(now, &later()).len(), 1);
        let Some(due) = world.outbox.due_at() else { break };
        pauses.push(due.0 - now);
        now = due.0;
        world.note(now);
    }
    assert!(pauses.windows(2).all(|pair| pair[1] > pair[0] || pair[1] > 2_600_000), "{pauses:?}");
    assert!((7_500..=10_000).contains(&pauses[0]) && pauses.iter().all(|pause| *pause <= 3_600_000));
    assert!(now >= 24 * 60 * MINUTE, "{now}");
    world.note(now);
    let letter = world.system.notices().letters().next().unwrap().clone();
    assert_eq!((&*letter.channel, &*letter.why), ("ops", "it answers 500"));
    assert_eq!(&*letter.id, "0123abcd-ops-job-failed-1-1-3e8");
    world.dies();
    assert_eq!(world.outbox.due_at(), None, "it is dead for the next process as well");
}

#[test]
fn what_is_refused_for_good_dies_soon_and_holds_no_other_up() {
    let mut world = World::new();
    world.happens(NoticeKind::JobFailed, 1_000);
    assert_eq!(world.send(1_000, &Answer::Refused("it answers 401".to_owned())).len(), 1);
    world.happens(NoticeKind::EventPaused, 2_000);
    assert!(world.outbox.next(At(2_000)).is_none(), "the channel rests for a moment");
    let mut now = 11_000;
    let due = world.outbox.next(At(now)).unwrap();
    assert_eq!(due.message.first.kind, NoticeKind::EventPaused, "the one with fewer tries comes first");
    world.outbox.answered(&due, &Answer::Taken, At(now));
    let mut tries = 1;
    while let Some(due_at) = world.outbox.due_at() {
        now = due_at.0;
        tries += world.send(now, &Answer::Refused("it answers 401".to_owned())).len();
    }
    world.note(now);
    assert_eq!(tries, 4);
    assert_eq!(world.system.notices().letters().next().unwrap().tries, 4);
    assert!(now < 5 * MINUTE, "{now}");
}

#[test]
fn a_receiver_may_ask_for_a_longer_pause_and_not_for_one_of_days() {
    for (wanted, expected) in
        [(60_000, 60_000..=60_000), (1_000, 7_500..=10_000), (u64::MAX, 3_600_000..=3_600_000)]
    {
        let mut world = World::new();
        world.happens(NoticeKind::JobFailed, 1_000);
        world.send(1_000, &Answer::Later("it answers 429".to_owned(), Some(Millis(wanted))));
        let pause = world.outbox.due_at().unwrap().0 - 1_000;
        assert!(expected.contains(&pause), "{wanted}: {pause}");
    }
}

#[test]
fn a_dead_letter_that_is_redriven_is_sent_under_its_name_and_dies_again_or_not() {
    let mut world = World::new();
    world.happens(NoticeKind::JobFailed, 1_000);
    let refused = Answer::Refused("no".to_owned());
    while let Some(due_at) = world.outbox.due_at() {
        world.send(due_at.0, &refused);
    }
    world.note(MINUTE);
    let letter = |world: &World| world.system.notices().letters().next().cloned();
    let redrive = |world: &mut World, key: &str| {
        let by = holdfast_engine::By {
            key: key.into(),
            operator: "olga".into(),
            token: None,
            reason: "why".into(),
        };
        let which = holdfast_engine::Which::Of("ops".into());
        let version = world.system.version() + 1;
        let change = SystemChange::Notice(NoticeChange::Redriven(which, by));
        world.system.apply(&SystemRecord { at: At(MINUTE), version, change });
        let letters: Vec<_> = world.system.notices().letters().cloned().collect();
        world.outbox.redrives(&letters, At(2 * MINUTE));
    };
    redrive(&mut world, "k1");
    let number = letter(&world).unwrap().number;
    let mut now = 2 * MINUTE;
    while let Some(due_at) = world.outbox.due_at() {
        now = now.max(due_at.0);
        let sent = world.send(now, &refused);
        assert!(sent.iter().all(|(id, _)| **id == *"0123abcd-ops-job-failed-1-1-3e8"));
    }
    world.note(now);
    assert_eq!(letter(&world).map(|letter| (letter.number, letter.is_redriven)), Some((number, false)));
    redrive(&mut world, "k2");
    assert_eq!(world.sent(now + MINUTE).len(), 1);
    assert_eq!(letter(&world), None);
    world.outbox.redrives(&[], At(now));
    assert_eq!(world.outbox.due_at(), None);
}

#[test]
fn a_channel_is_told_of_what_it_wants_and_of_its_own_tests() {
    let filter = Filter { severity: Severity::Warning, kinds: vec![NoticeKind::JobFailed] };
    let mut outbox = Outbox::new(("ops", "0123abcd"), (filter, TERMS), None, 5);
    let info = Notice { severity: Severity::Info, ..notice(NoticeKind::JobFailed, 6, 1_000) };
    let test = |lsn, about: &str| Notice { about: about.into(), ..notice(NoticeKind::Test, lsn, 1_000) };
    let all = [
        notice(NoticeKind::JobFailed, 5, 1_000),
        info,
        notice(NoticeKind::EventPaused, 7, 1_000),
        notice(NoticeKind::JobFailed, 8, 1_000),
        test(9, "pager"),
        test(10, "ops"),
        test(11, "ops"),
    ];
    all.iter().for_each(|notice| outbox.takes(notice));
    outbox.saw(11);
    let mut told = Vec::new();
    while let Some(due) = outbox.next(At(1_000)) {
        told.push(due.message.first.lsn);
        outbox.answered(&due, &Answer::Taken, At(1_000));
    }
    assert_eq!(told, [8, 10, 11], "tests are not told together");
}

#[test]
fn what_waits_is_bounded_however_long_a_channel_takes_nothing() {
    let mut world = World::new();
    for hour in 0..1_000 {
        let now = 1_000 + hour * 60 * MINUTE;
        world.happens(NoticeKind::JobFailed, now);
        if hour < 20 {
            world.send(now, &later());
        }
    }
    let shown = world.outbox.show(ChannelShown::default());
    assert_eq!(shown.waiting, limits::WAITING_PER_KIND_MAX as u64);
    let counts: u64 =
        world.outbox.lines[&NoticeKind::JobFailed].waiting.iter().map(|one| one.message.count).sum();
    assert_eq!(counts, 1_000);
}

#[test]
fn what_is_in_no_record_is_sent_and_leaves_no_place() {
    let mut world = World::new();
    world.outbox.takes_live(&notice(NoticeKind::ModeSet, 0, 1_000));
    let sent = world.send(1_000, &Answer::Taken);
    assert_eq!(sent, [("0123abcd-ops-server-mode-0-0-3e8".into(), 1)]);
    assert_eq!(world.outbox.place(At(1_000)).upto, 0);
    assert_eq!(world.outbox.due_at(), None);
}
