use std::collections::BTreeSet;

use corpus::{Doc, Label};
use proptest::prelude::*;

use super::*;
use crate::sample::{doc, label};

fn freeze(docs: &[Doc]) -> Snapshot {
    Snapshot::freeze(docs, &["A", "B", "C"].map(label), Some("group")).unwrap()
}

/// A snapshot whose documents hold so many spans of A, B and C, some of them in groups.
fn snapshot(counts: &[([usize; 3], Option<u8>)]) -> Snapshot {
    let doc = |(at, (counts, group)): (usize, &([usize; 3], Option<u8>))| {
        let names = ["A", "B", "C"].into_iter().zip(counts);
        let names = names.flat_map(|(name, n)| std::iter::repeat_n(name, *n));
        let spans: Vec<_> = (0..).zip(names).map(|(at, name)| (at, at + 1, name)).collect();
        let mut doc = doc(&format!("{at:04}"), &"x".repeat(99), &spans);
        if let Some(group) = group {
            doc.meta.0.insert("group".into(), (*group).into());
        }
        doc
    };
    freeze(&counts.iter().enumerate().map(doc).collect::<Vec<_>>())
}

/// 200 documents: A everywhere, B in a third, C in ten.
fn uneven() -> Snapshot {
    let counts = |at: usize| {
        (
            [1 + at % 4, usize::from(at.is_multiple_of(3)) * 2, usize::from(at.is_multiple_of(20))],
            None,
        )
    };
    snapshot(&(0..200).map(counts).collect::<Vec<_>>())
}

fn share(snapshot: &Snapshot, docs: &[DocId], name: &str) -> f64 {
    let name: Label = label(name);
    let count = |docs: &mut dyn Iterator<Item = &FrozenDoc>| {
        docs.flat_map(|it| &it.gold).filter(|it| *it.label() == name).count() as f64
    };
    let part = count(&mut docs.iter().filter_map(|it| snapshot.doc(it)));
    part / count(&mut snapshot.docs().iter())
}

#[test]
fn each_part_has_its_share_of_each_label() {
    let snapshot = uneven();
    for seed in 0..20 {
        let shares = Division::Shares { dev_percent: 10, test_percent: 20 };
        let fold = &Split::draw(&snapshot, &shares, seed).unwrap().folds[0];
        for (docs, wanted) in [(&fold.train, 0.7), (&fold.test, 0.2), (&fold.dev, 0.1)] {
            assert!((docs.len() as f64 / 200.0 - wanted).abs() < 0.01, "{}", docs.len());
            for (name, slack) in [("A", 0.005), ("B", 0.02), ("C", 0.001)] {
                let found = share(&snapshot, docs, name);
                assert!((found - wanted).abs() <= slack, "{name}: {found} of {wanted}");
            }
        }
    }
}

#[test]
fn each_share_of_the_training_documents_is_stratified_and_nested() {
    let snapshot = uneven();
    let shares = Division::Shares { dev_percent: 0, test_percent: 20 };
    let fold = &Split::draw(&snapshot, &shares, 1).unwrap().folds[0];
    for percent in [25, 50, 75] {
        let part = fold.train_share(percent);
        assert!(fold.train.starts_with(part));
        for name in ["A", "B", "C"] {
            let found = share(&snapshot, part, name) / 0.8;
            let wanted = f64::from(percent) / 100.0;
            assert!((found - wanted).abs() < 0.03, "{name}: {found} of {wanted}");
        }
    }
    assert_eq!(fold.train_share(100), fold.train);
    assert_eq!(fold.train_share(1).len(), 2);
}

#[test]
fn the_same_seed_gives_the_same_split_for_ever() {
    let division = Division::Folds { n: 5, dev_percent: 10 };
    let snapshot = uneven();
    let split = Split::draw(&snapshot, &division, 7).unwrap();
    assert_eq!(Split::draw(&snapshot, &division, 7).unwrap(), split);
    assert_ne!(Split::draw(&snapshot, &division, 8).unwrap(), split);
}

#[test]
fn a_given_side_is_kept() {
    let snapshot = snapshot(&[([1, 0, 0], None), ([1, 0, 0], None), ([1, 0, 0], None)]);
    let id = |at: usize| snapshot.docs()[at].id.clone();
    let sides = BTreeMap::from([(id(0), Side::Dev), (id(2), Side::Train)]);
    let draw = |sides| Split::draw(&snapshot, &Division::Given(sides), 0);
    let split = draw(sides).unwrap();
    assert_eq!((&split.folds[0].train.len(), split.folds[0].scored()), (&2, &[id(0)][..]));
    assert_eq!(draw(BTreeMap::new()), Err(Refusal::NoScoredDocs));
    let all = (0..3).map(|it| (id(it), Side::Test)).collect();
    assert_eq!(draw(all), Err(Refusal::NoTrainDocs));
    let other = DocId("other".into());
    assert_eq!(draw(BTreeMap::from([(other.clone(), Side::Dev)])), Err(Refusal::UnknownDoc(other)));
}

#[test]
fn what_cannot_be_parted_is_refused() {
    let one_group = snapshot(&[([1, 0, 0], Some(1)), ([1, 0, 0], Some(1))]);
    let draw = |division| Split::draw(&one_group, &division, 0);
    assert_eq!(
        draw(Division::Shares { dev_percent: 0, test_percent: 20 }),
        Err(Refusal::TooFewGroups { found: 1, wanted: 2 })
    );
    assert_eq!(
        draw(Division::Folds { n: 3, dev_percent: 0 }),
        Err(Refusal::TooFewGroups { found: 1, wanted: 3 })
    );
    assert_eq!(draw(Division::Folds { n: 1, dev_percent: 0 }), Err(Refusal::TooFewFolds(1)));
    assert_eq!(
        draw(Division::Shares { dev_percent: 40, test_percent: 60 }),
        Err(Refusal::NothingToTrain { dev: 40, test: 60 })
    );
}

fn corpora() -> impl Strategy<Value = Snapshot> {
    let counts = [1..5_usize, 0..3, 0..2];
    let group = prop::option::of(0..12_u8);
    prop::collection::vec((counts, group), 14..60).prop_map(|docs| snapshot(&docs))
}

proptest! {
    #[test]
    fn every_document_is_on_one_side_and_groups_stay_together(
        snapshot in corpora(),
        seed: u64,
        folds in prop::option::of(2..5_u8),
    ) {
        let division = match folds {
            Some(n) => Division::Folds { n, dev_percent: 20 },
            None => Division::Shares { dev_percent: 10, test_percent: 20 },
        };
        let n_items = items(&snapshot, snapshot.docs()).len();
        prop_assume!(6 <= n_items);
        let split = Split::draw(&snapshot, &division, seed).unwrap();
        let mut tested = BTreeSet::new();
        for fold in &split.folds {
            let sides = [&fold.train, &fold.dev, &fold.test];
            let all: BTreeSet<_> = sides.into_iter().flatten().collect();
            prop_assert_eq!(all.len(), snapshot.docs().len());
            prop_assert_eq!(sides.iter().map(|it| it.len()).sum::<usize>(), all.len());
            prop_assert!(sides.iter().all(|it| !it.is_empty()));
            for side in sides {
                let group = |id: &DocId| snapshot.doc(id).unwrap().group.clone();
                let groups: BTreeSet<_> = side.iter().filter_map(group).collect();
                let is_in = |id: &DocId| group(id).is_some_and(|it| groups.contains(&it));
                let n_docs = snapshot.docs().iter().filter(|it| is_in(&it.id)).count();
                prop_assert_eq!(side.iter().filter(|it| is_in(it)).count(), n_docs);
            }
            tested.extend(fold.test.clone());
        }
        prop_assert!(folds.is_none() || tested.len() == snapshot.docs().len());
    }
}
