//! Bytes to requests and replies to bytes.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use holdfast_engine::{About, Answer, At, Code, Fault, HoldId, Places, Reply};
use holdfast_net::Codec;

use crate::hall::{HALL, event};

const FRAMES: [(&str, &[u8]); 3] = [
    (
        "hold",
        b"*7\r\n$4\r\nHOLD\r\n$5\r\nevent\r\n$12\r\nkey-00012345\r\n$15\r\nholder-00012345\r\n$1\r\n0\r\n$5\r\nSEATS\r\n\
          $7\r\n#012345\r\n",
    ),
    (
        "hold_10",
        b"*16\r\n$4\r\nHOLD\r\n$5\r\nevent\r\n$12\r\nkey-00012345\r\n$15\r\nholder-00012345\r\n$1\r\n0\r\n$5\r\nSEATS\r\n\
          $7\r\nA-12-30\r\n$7\r\nA-12-31\r\n$7\r\nA-12-32\r\n$7\r\nA-12-33\r\n$7\r\nA-12-34\r\n$7\r\nA-12-35\r\n\
          $7\r\nA-12-36\r\n$7\r\nA-12-37\r\n$7\r\nA-12-38\r\n$7\r\nA-12-39\r\n",
    ),
    (
        "confirm",
        b"*5\r\n$7\r\nCONFIRM\r\n$5\r\nevent\r\n$12\r\nkey-00012345\r\n$14\r\norder-00012345\r\n$5\r\n12345\r\n",
    ),
];

pub(crate) fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("resp");
    group.throughput(Throughput::Elements(1)).sample_size(30).measurement_time(Duration::from_secs(2));
    let event = event(HALL);
    for (name, frame) in FRAMES {
        let mut codec = Codec::default();
        group.bench_function(format!("decode_{name}"), |b| {
            b.iter(|| {
                black_box(codec.ask(black_box(frame), event.layout()).expect("a command"));
            });
        });
    }
    let about =
        About { name: event.name().clone(), layout: Arc::clone(event.layout()), plan_version: 1, branch: 0 };
    for (name, reply) in [("hold", hold(1)), ("hold_10", hold(10)), ("fault", fault())] {
        let (codec, mut out) = (Codec::default(), Vec::with_capacity(1 << 16));
        group.bench_function(format!("encode_{name}"), |b| {
            b.iter(|| {
                out.clear();
                codec.write(black_box(&reply), &about, &mut out);
                out.len()
            });
        });
    }
    group.finish();
}

fn hold(seats: u32) -> Reply {
    Reply::Answer(
        Answer::Hold {
            hold: HoldId(12_345),
            expires_at: At(1_700_000_300_000),
            version: 12_345,
            seats: (12_345..12_345 + seats).collect(),
            places: Places::default(),
        },
        Some(At(1_700_000_000_000)),
    )
}

fn fault() -> Reply {
    Fault::new(Code::NO_EVENT, "there is no event gala").into()
}
