//! What is said of made-up figures. Read them: each must be right.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod made_up;

use corpus::Label;
use expect_test::{Expect, expect};
use experiment::stats::Draws;
use experiment::{Advice, BaseKind, Comparison, Division, Rule, Verdict, advise};
use model::NerParts;

use made_up::{Model, run, texts};

const SHARES: Division = Division::Shares { dev_percent: 10, test_percent: 40 };

struct Case {
    n_texts: usize,
    n_seeds: u64,
    shares: &'static [u8],
    models: Vec<Model>,
}

impl Case {
    fn new(models: Vec<Model>) -> Self {
        Self { n_texts: 200, n_seeds: 3, shares: &[25, 50, 75], models }
    }

    fn compare(&self) -> Comparison {
        let snapshot = texts(self.n_texts, &["Chemical", "Disease", "Gene"]);
        let (experiment, records) =
            run(&snapshot, &self.models, self.n_seeds, self.shares, &SHARES);
        let draws = Draws { n: 2_000, seed: 1 };
        Comparison::new(&experiment, &snapshot, &records, draws).unwrap()
    }
}

#[track_caller]
fn check(case: &Case, expect: &Expect) {
    let comparison = case.compare();
    let advice = advise(&comparison);
    let lines = advice.sentences.iter().map(|it| format!("{:?}: {}\n", it.rule, it.text));
    expect.assert_eq(&lines.collect::<String>());
    never_too_sure(&comparison, &advice);
}

/// A winner is significantly better than all others, in enough texts.
#[track_caller]
fn never_too_sure(comparison: &Comparison, advice: &Advice) {
    if advice.sentence(Rule::Winner).is_none() {
        return;
    }
    let winner = advice.recommended.as_ref().unwrap();
    for other in comparison.bases.iter().map(|it| &it.key).filter(|it| *it != winner) {
        let pair = comparison.pair(winner, other).unwrap();
        assert_eq!(&pair.higher, winner);
        assert_eq!(pair.verdict(), Verdict::VeryLikely);
        assert!(pair.corrected_p <= 0.05 && 30 <= pair.n_docs);
    }
}

fn large(name: &str, recall: &[f64]) -> Model {
    Model { secs: 250.0, words_per_sec: 2_140.0, bytes: 28_800_000, ..Model::new(name, recall) }
}

#[test]
fn a_clear_winner_with_its_price() {
    let case = Case::new(vec![
        large("bert-small-bio", &[0.9, 0.82, 0.7]),
        Model::new("blank:en", &[0.78, 0.7, 0.5]),
        Model { bytes: 1_300_000, ..Model::new("char-cnn", &[0.72, 0.6, 0.5]) },
    ]);
    check(
        &case,
        &expect![[r#"
            Winner: Take bert-small-bio. It finds about 15 more spans in 100 than blank:en, the next best (F1 0.105 higher).
            HowSure: The gain is very likely real: blank:en was lower in 100 of 100 redraws of the scored texts, and every other base at least as often.
            Price: It is 9 times slower and 14 times larger than blank:en.
            SmallerOne: If the model must be small, take blank:en: 2.1 MB, F1 0.724.
            MarkMore: Mark more Gene: bert-small-bio misses 37 of 100, and has 71 marks to learn from.
            MoreTexts: 200 more training texts should change F1 by +0.031 (95 % band +0.004 to +0.058). That is a rough guess: it is far from what was tried. Whether that is worth the work cannot be told yet.
            Vectors: No base here reads word vectors. They help most where texts are few: bring some in on Bases, and try one with them.
        "#]],
    );
}

#[test]
fn no_difference_takes_the_smallest() {
    let case = Case::new(vec![
        large("bert-small-bio", &[0.8, 0.8, 0.8]),
        Model::new("blank:en", &[0.795, 0.8, 0.79]),
        Model::new("char-cnn", &[0.5, 0.4, 0.4]),
    ]);
    check(
        &case,
        &expect![[r#"
            Smallest: Take the smallest, blank:en. bert-small-bio is not clearly better.
            HowSure: bert-small-bio is 0.017 higher in F1 than blank:en, which is little, and not shown to be more than chance: blank:en is lower in 91 of 100 redraws. That does not show that they are equal.
            MarkMore: Mark more Gene: blank:en misses 26 of 100, and has 71 marks to learn from.
            MoreTexts: 200 more training texts should change F1 by +0.028 (95 % band +0.006 to +0.062). That is a rough guess: it is far from what was tried. Whether that is worth the work cannot be told yet.
            Vectors: No base here reads word vectors. They help most where texts are few: bring some in on Bases, and try one with them.
            MoreScored: To tell bert-small-bio and blank:en apart, score on more texts: about 370 are needed for a difference like this.
        "#]],
    );
}

#[test]
fn few_texts_make_no_winner() {
    let mut case =
        Case::new(vec![Model::new("a", &[0.9, 0.9, 0.9]), Model::new("b", &[0.6, 0.6, 0.6])]);
    case.n_texts = 24;
    check(
        &case,
        &expect![[r#"
            Leader: Go on with a. It finds about 27 more spans in 100 than b, the next best (F1 0.188 higher).
            HowSure: It leads, but that is not certain: b was lower in 100 of 100 redraws, but of 9 texts only.
            FewDocs: Only 9 texts are scored: all of this may change with more. Score on at least 30.
            MarkMore: Mark more Chemical: a misses 15 of 100, and has 41 marks to learn from.
            MoreTexts: 36 more training texts should change F1 by +0.002 (95 % band +0.001 to +0.064). That is a rough guess: it is far from what was tried. Whether that is worth the work cannot be told yet.
            Vectors: No base here reads word vectors. They help most where texts are few: bring some in on Bases, and try one with them.
        "#]],
    );
}

#[test]
fn one_seed_asks_for_more_and_no_curve_for_shares() {
    let mut case = Case::new(vec![
        Model::new("a", &[0.8, 0.8, 0.3]),
        Model { misaligned: 0.05, ..Model::new("b", &[0.79, 0.8, 0.35]) },
    ]);
    (case.n_seeds, case.shares) = (1, &[]);
    check(
        &case,
        &expect![[r#"
            Leader: Go on with a. It finds about 5 more spans in 100 than b, the next best (F1 0.033 higher).
            HowSure: It leads, but that is not certain: b was lower in 88 of 100 redraws, which may be chance all the same (p 0.24).
            MarkMore: Mark more Gene: a misses 65 of 100, and has 71 marks to learn from.
            MoreTexts: Whether more texts would help is not known: train on 25, 50 and 75 % of them, too, for a learning curve.
            Vectors: No base here reads word vectors. They help most where texts are few: bring some in on Bases, and try one with them.
            MoreSeeds: Train with at least 3 seeds: one run says nothing of luck, and a and b may change places.
        "#]],
    );
}

#[test]
fn a_pipeline_says_which_components_matter() {
    let mut pipeline = large("en_core_sci_sm", &[0.85, 0.84, 0.83]);
    let names = ["tok2vec", "tagger", "attribute_ruler", "lemmatizer", "parser", "ner"];
    pipeline.base.kind = BaseKind::PipelineWithoutNer;
    pipeline.base.parts = Some(NerParts {
        components: names.map(str::to_owned).to_vec(),
        ner_listens: true,
        other_listeners: ["tagger", "parser"].map(str::to_owned).to_vec(),
        sets_sentences: Some("parser".to_owned()),
        idle: ["tagger", "attribute_ruler", "lemmatizer"].map(str::to_owned).to_vec(),
    });
    let mut with_vectors = Model::new("blank:en + vectors", &[0.74, 0.72, 0.7]);
    with_vectors.base.vectors = Some("biowordvec".to_owned());
    let mut blank = Model::new("blank:en", &[0.64, 0.62, 0.6]);
    blank.misaligned = 0.04;
    check(
        &Case::new(vec![pipeline, with_vectors, blank]),
        &expect![[r#"
            Winner: Take en_core_sci_sm. It finds about 13 more spans in 100 than blank:en + vectors, the next best (F1 0.098 higher).
            HowSure: The gain is very likely real: blank:en + vectors was lower in 100 of 100 redraws of the scored texts, and every other base at least as often.
            Price: It is 9 times slower and 14 times larger than blank:en + vectors.
            SmallerOne: If the model must be small, take blank:en + vectors: 2.1 MB, F1 0.730.
            MarkMore: Mark more Disease: en_core_sci_sm misses 19 of 100, and has 73 marks to learn from.
            MoreTexts: 200 more training texts should change F1 by +0.014 (95 % band +0.001 to +0.054). That is a rough guess: it is far from what was tried. Whether that is worth the work cannot be told yet.
            Vectors: With word vectors, blank:en + vectors is 0.088 higher than blank:en: very likely real.
            Pipeline: In en_core_sci_sm, ner shares its tok2vec with tagger and parser: training ner changes what they find. If you need them, freeze tok2vec or give ner one of its own.
            Pipeline: parser sets sentence starts before ner, and no entity crosses one: keep it, since without it other entities are found.
            Pipeline: tagger, attribute_ruler and lemmatizer do not matter for entities: leave them out for a smaller and faster model.
        "#]],
    );
}

#[test]
fn a_pipeline_as_it_came_may_be_best_and_needs_no_seeds() {
    let mut as_it_came = large("en_ner_bc5cdr_md", &[0.85, 0.82, 0.8]);
    as_it_came.base.kind = BaseKind::AsItCame;
    as_it_came.base.labels = ["CHEMICAL", "DISEASE"].map(made_up::label).to_vec();
    let case = Case::new(vec![as_it_came, Model::new("nerine", &[0.6, 0.6, 0.6])]);
    check(
        &case,
        &expect![[r#"
            Winner: Take en_ner_bc5cdr_md. It finds about 22 more spans in 100 than nerine, the next best (F1 0.164 higher).
            HowSure: The gain is very likely real: nerine was lower in 100 of 100 redraws of the scored texts.
            Price: It is 9 times slower and 14 times larger than nerine.
            SmallerOne: If the model must be small, take nerine: 2.1 MB, F1 0.654.
            SeenBefore: en_ner_bc5cdr_md came with what it had learned elsewhere: if these texts were part of that, its score is too high.
            Vectors: No base here reads word vectors. They help most where texts are few: bring some in on Bases, and try one with them.
        "#]],
    );
}

#[test]
fn a_label_with_many_marks_that_is_still_missed_is_looked_at() {
    let mut case =
        Case::new(vec![Model::new("a", &[0.9, 0.4, 0.9]), Model::new("b", &[0.8, 0.4, 0.8])]);
    case.n_texts = 1200;
    check(
        &case,
        &expect![[r#"
        Winner: Take a. It finds about 9 more spans in 100 than b, the next best (F1 0.068 higher).
        HowSure: The gain is very likely real: b was lower in 100 of 100 redraws of the scored texts.
        CheckMarks: Look at how Disease is marked: there are 448 marks to learn from, and a still misses 59 of 100. Marks that contradict each other are a likelier reason than too few.
        MoreTexts: 200 more training texts should change F1 by +0.008 (95 % band +0.004 to +0.017). Whether that is worth the work cannot be told yet.
        Vectors: No base here reads word vectors. They help most where texts are few: bring some in on Bases, and try one with them.
    "#]],
    );
}

#[test]
fn names_that_are_new_in_each_text_are_told_from_marks_that_contradict_each_other() {
    let models = vec![Model::new("a", &[0.9, 0.4, 0.9]), Model::new("b", &[0.8, 0.4, 0.8])];
    let mut case = Case::new(models);
    case.n_texts = 1200;
    let mut comparison = case.compare();
    let disease = Label::new("Disease").unwrap();
    let spans = comparison.spans.get_mut(&disease).unwrap();
    assert!(spans.unseen <= spans.scored);
    spans.unseen = spans.scored * 7 / 10;
    let advice = advise(&comparison);
    let said = &advice.sentence(Rule::NewNames).unwrap().text;
    assert!(said.contains("are words that no text to learn from has marked"), "{said}");
    assert!(advice.sentence(Rule::CheckMarks).is_none());
}

#[test]
fn a_lonely_or_hopeless_base() {
    check(
        &Case::new(vec![Model::new("a", &[0.8])]),
        &expect![[r#"
            OnlyOne: a came to an F1 of 0.801. Add a second base, to have something to compare it with.
            MarkMore: Mark more Gene: a misses 19 of 100, and has 71 marks to learn from.
            MoreTexts: 200 more training texts should change F1 by +0.027 (95 % band +0.002 to +0.069). That is a rough guess: it is far from what was tried. Whether that is worth the work cannot be told yet.
            Vectors: No base here reads word vectors. They help most where texts are few: bring some in on Bases, and try one with them.
        "#]],
    );
    let hopeless = |name| Model { noise: 0.0, ..Model::new(name, &[0.0]) };
    check(
        &Case::new(vec![hopeless("a"), hopeless("b")]),
        &expect![[r#"
        NothingLearned: No base has learned to find these marks: the best F1 is 0.013. Mark more texts, and see on Align whether marks fit the tokens.
    "#]],
    );
}

#[test]
fn chance_alone_hardly_ever_makes_a_winner() {
    let mut n_winners = 0;
    for at in 0..40 {
        // Names are what draws follow from: 40 pairs of models of the same quality.
        let models = ["a", "b"].map(|it| Model::new(&format!("{it}{at}"), &[0.7, 0.7, 0.6]));
        let case = Case { shares: &[], ..Case::new(models.to_vec()) };
        let advice = advise(&case.compare());
        n_winners += usize::from(advice.sentence(Rule::Winner).is_some());
    }
    assert!(n_winners <= 2, "{n_winners} of 40 winners are none");
}
