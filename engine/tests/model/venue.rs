//! Small venues, described twice: as JSON for the engine, as plain lists, which what the engine makes of it is held
//! against.

use holdfast_engine::SaleLimits;

/// Limits of the sale.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) default_ttl: u64,
    pub(crate) max_ttl: u64,
    pub(crate) max_extends: u64,
    pub(crate) per_hold: u64,
    pub(crate) per_holder: u64,
    pub(crate) payment_retries: u64,
    pub(crate) hold_total: u64,
    pub(crate) paid_ahead: u64,
    pub(crate) orphans: &'static str,
}

/// What holds where a description does not say.
const UNSAID: Rules = Rules {
    default_ttl: 300_000,
    max_ttl: 1_800_000,
    max_extends: 3,
    per_hold: 10,
    per_holder: 10,
    payment_retries: 3,
    hold_total: 7_200_000,
    paid_ahead: 900_000,
    orphans: "avoid",
};

/// What most halls say.
const OF_HALLS: Rules =
    Rules { default_ttl: 100, max_ttl: 1_000, max_extends: 2, per_hold: 6, per_holder: 1_000, ..UNSAID };

impl Rules {
    /// They are what the engine reads in the description.
    pub(crate) fn are(&self, read: &SaleLimits) {
        let limits = [
            read.default_ttl.0,
            read.max_ttl.0,
            read.max_extends,
            read.max_seats_per_hold,
            read.max_seats_per_holder,
            read.max_payment_retries,
            read.max_hold_total.0,
            read.paid_ahead.0,
        ];
        let Self { default_ttl, max_ttl, max_extends, per_hold, per_holder, .. } = *self;
        let Self { payment_retries, hold_total, paid_ahead, .. } = *self;
        assert_eq!(
            limits.map(u64::from),
            [
                default_ttl,
                max_ttl,
                max_extends,
                per_hold,
                per_holder,
                payment_retries,
                hold_total,
                paid_ahead
            ]
        );
        assert_eq!(read.orphans.word(), self.orphans);
    }
}

/// What a story's number says about lone seats.
pub(crate) const fn orphans_of(number: u64) -> &'static str {
    ["allow", "avoid", "refuse"][number as usize % 3]
}

/// A venue.
pub(crate) struct Venue {
    pub(crate) json: &'static str,
    /// Label, section, row, category; in the order of the map.
    pub(crate) seats: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// Labels, in any order.
    pub(crate) accessible: &'static [&'static str],
    /// Name, category, capacity.
    pub(crate) areas: &'static [(&'static str, &'static str, u64)],
    /// In the order of their first use.
    pub(crate) categories: &'static [&'static str],
    pub(crate) rules: Rules,
    pub(crate) open: bool,
}

impl Venue {
    /// The names of the sections, in the order of the map.
    pub(crate) fn sections(&self) -> Vec<&'static str> {
        let mut sections: Vec<_> = self.seats.iter().map(|(_, section, ..)| *section).collect();
        sections.dedup();
        sections
    }
}

/// The venues of the random stories: so small that everybody wants the same.
pub(crate) const VENUES: [Venue; 7] = [
    Venue {
        json: r#"{"sections": [
            {"name": "A", "category": "VIP", "rows": [{"name": "1", "seats": 3, "accessible": ["1"]},
                                                      {"name": "2", "from": 5, "to": 6}]},
            {"name": "B", "category": "STD", "rows": {"from": 1, "to": 2, "seats": 2}}],
            "areas": [{"name": "FLOOR", "category": "GA", "capacity": 5},
                      {"name": "BAR", "category": "VIP", "capacity": 2}],
            "limits": {"default_ttl": 100, "max_ttl": 1000, "max_extends": 2,
                       "max_seats_per_hold": 5, "max_seats_per_holder": 7, "max_payment_retries": 1,
                       "max_hold_total": 160, "paid_ahead": 60}}"#,
        seats: &[
            ("A-1-1", "A", "1", "VIP"),
            ("A-1-2", "A", "1", "VIP"),
            ("A-1-3", "A", "1", "VIP"),
            ("A-2-5", "A", "2", "VIP"),
            ("A-2-6", "A", "2", "VIP"),
            ("B-1-1", "B", "1", "STD"),
            ("B-1-2", "B", "1", "STD"),
            ("B-2-1", "B", "2", "STD"),
            ("B-2-2", "B", "2", "STD"),
        ],
        accessible: &["A-1-1"],
        areas: &[("FLOOR", "GA", 5), ("BAR", "VIP", 2)],
        categories: &["VIP", "STD", "GA"],
        rules: Rules {
            default_ttl: 100,
            max_ttl: 1_000,
            max_extends: 2,
            per_hold: 5,
            per_holder: 7,
            payment_retries: 1,
            hold_total: 160,
            paid_ahead: 60,
            ..UNSAID
        },
        open: true,
    },
    Venue {
        json: r#"{"areas": [{"name": "PIT", "category": "GA", "capacity": 4},
                            {"name": "LAWN", "category": "GA", "capacity": 3}],
            "limits": {"default_ttl": 50, "max_ttl": 50, "max_extends": 0,
                       "max_seats_per_hold": 4, "max_seats_per_holder": 4, "max_payment_retries": 0, "paid_ahead": 5}}"#,
        seats: &[],
        accessible: &[],
        areas: &[("PIT", "GA", 4), ("LAWN", "GA", 3)],
        categories: &["GA"],
        rules: Rules {
            default_ttl: 50,
            max_ttl: 50,
            max_extends: 0,
            per_hold: 4,
            per_holder: 4,
            payment_retries: 0,
            paid_ahead: 5,
            ..UNSAID
        },
        open: true,
    },
    Venue {
        json: r#"{"sections": [{"name": "A-B", "category": "STD", "rows": [{"name": "R-1", "seats": 3}]}],
            "limits": {"default_ttl": 200, "max_ttl": 5000, "max_extends": 1000,
                       "max_seats_per_hold": 3, "max_seats_per_holder": 1000000, "orphans": "allow"}}"#,
        seats: &[
            ("A-B-R-1-1", "A-B", "R-1", "STD"),
            ("A-B-R-1-2", "A-B", "R-1", "STD"),
            ("A-B-R-1-3", "A-B", "R-1", "STD"),
        ],
        accessible: &[],
        areas: &[],
        categories: &["STD"],
        rules: Rules {
            default_ttl: 200,
            max_ttl: 5_000,
            max_extends: 1_000,
            per_hold: 3,
            per_holder: 1_000_000,
            orphans: "allow",
            ..UNSAID
        },
        open: true,
    },
    Venue {
        json: r#"{"sections": [{"name": "S", "category": "ONE", "rows": {"from": 7, "to": 7, "seats": 4}}],
            "areas": [{"name": "S", "category": "TWO", "capacity": 1}],
            "limits": {"default_ttl": 100, "max_ttl": 1000, "max_extends": 1,
                       "max_seats_per_hold": 10, "max_seats_per_holder": 3, "orphans": "refuse"}, "open": false}"#,
        seats: &[
            ("S-7-1", "S", "7", "ONE"),
            ("S-7-2", "S", "7", "ONE"),
            ("S-7-3", "S", "7", "ONE"),
            ("S-7-4", "S", "7", "ONE"),
        ],
        accessible: &[],
        areas: &[("S", "TWO", 1)],
        categories: &["ONE", "TWO"],
        rules: Rules {
            default_ttl: 100,
            max_ttl: 1_000,
            max_extends: 1,
            per_holder: 3,
            orphans: "refuse",
            ..UNSAID
        },
        open: false,
    },
    hall("avoid", HALL_AVOID),
    hall("refuse", HALL_REFUSE),
    Venue {
        json: r#"{"sections": [
            {"name": "R\u00e4ng \u2013 2", "category": "Kategorie I", "focus": "right", "rows": [
                {"name": "1", "seats": ["1-5/2", "6-2/2"], "aisles": ["5"], "groups": [["1", "3"]],
                 "accessible": ["6"], "companions": {"6": ["4"]}, "categories": {"VIP": ["5-6", "2"]}},
                {"name": "\uac00", "seats": ["A-C", "S-1"], "groups": [["B-C"]]}]},
            {"name": "B", "category": "VIP", "front": 1, "focus": "left",
             "rows": {"from": 1, "to": 2, "seats": ["01-03"], "accessible": ["01"], "companions": {"01": ["02"]}}}],
            "areas": [{"name": "Stehplatz (GA)", "category": "GA", "capacity": 4}],
            "limits": {"default_ttl": 100, "max_ttl": 1000, "max_extends": 2,
                       "max_seats_per_hold": 6, "max_seats_per_holder": 1000, "orphans": "refuse"}}"#,
        seats: &[
            ("R\u{e4}ng \u{2013} 2-1-1", "R\u{e4}ng \u{2013} 2", "1", "Kategorie I"),
            ("R\u{e4}ng \u{2013} 2-1-3", "R\u{e4}ng \u{2013} 2", "1", "Kategorie I"),
            ("R\u{e4}ng \u{2013} 2-1-5", "R\u{e4}ng \u{2013} 2", "1", "VIP"),
            ("R\u{e4}ng \u{2013} 2-1-6", "R\u{e4}ng \u{2013} 2", "1", "VIP"),
            ("R\u{e4}ng \u{2013} 2-1-4", "R\u{e4}ng \u{2013} 2", "1", "Kategorie I"),
            ("R\u{e4}ng \u{2013} 2-1-2", "R\u{e4}ng \u{2013} 2", "1", "VIP"),
            ("R\u{e4}ng \u{2013} 2-\u{ac00}-A", "R\u{e4}ng \u{2013} 2", "\u{ac00}", "Kategorie I"),
            ("R\u{e4}ng \u{2013} 2-\u{ac00}-B", "R\u{e4}ng \u{2013} 2", "\u{ac00}", "Kategorie I"),
            ("R\u{e4}ng \u{2013} 2-\u{ac00}-C", "R\u{e4}ng \u{2013} 2", "\u{ac00}", "Kategorie I"),
            ("R\u{e4}ng \u{2013} 2-\u{ac00}-S-1", "R\u{e4}ng \u{2013} 2", "\u{ac00}", "Kategorie I"),
            ("B-1-01", "B", "1", "VIP"),
            ("B-1-02", "B", "1", "VIP"),
            ("B-1-03", "B", "1", "VIP"),
            ("B-2-01", "B", "2", "VIP"),
            ("B-2-02", "B", "2", "VIP"),
            ("B-2-03", "B", "2", "VIP"),
        ],
        accessible: &["R\u{e4}ng \u{2013} 2-1-6", "B-1-01", "B-2-01"],
        areas: &[("Stehplatz (GA)", "GA", 4)],
        categories: &["Kategorie I", "VIP", "GA"],
        rules: Rules { orphans: "refuse", ..OF_HALLS },
        open: true,
    },
];

macro_rules! hall_json {
    ($orphans:literal) => {
        concat!(
            r#"{"sections": [
            {"name": "A", "category": "VIP", "rows": [{"name": "1", "seats": 7, "accessible": ["1", "2", "7"]},
                                                      {"name": "2", "from": 3, "to": 8}]},
            {"name": "B", "category": "STD", "rows": {"from": 1, "to": 1, "seats": 5}},
            {"name": "C", "category": "VIP", "rows": [{"name": "1", "seats": 6, "accessible": ["4"]}]}],
            "limits": {"default_ttl": 100, "max_ttl": 1000, "max_extends": 2,
                       "max_seats_per_hold": 6, "max_seats_per_holder": 1000, "orphans": ""#,
            $orphans,
            r#""}}"#
        )
    };
}
const HALL_AVOID: &str = hall_json!("avoid");
const HALL_REFUSE: &str = hall_json!("refuse");

/// Rows long enough for choices, few enough to sell out.
const fn hall(orphans: &'static str, json: &'static str) -> Venue {
    Venue {
        json,
        seats: &[
            ("A-1-1", "A", "1", "VIP"),
            ("A-1-2", "A", "1", "VIP"),
            ("A-1-3", "A", "1", "VIP"),
            ("A-1-4", "A", "1", "VIP"),
            ("A-1-5", "A", "1", "VIP"),
            ("A-1-6", "A", "1", "VIP"),
            ("A-1-7", "A", "1", "VIP"),
            ("A-2-3", "A", "2", "VIP"),
            ("A-2-4", "A", "2", "VIP"),
            ("A-2-5", "A", "2", "VIP"),
            ("A-2-6", "A", "2", "VIP"),
            ("A-2-7", "A", "2", "VIP"),
            ("A-2-8", "A", "2", "VIP"),
            ("B-1-1", "B", "1", "STD"),
            ("B-1-2", "B", "1", "STD"),
            ("B-1-3", "B", "1", "STD"),
            ("B-1-4", "B", "1", "STD"),
            ("B-1-5", "B", "1", "STD"),
            ("C-1-1", "C", "1", "VIP"),
            ("C-1-2", "C", "1", "VIP"),
            ("C-1-3", "C", "1", "VIP"),
            ("C-1-4", "C", "1", "VIP"),
            ("C-1-5", "C", "1", "VIP"),
            ("C-1-6", "C", "1", "VIP"),
        ],
        accessible: &["A-1-1", "A-1-2", "A-1-7", "C-1-4"],
        areas: &[],
        categories: &["VIP", "STD"],
        rules: Rules { orphans, ..OF_HALLS },
        open: true,
    }
}

macro_rules! long_row {
    ($($number:literal)*) => { &[$((concat!("L-1-", $number), "L", "1", "STD")),*] };
}

/// A row that a single hold can take more of than a refusal names.
pub(crate) const LONG_ROW: Venue = Venue {
    json: r#"{"sections": [{"name": "L", "category": "STD", "rows": {"from": 1, "to": 1, "seats": 20}}],
        "limits": {"default_ttl": 100, "max_ttl": 1000, "max_extends": 1,
                   "max_seats_per_hold": 20, "max_seats_per_holder": 40}}"#,
    seats: long_row!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20),
    accessible: &[],
    areas: &[],
    categories: &["STD"],
    rules: Rules { default_ttl: 100, max_ttl: 1_000, max_extends: 1, per_hold: 20, per_holder: 40, ..UNSAID },
    open: true,
};
