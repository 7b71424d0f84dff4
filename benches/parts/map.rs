//! The whole map of a large hall: looked at in the core, and written for a client.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use holdfast_engine::{About, Read, Reply};
use holdfast_net::Codec;

use crate::hall::{Holders, held};

const SEATS: u32 = 80_000;

pub(crate) fn benches(c: &mut Criterion) {
    let event = held(SEATS, &Holders::new());
    let about =
        About { name: event.name().clone(), layout: Arc::clone(event.layout()), plan_version: 1, branch: 0 };
    let view = || event.view(&Read::Map(None)).expect("the whole map");
    let mut group = c.benchmark_group("map_80k");
    group.sample_size(30).measurement_time(Duration::from_secs(2));
    group.bench_function("view", |b| b.iter(view));
    let (codec, reply, mut out) = (Codec::default(), Reply::View(view()), Vec::new());
    group.bench_function("encode", |b| {
        b.iter(|| {
            out.clear();
            codec.write(black_box(&reply), &about, &mut out);
            out.len()
        });
    });
    group.finish();
}
