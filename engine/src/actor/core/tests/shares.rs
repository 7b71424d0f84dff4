//! What is shared between tokens: nobody pushes out what others have.

use super::*;
use crate::journal::budgets::{Budgets, Stock};

const GREEDY: Account = Account(5);
const MODEST: Account = Account(6);

impl Bench {
    fn key_of(&self, account: Account, key: &str) -> Key {
        Key { account, ..self.key(key) }
    }

    /// Commands that are all refused, as there is no such hold.
    fn refused(&self, account: Account, keys: std::ops::Range<u32>) -> Vec<Command> {
        let gone = || Write::Release { hold: HoldId(99), part: None };
        keys.map(|key| Command::Write(self.key_of(account, &format!("{account:?} {key}")), gone(), None))
            .collect()
    }

    fn knows(&self, account: Account, key: u32) -> bool {
        self.core.event().unwrap().knows(&self.key(&format!("{account:?} {key}")).hash)
    }

    fn keys(&self, account: Account) -> u64 {
        self.core.event().unwrap().used_by(account).keys
    }

    fn refuse(&mut self, account: Account, keys: std::ops::Range<u32>) {
        let run = self.refused(account, keys);
        self.core.run(run, At(1_000));
    }

    /// The same event, from the log alone.
    fn is_rebuilt_the_same(&mut self) {
        let (id, digest) = (self.core.id(), self.core.event().unwrap().digest());
        self.sync();
        self.core.journal.log().seal_segment();
        self.sync();
        let rebuilt = self.checkpointer.rebuild(id).unwrap();
        assert_eq!(rebuilt.digest(), digest);
        assert_eq!(rebuilt.accounts(), self.core.event().unwrap().accounts());
        rebuilt.check().unwrap();
    }
}

#[test]
fn refusals_of_one_token_push_out_nobody_elses() {
    let mut bench = Bench::new();
    bench.core.policy.refusals_max = 20;
    bench.refuse(MODEST, 0..5);
    for run in 0..10 {
        bench.refuse(GREEDY, run * 30..(run + 1) * 30);
        let kept = bench.keys(MODEST) + bench.keys(GREEDY);
        assert_eq!(kept, 20, "the bound holds when the run is over");
    }
    assert!((0..5).all(|key| bench.knows(MODEST, key)));
    assert!((285..300).all(|key| bench.knows(GREEDY, key)) && !bench.knows(GREEDY, 284), "its oldest went");
    // With as many as the other it is safe, and takes the rest of its half.
    bench.refuse(MODEST, 5..12);
    assert_eq!((bench.keys(MODEST), bench.keys(GREEDY)), (10, 10));
    assert!(!bench.knows(MODEST, 1) && bench.knows(MODEST, 2));
    bench.is_rebuilt_the_same();
}

#[test]
fn without_tokens_the_oldest_refusals_go() {
    let mut bench = Bench::new();
    bench.core.policy.refusals_max = 20;
    bench.refuse(Account::NOBODY, 0..30);
    assert!((10..30).all(|key| bench.knows(Account::NOBODY, key)) && !bench.knows(Account::NOBODY, 9));
    bench.is_rebuilt_the_same();
}

/// The longer way of a setting that was lowered: a turn takes a part of them, and the bound grows for nobody meanwhile.
#[test]
fn too_many_refusals_go_a_few_at_a_time() {
    let mut bench = Bench::new();
    bench.core.policy.refusals_max = u64::MAX;
    for run in 0..4 {
        bench.refuse(GREEDY, run * 500..(run + 1) * 500);
    }
    bench.core.policy.refusals_max = 100;
    bench.refuse(GREEDY, 2_000..2_010);
    let most = u64::from(limits::FORGETS_PER_TURN);
    assert_eq!(bench.keys(GREEDY), 2_010 - most);
    assert!(bench.core.forget(At(1_000)), "there are more");
    while bench.core.forget(At(1_000)) {}
    assert_eq!(bench.keys(GREEDY), 100);
    bench.is_rebuilt_the_same();
}

#[test]
fn what_a_token_has_is_counted_until_it_is_over() {
    let mut bench = Bench::new();
    let hold = |bench: &Bench, account, key: &str, seat| {
        let Command::Write(_, write, _) = bench.hold_command(key, seat) else { panic!("a write") };
        Command::Write(bench.key_of(account, key), write, None)
    };
    let run = vec![hold(&bench, GREEDY, "a", 0), hold(&bench, GREEDY, "b", 1), hold(&bench, MODEST, "c", 2)];
    bench.core.run(run, At(1_000));
    let used = |bench: &Bench, account| bench.core.event().unwrap().used_by(account);
    assert_eq!(used(&bench, GREEDY), Used { holds: 2, keys: 2 });
    // Whoever ends it: it is off the account of the token that made it.
    let release = Write::Release { hold: HoldId(2), part: None };
    bench.ask(Command::Write(bench.key_of(MODEST, "d"), release, None));
    assert_eq!(used(&bench, GREEDY), Used { holds: 1, keys: 2 });
    assert_eq!(used(&bench, MODEST), Used { holds: 1, keys: 2 });
    bench.is_rebuilt_the_same();
    assert!(!bench.core.expire(LATER));
    assert_eq!(used(&bench, GREEDY), Used { holds: 0, keys: 2 });
    while bench.core.forget(LATER) {}
    assert_eq!(bench.core.event().unwrap().accounts(), [], "nothing of it is left");
}

/// The same bench, with these budgets.
fn budgeted(bench: Bench, budgets: &Arc<Budgets>) -> Bench {
    Bench { core: bench.core.minding(Arc::default(), Arc::clone(budgets)), ..bench }
}

fn stock(holds: Option<u64>, keys: Option<u64>) -> [(Account, Stock); 1] {
    [(GREEDY, Stock { holds, keys })]
}

impl Bench {
    fn hold_of(&self, account: Account, key: &str, seat: u32) -> Command {
        let Command::Write(_, write, _) = self.hold_command(key, seat) else { panic!("a write") };
        Command::Write(self.key_of(account, key), write, None)
    }

    /// The codes of what was refused unjudged; `None` is an answer.
    fn codes(&mut self, run: Vec<Command>) -> Vec<Option<Code>> {
        self.core.run(run, At(1_000)).replies.iter().map(code).collect()
    }
}

#[test]
fn a_token_has_no_more_live_holds_than_its_budget_over_all_events() {
    let budgets = Arc::new(Budgets::default());
    budgets.set(&stock(Some(3), None));
    let (mut one, mut other) = (budgeted(Bench::new(), &budgets), budgeted(Bench::new(), &budgets));
    let (fine, full) = (None, Some(Code::BUDGET));
    let run = (0..2).map(|seat| one.hold_of(GREEDY, &format!("k{seat}"), seat)).collect();
    assert_eq!(one.codes(run), [fine, fine]);
    // In the middle of a run as well: what it has added is not told yet.
    let run = (0..3).map(|seat| other.hold_of(GREEDY, &format!("k{seat}"), seat)).collect();
    assert_eq!(other.codes(run), [fine, full, full]);
    assert!(!other.core.event().unwrap().knows(&other.key("k1").hash), "the key is still free");
    assert_eq!(budgets.used(GREEDY), (Used { holds: 3, keys: 3 }, 2));
    let run = vec![one.hold_of(MODEST, "m", 5), one.hold_of(Account::NOBODY, "n", 6)];
    assert_eq!(one.codes(run), [fine, fine], "it is nobody else's budget");
    let release = Write::Release { hold: HoldId(2), part: None };
    let run = vec![
        Command::Write(one.key_of(GREEDY, "r"), release, None),
        one.hold_of(GREEDY, "k3", 3),
        one.hold_of(GREEDY, "k4", 4),
    ];
    assert_eq!(one.codes(run), [fine, fine, full], "what it gave back it may take again");
    budgets.set(&stock(None, None));
    let run = vec![one.hold_of(GREEDY, "k4", 4)];
    assert_eq!(one.codes(run), [fine]);
}

#[test]
fn when_its_keys_are_used_up_a_token_finishes_its_sales_and_begins_none() {
    let budgets = Arc::new(Budgets::default());
    budgets.set(&stock(None, Some(20)));
    let mut bench = budgeted(Bench::new(), &budgets);
    let run = vec![bench.hold_of(GREEDY, "k0", 0)];
    bench.codes(run);
    bench.refuse(GREEDY, 0..30);
    assert_eq!(bench.keys(GREEDY), 20, "the rest was refused unjudged");
    let run = vec![bench.hold_of(GREEDY, "k0", 0), bench.hold_of(GREEDY, "k1", 1)];
    assert_eq!(bench.codes(run), [None, Some(Code::BUDGET)], "a repeat has its answer");
    let extend = |key: &str| {
        let write = Write::Extend { hold: HoldId(2), ttl: Millis(0) };
        Command::Write(bench.key_of(GREEDY, key), write, None)
    };
    let run = ["e1", "e2", "e3"].map(extend).into();
    assert_eq!(bench.codes(run), [None, None, Some(Code::BUDGET)], "a tenth is for sales in progress");
    assert_eq!(budgets.refuse_event(GREEDY).map(|fault| fault.code), Some(Code::BUDGET));
    assert_eq!((budgets.refuse_event(MODEST), budgets.refuse_event(Account::NOBODY)), (None, None));
    // Forgotten keys make room.
    assert!(!bench.core.expire(LATER));
    while bench.core.forget(LATER) {}
    assert_eq!(budgets.used(GREEDY).0, Used::default());
}

#[test]
fn what_a_token_has_counts_again_after_a_restart_and_a_rebuilding() {
    let mut bench = Bench::new();
    let run = vec![bench.hold_of(GREEDY, "k0", 0), bench.hold_of(GREEDY, "k1", 1)];
    bench.codes(run);
    bench.sync();
    bench.core.journal.log().seal_segment();
    bench.sync();
    let budgets = Arc::new(Budgets::default());
    let mut bench = budgeted(bench, &budgets);
    let used = (Used { holds: 2, keys: 2 }, 0);
    assert_eq!(budgets.used(GREEDY), used, "as the event brings it along");
    let rebuilt = bench.checkpointer.rebuild(bench.core.id()).unwrap();
    bench.core.state = State::OutOfService;
    bench.core.replace(rebuilt);
    assert_eq!(budgets.used(GREEDY), used, "and once");
}
