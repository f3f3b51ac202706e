//! How long scoring takes: one long answer, a derived rubric, and a batch of short answers.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write;
use std::hint::black_box;
use viva_core::bank::{Pack, load};
use viva_core::scoring::{Scorer, derive};
use viva_core::transcript::Transcript;

/// A question with ten criteria, from the one of the guards' fixture.
fn ten_criteria() -> Pack {
    let mut text = include_str!("../tests/fixtures/guards/subject.toml").to_owned();
    let second = text.find("[[question]]\nid = \"guarded.index\"").unwrap_or(text.len());
    text.truncate(second);
    for (id, listen) in [
        ("lock", "[[\"optimistic lock\", \"version column\"], [\"conflict\"]]"),
        ("queue", "[[\"message queue\", \"dead letter queue\"], [\"consumer\"]]"),
        ("timeout", "[[\"connect timeout\", \"read timeout\"], [\"budget\", \"deadline\"]]"),
        ("breaker", "[[\"circuit breaker\"], [\"half open\", \"trial request\"]]"),
        ("ledger", "[[\"double entry\", \"ledger\"], [\"unique constraint\"], [\"transaction\"]]"),
    ] {
        let _ = write!(
            text,
            "\n[[question.criterion]]\nid = \"{id}\"\nsays = \"It speaks of the {id}\"\nlisten = {listen}\n"
        );
    }
    load(&text, "ten.toml").unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// About three hundred words, with terms, slips and asides.
fn long_answer() -> String {
    let part = "So when the call times out we do not really know whether the payment went through, and I would never \
        just send it again. What I do is to create an item potent key, one for each payment, and the service remembers \
        the key with the first result. If the same key comes again it gives back that result. Then I would retry with \
        exponential back off and a random delay, at most five times, because otherwise we get a thundering herd. ";
    let aside = "In between there is a circuit breaker which opens after a number of failures and lets a trial request \
        pass later. What is still open goes to a message queue, and a background job asks the provider for the state. ";
    format!("{part}{aside}{part}{aside}")
}

fn scoring(c: &mut Criterion) {
    let scorer = Scorer::shared();
    let pack = ten_criteria();
    let question = scorer.prepare(&pack.questions[0]);
    let long = Transcript::typed(long_answer());
    c.bench_function("a 300-word answer against ten criteria", |b| {
        b.iter(|| question.assess(black_box(&long)))
    });

    let ask = pack.questions[0].ask.as_str();
    let model = pack.questions[0].model_answer.as_str();
    c.bench_function("deriving a rubric", |b| b.iter(|| derive(scorer, black_box(ask), black_box(model))));
    c.bench_function("preparing a model answer", |b| {
        b.iter(|| scorer.prepare_derived(black_box(ask), &[model]))
    });

    let derived = scorer.prepare_derived(ask, &[model]);
    let short: Vec<Transcript> = [
        "I send an idempotency key and the service returns the first result again.",
        "Retry with exponential backoff and some jitter, a few times only.",
        "You can not know whether the charge happened, so ask for the state first.",
        "It times out, so I would call it again.",
    ]
    .map(Transcript::typed)
    .to_vec();
    let mut group = c.benchmark_group("batch");
    group.throughput(Throughput::Elements(short.len() as u64));
    group.bench_function("short answers against a model answer, one thread", |b| {
        b.iter(|| short.iter().map(|answer| derived.assess(black_box(answer)).score).sum::<f64>());
    });
    group.finish();
}

criterion_group!(benches, scoring);
criterion_main!(benches);
