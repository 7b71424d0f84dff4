//! The tables as they stand in the documentation.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::paying::of_payment;
use super::table::{
    Cell, Command, HoldState, OrderState, PaymentState, SeatState, of_event, of_hold, of_order, of_seat,
};

fn cell(cell: Cell) -> String {
    match cell {
        Cell::Done => "done".to_owned(),
        Cell::Becomes(word) => format!("**{word}**"),
        Cell::No(kind) => format!("`{}`", kind.word()),
        Cell::Shown => "shown".to_owned(),
        Cell::Null => "null".to_owned(),
        Cell::Nothing => "-".to_owned(),
    }
}

fn table<const N: usize>(states: &[&str], row: impl Fn(Command) -> Option<[Cell; N]>) -> String {
    let mut text = format!("| | {} |\n| --- |{}\n", states.join(" | "), " --- |".repeat(states.len()));
    for &command in Command::ALL {
        if let Some(cells) = row(command) {
            let cells: Vec<String> = cells.into_iter().map(cell).collect();
            let _ = writeln!(text, "| {} | {} |", command.words(), cells.join(" | "));
        }
    }
    text
}

fn tables() -> [(&'static str, String); 5] {
    let seats: Vec<&str> = SeatState::ALL.iter().map(|state| state.words()).collect();
    let holds: Vec<&str> = HoldState::ALL.iter().map(|state| state.words()).collect();
    let payments: Vec<&str> = PaymentState::ALL.iter().map(|state| state.words()).collect();
    let orders: Vec<&str> = OrderState::ALL.iter().map(|state| state.words()).collect();
    [
        ("the sale", table(&["pending", "open", "paused", "closed"], |command| Some(of_event(command)))),
        ("a seat", table(&seats, of_seat)),
        ("a hold", table(&holds, of_hold)),
        ("an order", table(&orders, of_order)),
        ("a payment", table(&payments, of_payment)),
    ]
}

/// Each table stands between its own marks.
pub(crate) fn check() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/state-machine.md");
    let document = std::fs::read_to_string(&path).expect("docs/state-machine.md is there");
    let mut expected = document.clone();
    for (name, table) in tables() {
        let (open, close) = (format!("<!-- table: {name} -->\n"), "<!-- end of table -->");
        let start = expected.find(&open).unwrap_or_else(|| panic!("no mark {open:?}")) + open.len();
        let end = start + expected[start..].find(close).expect("a table has an end");
        expected.replace_range(start..end, &table);
    }
    if std::env::var_os("HOLDFAST_DOCS").is_some_and(|word| word == "write") {
        std::fs::write(&path, &expected).expect("the document can be written");
    }
    let shown = std::fs::read_to_string(&path).expect("docs/state-machine.md is there");
    assert!(
        shown == expected,
        "docs/state-machine.md is not what the table says: HOLDFAST_DOCS=write writes it"
    );
}
