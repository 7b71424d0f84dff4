//! What happened in a run, or in many, for the summary.

macro_rules! stats {
    ($($name:ident,)*) => {
        /// Counts, added up over runs.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Stats {
            $(pub(crate) $name: u64,)*
        }

        impl Stats {
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }
        }
    };
}

stats! {
    writes,
    shown,
    recoveries,
    cut,
    doubtful,
    probes,
    checkpoints,
    failures,
    rots,
    refused,
    shed,
    expired,
    graced,
    forgotten,
    pushed_out,
    records_forgotten,
    sick,
    well,
    hangs,
    hurt,
    mended,
    lost,
    put_back,
    past,
    thinned,
    of_system,
    spoiled,
    of_groups,
    held_back,
    put_aside,
    redriven,
    groups_stopped,
    groups_finished,
    of_all_events,
    kept_for_groups,
    fell_behind,
    given_back,
}
