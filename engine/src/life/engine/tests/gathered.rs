//! Replies over gathered runs, under random scripts: many connections on several threads, many events, one of which
//! breaks, bursts that find no room, and connections that close with replies still to come. Each request has one
//! reply, in its place, about its event and its seat; no seat is held twice; and trouble of one connection does not
//! reach another.

use std::collections::BTreeSet;
use std::sync::Mutex;

use quickcheck::{Arbitrary, Gen, QuickCheck};

use super::*;
use crate::limits;
use crate::state::{Ordinal, Read, View};

/// The number of events that exist; scripts also name further ones.
const EVENTS: usize = 24;
/// The number of the first event.
const FIRST: EventId = EventId(23);
/// The event that breaks.
const BREAKS: usize = EVENTS - 1;
const SEATS: Ordinal = 100;

#[derive(Clone, Debug)]
enum Asks {
    /// Tells which seat it was.
    Look {
        event: usize,
        seat: Ordinal,
    },
    Hold {
        event: usize,
        seat: Ordinal,
    },
    /// A seat that the map does not have.
    Nowhere {
        event: usize,
    },
    /// Waits for all replies.
    Wait,
}

#[derive(Clone, Debug)]
struct Script {
    thread: usize,
    asks: Vec<Asks>,
    /// Whether the connection closes without waiting for its last replies.
    closes: bool,
}

impl Arbitrary for Asks {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut below = |most: usize| usize::arbitrary(g) % most;
        let (event, seat) = (below(EVENTS + 1), below(SEATS as usize) as Ordinal);
        match below(10) {
            0 => Self::Wait,
            1 => Self::Nowhere { event },
            2..=5 => Self::Look { event, seat },
            _ => Self::Hold { event, seat },
        }
    }
}

impl Arbitrary for Script {
    fn arbitrary(g: &mut Gen) -> Self {
        let asks = Vec::arbitrary(g);
        Self { thread: usize::arbitrary(g) % 2, asks, closes: u8::arbitrary(g) % 4 == 0 }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let script = self.clone();
        Box::new(self.asks.shrink().map(move |asks| Self { asks, ..script.clone() }))
    }
}

fn event_name(event: usize) -> String {
    format!("hall-{event}")
}

/// The seats that were held, over all connections.
type Held = Arc<Mutex<BTreeSet<(usize, Ordinal)>>>;

/// Checks that the reply is that of the request.
fn judge(asked: &Asks, reply: &Reply, about: Option<&crate::exchange::reply::About>, held: &Held) {
    let fault = |codes: &[Code]| matches!(reply, Reply::Fault(fault) if codes.contains(&fault.code));
    let (Asks::Look { event, .. } | Asks::Hold { event, .. } | Asks::Nowhere { event }) = *asked else {
        panic!("nothing was asked")
    };
    if event == EVENTS {
        assert!(fault(&[Code::NO_EVENT]), "{asked:?}: {reply:?}");
        return;
    }
    if fault(&[Code::OUT_OF_SERVICE]) {
        assert_eq!(event, BREAKS, "no other event is out of service");
        return;
    }
    if !fault(&[Code::NO_SEAT]) {
        assert_eq!(about.unwrap().name.to_string(), event_name(event), "{asked:?}: {reply:?}");
    }
    match (asked, reply) {
        (Asks::Look { seat, .. }, Reply::View(View::Seat(view))) => assert_eq!(view.seat, *seat),
        (Asks::Hold { seat, .. }, Reply::Answer(Answer::Hold { seats, .. }, _)) => {
            assert_eq!(seats.iter().copied().collect::<Vec<_>>(), [*seat]);
            assert!(held.lock().unwrap().insert((event, *seat)), "{asked:?}: held twice");
        }
        (Asks::Hold { .. }, Reply::Answer(Answer::Refused(_), _)) => {}
        (Asks::Nowhere { .. }, _) => assert!(fault(&[Code::NO_SEAT]), "{reply:?}"),
        _ => panic!("{asked:?} was answered with {reply:?}"),
    }
}

async fn play(router: Router, number: usize, script: Script, held: Held) {
    let mut session = router.session();
    let mut asked = std::collections::VecDeque::new();
    for (turn, asks) in script.asks.iter().enumerate() {
        let key = format!("{number}-{turn}");
        let request = |session: &mut Session, event: usize, read: Option<Ordinal>, label: String| {
            session.ask(name(&event_name(event)), |labels| {
                if let Some(seat) = read {
                    return Ok(Ask::Read(Read::Seat(seat)));
                }
                let write = a_hold(labels, &format!("holder-{number}-{turn}"), &label)?;
                Ok(Ask::Write { key: key_of(&key), write })
            });
        };
        match *asks {
            Asks::Wait => {
                tell_all(&mut session, &mut asked, &held).await;
                continue;
            }
            Asks::Look { event, seat } => request(&mut session, event, Some(seat), String::new()),
            Asks::Hold { event, seat } => request(&mut session, event, None, format!("#{seat}")),
            Asks::Nowhere { event } => request(&mut session, event, None, "Z-9-9".to_owned()),
        }
        asked.push_back(asks.clone());
        assert_eq!(session.expected(), asked.len());
    }
    if !script.closes {
        tell_all(&mut session, &mut asked, &held).await;
    }
}

/// Takes replies as they come, a few at a time.
async fn tell_all(session: &mut Session, asked: &mut std::collections::VecDeque<Asks>, held: &Held) {
    std::future::poll_fn(|context| {
        loop {
            let most = asked.len().min(3);
            let tell = |reply: &_, about: Option<&_>| {
                judge(&asked.pop_front().unwrap(), reply, about, held);
                true
            };
            let told = session.poll_replies(context, most, tell, |_, _| {});
            if asked.is_empty() {
                return std::task::Poll::Ready(());
            }
            if told < most {
                return std::task::Poll::Pending;
            }
        }
    })
    .await;
    assert_eq!(session.expected(), 0);
}

#[test]
fn each_request_has_its_reply_in_its_place() {
    fn holds(scripts: Vec<Script>) {
        System::new().block_on(async {
            let engine = open(&MemoryStorage::new());
            let names: Vec<&'static str> =
                (0..EVENTS).map(|event| &*Box::leak(event_name(event).into_boxed_str())).collect();
            fill(&engine, FIRST).await;
            ask(&engine, names.iter().map(|event| create(event)).collect()).await;
            BREAKS_NEXT.fetch_or(1 << (FIRST.0 as usize + BREAKS), Ordering::Relaxed);
            let held = Held::default();
            let mut playing = Vec::new();
            for (number, script) in scripts.into_iter().enumerate() {
                let (done, end) = oneshot::channel();
                let (router, held) = (engine.router().clone(), Arc::clone(&held));
                engine.arbiters()[script.thread].spawn_fn(move || {
                    actix_rt::spawn(async move {
                        let played = actix_rt::spawn(play(router, number, script, held)).await;
                        let _ = done.send(played.is_ok());
                    });
                });
                playing.push(end);
            }
            for end in playing {
                assert!(end.await.unwrap(), "see the panic above");
            }
            engine.stop().unwrap();
        });
    }
    QuickCheck::new().rng(Gen::new(60)).tests(40).quickcheck(holds as fn(Vec<Script>));
}

/// Asks for the first seat of the gala.
fn hold_first(session: &mut Session, key: &str) {
    session.ask(name("gala"), |_| {
        let write = Write::Hold {
            holder: Name::new(b"bob").unwrap(),
            ttl: Millis(0),
            seats: Seats::from_iter([0]),
            best: Box::default(),
            places: Places::default(),
        };
        Ok(Ask::Write { key: key_of(key), write })
    });
}

#[test]
fn a_burst_is_refused_beyond_what_may_wait_and_only_the_burst() {
    System::new().block_on(async {
        let engine = open(&MemoryStorage::new());
        ask(&engine, vec![create("gala")]).await;
        let (done, end) = oneshot::channel();
        let router = engine.router().clone();
        // Without a pause, so that the event's thread cannot take any of it meanwhile.
        engine.arbiters()[0].spawn_fn(move || {
            actix_rt::spawn(async move {
                let (mut greedy, mut modest) = (router.session(), router.session());
                let burst = limits::EVENT_QUEUE_HOLDS_MAX + 1_000;
                for number in 0..burst {
                    hold_first(&mut greedy, &format!("k{number}"));
                }
                hold_first(&mut modest, "modest");
                modest.ask(name("gala"), |_| Ok(Ask::Read(Read::Version)));
                let _ = done.send((greedy.replies().await, modest.replies().await));
            });
        });
        let (burst, modest) = end.await.unwrap();
        let is_busy = |reply: &Reply| matches!(reply, Reply::Fault(fault) if fault.code == Code::TRY_LATER);
        let (judged, refused) = burst.split_at(limits::EVENT_QUEUE_HOLDS_MAX);
        assert!(judged.iter().all(|reply| matches!(reply, Reply::Answer(..))), "{:?}", judged[0]);
        assert!(refused.len() == 1_000 && refused.iter().all(is_busy));
        let [Reply::Answer(Answer::Refused(_), _), Reply::View(View::Version(_))] = modest[..] else {
            panic!("{modest:?}")
        };
        engine.stop().unwrap();
    });
}
