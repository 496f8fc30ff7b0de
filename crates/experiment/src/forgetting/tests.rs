use super::*;
use crate::sample::{label, span};

fn found(doc: &str, spans: &[Span]) -> Prediction {
    Prediction { doc: DocId(doc.into()), spans: spans.to_vec() }
}

fn old() -> [Prediction; 3] {
    [
        found("1", &[span(0, 2, "PERSON"), span(4, 6, "ORG")]),
        found("2", &[span(0, 2, "PERSON"), span(3, 5, "Chemical")]),
        found("3", &[span(0, 2, "PERSON")]),
    ]
}

fn new() -> [Prediction; 2] {
    [
        found("1", &[span(0, 2, "PERSON"), span(4, 7, "ORG"), span(8, 9, "Chemical")]),
        found("2", &[span(0, 2, "PERSON")]),
    ]
}

fn key() -> BaseKey {
    BaseKey("base".into())
}

#[test]
fn a_base_is_held_against_itself_or_gold_on_the_labels_that_it_knew() {
    let labels = ["PERSON", "ORG"].map(label);
    let silver = Forgetting::against_silver(key(), &labels, &old(), &new());
    assert_eq!(silver.micro.before, Prf { hits: 4, predicted: 4, gold: 4 });
    assert_eq!(silver.micro.after, Prf { hits: 2, predicted: 3, gold: 4 });
    assert_eq!(silver.worst().unwrap().0, &label("ORG"));
    assert_eq!(
        silver.sentence("base"),
        "base agrees with what it found before training to an F1 of 0.571 (3 texts; its own \
         findings are no gold). ORG lost most: −1.000."
    );
    let gold = [found("1", &[span(0, 2, "PERSON")]), found("2", &[])];
    let gold = Forgetting::against_gold(key(), &labels, &gold, &old(), &new());
    assert_eq!(
        gold.sentence("base"),
        "On the labels that it knew, base went from F1 0.500 to 0.500 (2 texts with gold \
         marks). No label lost more than 0.02."
    );
    let nothing = Forgetting::against_gold(key(), &labels, &[found("1", &[])], &old(), &new());
    assert!(nothing.sentence("base").ends_with("what it forgot is not known."));
}

#[test]
fn remedies_are_held_against_none() {
    let labels = ["PERSON", "ORG"].map(label);
    let run = |remedy, after: &[Prediction], learned_f1, train_secs, model_bytes| RemedyRun {
        remedy,
        forgetting: Forgetting::against_silver(key(), &labels, &old(), after),
        learned_f1,
        train_secs,
        model_bytes,
    };
    let runs = [
        run(Remedy::Replay, &old(), 0.78, 150.0, 12_000_000),
        run(Remedy::SeparateNer, &old(), 0.8, 100.0, 16_000_000),
        run(Remedy::None, &new(), 0.8, 100.0, 12_000_000),
    ];
    assert_eq!(remedy_effects(&runs[..2]), None);
    let said =
        remedy_effects(&runs).unwrap().iter().map(RemedyEffect::sentence).collect::<Vec<_>>();
    assert_eq!(
        said,
        [
            "With replay of its own predictions F1 changes by +0.429 on the old labels and by \
             −0.020 on the new ones, at 1.5 times the training time.",
            "With a second ner beside its own F1 changes by +0.429 on the old labels and by 0.000 \
             on the new ones, at 4.0 MB more to store.",
            "Without a remedy F1 is 0.571 on the old labels and 0.800 on the new ones.",
        ]
    );
}
