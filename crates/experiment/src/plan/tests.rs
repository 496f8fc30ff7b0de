use super::*;
use crate::sample::{base, doc, label};
use crate::{BaseKind, Division};

fn snapshot() -> Snapshot {
    let name = |at: usize| if at == 7 { "B" } else { "A" };
    let docs: Vec<_> = (0..8).map(|at| doc(&at.to_string(), "x", &[(0, 1, name(at))])).collect();
    Snapshot::freeze(&docs, &["A", "B"].map(label), None).unwrap()
}

fn experiment() -> Experiment {
    let snapshot = snapshot();
    let division = Division::Folds { n: 2, dev_percent: 20 };
    Experiment {
        snapshot: snapshot.hash().clone(),
        split: Split::draw(&snapshot, &division, 1).unwrap(),
        bases: vec![
            base("blank:en", BaseKind::Blank { lang: "en".into() }),
            base("as it came", BaseKind::AsItCame),
        ],
        seeds: vec![1, 2],
        shares: vec![50],
        settings: "epochs = 3".into(),
    }
}

#[test]
fn every_base_is_trained_once_before_any_is_trained_again() {
    let runs = experiment().runs();
    let shown: Vec<_> =
        runs.iter().map(|it| format!("{} {} {} {}", it.base, it.seed, it.fold, it.share)).collect();
    let expected = [
        "blank:en 1 0 100",
        "as it came 0 0 100",
        "blank:en 1 1 100",
        "as it came 0 1 100",
        "blank:en 2 0 100",
        "blank:en 2 1 100",
        "blank:en 1 0 50",
        "blank:en 1 1 50",
        "blank:en 2 0 50",
        "blank:en 2 1 50",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_key_follows_from_what_the_run_follows_from_and_nothing_else() {
    let keys = |it: &Experiment| it.runs().into_iter().map(|it| it.key).collect::<BTreeSet<_>>();
    let first = experiment();
    assert_eq!(keys(&first).len(), first.runs().len());
    let mut more = first.clone();
    more.bases.insert(0, base("nerine", BaseKind::Nerine));
    more.seeds.insert(0, 9);
    more.shares.push(25);
    assert!(keys(&first).is_subset(&keys(&more)));
    let other = Experiment { settings: "epochs = 4".into(), ..first.clone() };
    let in_both: Vec<_> = keys(&first).intersection(&keys(&other)).cloned().collect();
    assert_eq!(in_both.len(), 2, "those that train nothing");
}

#[test]
fn what_cannot_be_is_refused() {
    let check = |change: fn(&mut Experiment), refusal: &Refusal| {
        let mut experiment = experiment();
        change(&mut experiment);
        assert_eq!(experiment.check(&snapshot()).as_ref(), Err(refusal));
    };
    check(|it| it.bases.clear(), &Refusal::NoBases);
    check(|it| it.bases[1].key = it.bases[0].key.clone(), &Refusal::SameBase("as it came".into()));
    check(|it| it.seeds.clear(), &Refusal::NoSeeds);
    check(|it| it.shares.push(0), &Refusal::BadShare(0));
    let stranger = || DocId("stranger".into());
    check(
        |it| it.split.folds[1].dev.push(DocId("stranger".into())),
        &Refusal::UnknownDoc(stranger()),
    );
    check(|it| it.split.folds[1].train.clear(), &Refusal::NoTrainDocs);
    check(|it| it.split.folds.clear(), &Refusal::NoScoredDocs);
}

#[test]
fn labels_without_a_place_are_named() {
    let mut experiment = experiment();
    let only = DocId("7".into());
    let others: Vec<_> = (0..7).map(|it| DocId(it.to_string())).collect();
    experiment.split.folds = vec![Fold {
        train: others[..4].to_vec(),
        dev: others[4..].to_vec(),
        test: vec![only.clone()],
    }];
    let cautions = experiment.check(&snapshot()).unwrap();
    assert_eq!(
        cautions,
        [Caution::OnlyScored { label: label("B"), n_spans: 1 }, Caution::FewScored { n_docs: 1 }]
            .into_iter()
            .flat_map(|it| match it {
                // A is never on the test side, which has one document.
                Caution::OnlyScored { .. } => vec![Caution::NeverScored { label: label("A") }, it],
                other => vec![other],
            })
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_base_that_is_only_scored_must_share_a_label() {
    let mut experiment = experiment();
    let unfit =
        |it: &Experiment| it.unfit(&snapshot()).into_iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(unfit(&experiment), [BaseKey("as it came".into())]);
    experiment.bases[1].labels = vec![label("a")];
    assert!(unfit(&experiment).is_empty(), "a means A");
    experiment.bases[1].labels = vec![label("PERSON")];
    experiment.bases[1].kind = BaseKind::PipelineWithNer;
    assert!(unfit(&experiment).is_empty(), "it can learn them");
    let cautions = experiment.check(&snapshot()).unwrap();
    assert!(cautions.contains(&Caution::KnowsOtherLabels { base: "as it came".into() }));
}
