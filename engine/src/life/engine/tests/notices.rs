//! What there is to tell people outside, read off the log while it grows and after some of it was let go of.

use super::*;
use crate::feed::FeedRetention;
use crate::life::notices::{Following, Gap};
use crate::system::{By, NoticeKind, Task};

fn run(job: &str, key: &str) -> Request {
    let by = By { key: key.into(), operator: "olga".into(), token: None, reason: "why".into() };
    Request::Job(JobAsk::Run(Task { job: job.into(), arguments: Box::default() }, None, by))
}

/// Notices with their LSNs.
type Told = Vec<(NoticeKind, u64)>;

/// First and last LSN of what was passed over.
type Gaps = Vec<(u64, u64)>;

/// All that there is, and what was passed over.
fn read(following: &mut Following) -> (Told, Gaps) {
    let (mut told, mut gaps) = (Vec::new(), Vec::new());
    loop {
        match following.read(|notice| told.push((notice.kind, notice.lsn))) {
            Ok(true) => return (told, gaps),
            Ok(false) => {}
            Err(Gap { from, upto, .. }) => gaps.push((from, upto)),
        }
    }
}

#[test]
fn what_was_let_go_of_is_passed_over_once_and_told() {
    System::new().block_on(async {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let retention = FeedRetention::default();
        let checkpoint = CheckpointPolicy { feed_retention: retention, ..CheckpointPolicy::default() };
        let config = Config { checkpoint, ..config() };
        let engine =
            Engine::open(&storage, &config, [3; 32], Box::new(|poisoned| panic!("{poisoned}"))).unwrap();
        let mut keeps_up = Following::since(engine.router(), 0);
        ask(&engine, vec![create("gala"), run("replay", "r0")]).await;
        let (told, gaps) = read(&mut keeps_up);
        assert_eq!((told.len(), told[0].0, gaps), (1, NoticeKind::JobReplayed, Vec::new()));
        for number in 0..64 {
            let key: &str = Box::leak(format!("s{number}").into_boxed_str());
            ask(&engine, vec![run("snapshot", key)]).await;
            while engine.stats().system.executions[..2].iter().sum::<u64>() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let (_, gaps) = read(&mut keeps_up);
            assert_eq!(gaps, [], "who keeps up misses nothing");
            if engine.router().log().first_lsn() > Lsn(1) {
                break;
            }
        }
        let first = engine.router().log().first_lsn();
        assert!(first > Lsn(1), "log was let go of");
        ask(&engine, vec![run("replay", "r1")]).await;
        let (told, gaps) = read(&mut Following::since(engine.router(), 0));
        assert_eq!(gaps, [(1, first.0 - 1)]);
        assert_eq!(told.last().map(|(kind, _)| *kind), Some(NoticeKind::JobReplayed));
        let (again, none) = read(&mut keeps_up);
        assert_eq!((again.last(), none), (told.last(), Vec::new()));
        engine.stop().unwrap();
    });
}
