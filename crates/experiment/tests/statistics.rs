//! Statistics and scores against scipy and seqeval.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

use corpus::{Label, Span};
use experiment::stats::{Draws, Outcomes, holm, permutation_p, redraw, sample_sd, t_interval};
use scorer::{Prf, Scores};
use serde::Deserialize;

/// What `tests/golden/experiment/stats.py` writes.
#[derive(Deserialize)]
struct Golden {
    t: Vec<Means>,
    holm: Vec<Corrected>,
    exact: Vec<Exact>,
    drawn: Vec<Drawn>,
    bio: Vec<Bio>,
}

#[derive(Deserialize)]
struct Means {
    values: Vec<f64>,
    sd: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Corrected {
    p: Vec<f64>,
    corrected: Vec<f64>,
}

type Counts = Vec<Vec<[u32; 3]>>;

#[derive(Deserialize)]
struct Exact {
    a: Counts,
    b: Counts,
    difference: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Drawn {
    a: Counts,
    b: Counts,
    difference: f64,
    permutation_p: f64,
    bootstrap_p: f64,
    lower: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Bio {
    gold: Vec<Vec<String>>,
    predicted: Vec<Vec<String>>,
    precision: f64,
    recall: f64,
    f1: f64,
}

fn golden() -> Golden {
    serde_json::from_str(&fs::read_to_string("tests/golden/stats.json").unwrap()).unwrap()
}

fn outcomes(counts: &Counts) -> Outcomes {
    let prf = |it: &[u32; 3]| Prf { hits: it[0], predicted: it[1], gold: it[2] };
    Outcomes { seeds: counts.iter().map(|docs| docs.iter().map(prf).collect()).collect() }
}

#[track_caller]
fn near(found: f64, expected: f64, slack: f64) {
    assert!((found - expected).abs() <= slack, "{found} is not {expected}");
}

#[test]
fn intervals_of_means_are_those_of_scipy() {
    for case in golden().t {
        let interval = t_interval(&case.values, 0.95).unwrap();
        near(sample_sd(&case.values).unwrap(), case.sd, 1e-8);
        near(interval.low, case.low, 1e-8);
        near(interval.high, case.high, 1e-8);
    }
}

#[test]
fn corrected_p_values_are_those_of_a_closed_test() {
    for case in golden().holm {
        for (found, expected) in holm(&case.p).into_iter().zip(case.corrected) {
            near(found, expected, 1e-9);
        }
    }
}

#[test]
fn few_documents_are_permuted_in_all_ways() {
    for case in golden().exact {
        let (a, b) = (outcomes(&case.a), outcomes(&case.b));
        near(a.f1() - b.f1(), case.difference, 1e-9);
        near(permutation_p(&a, &b, Draws::default()), case.p, 1e-9);
        near(permutation_p(&b, &a, Draws::default()), case.p, 1e-9);
        let drawn = (1..=20).map(|seed| permutation_p(&a, &b, Draws { n: 999, seed }));
        near(drawn.sum::<f64>() / 20.0, case.p, 0.012);
    }
}

#[test]
fn many_documents_are_drawn_as_scipy_draws_them() {
    for case in golden().drawn {
        let (a, b) = (outcomes(&case.a), outcomes(&case.b));
        near(a.f1() - b.f1(), case.difference, 1e-9);
        let draws = Draws { n: 100_000, seed: 1 };
        let redraws = redraw(&[&a, &b], draws);
        let interval = redraws.difference(0, 1).unwrap();
        // Four standard errors of a share of 100,000 draws against one of 200,000.
        near(permutation_p(&a, &b, draws), case.permutation_p, 0.008);
        near(redraws.p(0, 1, case.difference), case.bootstrap_p, 0.008);
        near(redraws.lower(0, 1), case.lower, 0.008);
        near(interval.low, case.low, 0.002);
        near(interval.high, case.high, 0.002);
    }
}

#[test]
fn scores_are_those_of_seqeval() {
    for case in golden().bio {
        let mut scores = Scores::default();
        for (gold, predicted) in case.gold.iter().zip(&case.predicted) {
            scores.add(&spans(gold), &spans(predicted));
        }
        near(scores.micro.precision(), case.precision, 1e-9);
        near(scores.micro.recall(), case.recall, 1e-9);
        near(scores.micro.f1(), case.f1, 1e-9);
    }
}

/// The entities of a chain of BIO tags; word `n` is the byte `n`.
fn spans(tags: &[String]) -> Vec<Span> {
    let starts = (0..tags.len()).filter(|it| tags[*it].starts_with("B-"));
    let span = |start: usize| {
        let label = &tags[start][2..];
        let inside = format!("I-{label}");
        let len = 1 + tags[start + 1..].iter().take_while(|it| **it == inside).count();
        Span::new(start as u32, (start + len) as u32, Label::new(label).unwrap()).unwrap()
    };
    starts.map(span).collect()
}
