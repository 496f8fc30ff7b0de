//! Trainings on small made-up texts: the same run gives the same model, models survive being
//! stored, and a person's marks are learned at once.

use std::sync::Arc;

use corpus::{Label, Span, Unread};
use crf::{
    Example, Input, Live, Model, ModelError, Stage, Step, TrainError, Vectors, Words, read_words,
    train,
};
use proptest::prelude::*;

const DRUGS: [&str; 8] =
    ["aspirin", "warfarin", "heparin", "codeine", "morphine", "ketamine", "lidocaine", "atropine"];

const FRAMES: [&str; 6] = [
    "We gave # to the patient.",
    "The dose of # was low in most of them.",
    "Nausea was caused by # in two men.",
    "No effect of # on blood pressure was seen.",
    "After # the pain went away within hours.",
    "Women on # slept better than others.",
];

fn label() -> Label {
    Label::new("Drug").expect("it is a name")
}

/// A sentence with its drug marked.
fn example(at: usize) -> Example {
    let (frame, drug) = (FRAMES[at % FRAMES.len()], DRUGS[at / FRAMES.len() % DRUGS.len()]);
    let start = frame.find('#').expect("every frame has its place") as u32;
    let text: Arc<str> = frame.replace('#', &format!("{drug}-{at}")).into();
    let end = start + (drug.len() + 1 + at.to_string().len()) as u32;
    Example {
        text,
        spans: vec![Span::new(start, end, label()).expect("a drug has letters")],
        ..Example::default()
    }
}

fn input(n: usize, n_raw: usize) -> Input {
    Input {
        labels: vec![label()],
        examples: (0..n).map(example).collect(),
        raw: (n..n + n_raw).map(|it| example(it).text).collect(),
        seed: 1,
        ..Input::default()
    }
}

fn model(input: Input) -> Model {
    train(input).expect("there is something to learn").finish()
}

/// How many of the sentences have exactly their drug found.
fn n_right(examples: &[Example], predict: impl Fn(&str) -> Vec<crf::Scored>) -> usize {
    let is_right = |it: &&Example| {
        let found = predict(&it.text);
        found.len() == 1 && found[0].span == it.spans[0]
    };
    examples.iter().filter(is_right).count()
}

#[test]
fn a_training_that_is_stopped_gives_what_it_has() {
    let dev: Vec<Example> = (100..120).map(example).collect();
    let with_dev = || Input { dev: dev.clone(), ..input(24, 120) };
    let stopped_in = |stage: Stage| {
        let mut work = train(with_dev()).expect("there is something to learn");
        loop {
            match work.step() {
                Step::Working(it) if it.stage == stage => work.stop(),
                Step::Working(_) => {}
                Step::Done(model) => return model,
            }
        }
    };
    let mut work = train(with_dev()).expect("there is something to learn");
    let whole = loop {
        if let Step::Done(model) = work.step() {
            break model;
        }
    };
    let looks = work.looks();
    assert_eq!(looks[0].stage, Stage::Linear);
    assert!(looks.iter().all(|it| it.dev_f1.is_some_and(|it| 0.5 < it)), "{looks:?}");
    let size = |model: &Model| model.to_bytes().len();
    for stage in [Stage::Check, Stage::Teachers] {
        let stopped = stopped_in(stage);
        assert!(size(&stopped) < size(&whole), "{stage:?}: the linear member is small");
        assert!(15 <= n_right(&dev, |text| stopped.predict(text)), "{stage:?}");
    }
}

#[test]
fn a_training_is_repeatable_and_its_model_survives() {
    let trained = model(input(24, 120));
    let bytes = trained.to_bytes();
    assert!(bytes == model(input(24, 120)).to_bytes(), "the same input gave another model");
    let other = Input { seed: 2, ..input(24, 120) };
    assert!(bytes != model(other).to_bytes(), "the seed changes nothing");

    let read = Model::from_bytes(&bytes).unwrap();
    assert!(bytes == read.to_bytes(), "reading and writing changes the model");
    assert_eq!(read.labels(), [label()]);
    let unseen: Vec<Example> = (200..230).map(example).collect();
    for it in &unseen {
        assert_eq!(read.suggest(&it.text), trained.suggest(&it.text));
    }
    assert!(27 <= n_right(&unseen, |text| read.predict(text)));
    for it in read.suggest(&unseen[0].text) {
        assert!((0.0..=1.0).contains(&it.probability));
    }
    assert_eq!(read.predict(""), []);
}

#[test]
fn steps_come_to_the_same_as_no_pause() {
    let mut work = train(input(12, 0)).unwrap();
    let mut n = 0;
    let stepped = loop {
        n += 1;
        match work.step() {
            Step::Working(progress) => assert!((0.0..=1.0).contains(&progress.done)),
            Step::Done(model) => break model,
        }
    };
    assert!(10 < n, "{n} steps");
    assert!(stepped.to_bytes() == model(input(12, 0)).to_bytes());
}

#[test]
fn words_that_were_read_before_are_not_read_again() {
    let input = input(12, 20);
    let texts = input.raw.iter().chain(input.examples.iter().map(|it| &it.text)).cloned();
    let words = read_words(texts, Vectors::default()).finish();
    let bytes = words.to_bytes();
    let stored = Words::from_bytes(&bytes).unwrap();
    assert!(bytes == stored.to_bytes(), "reading and writing changes the words");
    for n in (0..bytes.len()).step_by(31) {
        assert!(Words::from_bytes(&bytes[..n]).is_err(), "{n} bytes");
    }
    let expect = model(input.clone()).to_bytes();
    for words in [words, stored.into()] {
        assert!(model(Input { words: Some(words), ..input.clone() }).to_bytes() == expect);
    }
}

#[test]
fn what_nobody_looked_at_is_not_learned_as_nothing() {
    // Behind each sentence stand two whose drugs are not marked.
    let half_read = |at: usize, is_said: bool| {
        let Example { text, spans, .. } = example(at);
        let more = [example(at + 7).text, example(at + 15).text].join(" ");
        let unread = vec![(text.len() as u32, (text.len() + 1 + more.len()) as u32)];
        let unread = if is_said { Unread::from(unread) } else { Unread::default() };
        Example { text: format!("{text} {more}").into(), spans, unread }
    };
    let unseen: Vec<Example> = (200..230).map(example).collect();
    let found = |is_said: bool| {
        let examples: Vec<Example> = (0..24).map(|at| half_read(at, is_said)).collect();
        let input = Input { labels: vec![label()], examples, seed: 1, ..Input::default() };
        let live = Live::start(input.clone()).unwrap().finish();
        let trained = model(input);
        let right = |predict: &dyn Fn(&str) -> Vec<crf::Scored>| n_right(&unseen, predict);
        (right(&|text| live.predict(text)), right(&|text| trained.predict(text)))
    };
    let (live, trained) = found(true);
    assert!(27 <= live && 27 <= trained, "{live} and {trained} of 30");
    let (live, trained) = found(false);
    assert!(live <= 20 && trained <= 20, "{live} and {trained} of 30");
}

#[test]
fn dev_texts_stop_the_training_but_teach_nothing() {
    let odd = Example { text: "Zzyzx zzyzx".into(), ..Example::default() };
    let with = model(Input { dev: vec![odd; 3], ..input(24, 120) });
    // Nothing can be found or missed in them, so that no round is worse than another.
    assert!(with.to_bytes() == model(input(24, 120)).to_bytes());
}

#[test]
fn what_cannot_be_learned_is_said() {
    let check = |input: Input, expect: TrainError| {
        assert_eq!(train(input).err(), Some(expect));
    };
    check(Input { labels: vec![], ..input(3, 0) }, TrainError::NoLabels);
    check(input(0, 3), TrainError::NoTexts);
    let other = Label::new("Disease").unwrap();
    check(Input { labels: vec![other], ..input(3, 0) }, TrainError::NoMarks);
    let many = (0..40).map(|it| Label::new(&format!("L{it}")).unwrap()).collect();
    check(Input { labels: many, ..input(3, 0) }, TrainError::TooManyLabels { n: 40, most: 32 });
}

#[test]
fn strange_texts_are_learned_and_read() {
    let strange = ["", "\u{301}", "粒子 🔬 é", "\n\n", "a\u{0}b", "ẞİǅ"];
    let mut input = input(6, 0);
    input.raw.extend(strange.iter().map(|it| Arc::from(*it)));
    input
        .examples
        .extend(strange.iter().map(|it| Example { text: (*it).into(), ..Example::default() }));
    let model = model(input);
    for text in strange {
        for it in model.suggest(text) {
            assert!(it.span.check(text).is_ok());
        }
    }
}

#[test]
fn live_learns_from_each_text() {
    let mut live = Live::start(input(4, 0)).unwrap().finish();
    let unseen: Vec<Example> = (200..248).map(example).collect();
    let placebo = |at: usize| Example {
        text: FRAMES[at % FRAMES.len()].replace('#', &format!("placebo-{at}")).into(),
        ..Example::default()
    };
    let n_wrong =
        |live: &Live| (100..118).filter(|it| !live.predict(&placebo(*it).text).is_empty()).count();
    assert_eq!(n_wrong(&live), 18);
    for at in 4..40 {
        live.learn(&example(at));
        live.learn(&placebo(at));
    }
    assert!(n_wrong(&live) <= 2, "{} placebos are drugs", n_wrong(&live));
    assert!(40 <= n_right(&unseen, |text| live.predict(text)));
    let model = Model::from_bytes(&live.model().to_bytes()).unwrap();
    assert!(40 <= n_right(&unseen, |text| model.predict(text)));

    // A person takes marks back.
    let text = unseen[0].text.clone();
    for _ in 0..8 {
        live.learn(&Example { text: text.clone(), ..Example::default() });
    }
    assert_eq!(live.predict(&text), []);
}

#[test]
fn other_bytes_are_refused() {
    let bytes = model(input(6, 0)).to_bytes();
    assert_eq!(Model::from_bytes(b"PK\x03\x04 something").err(), Some(ModelError::Unknown));
    assert_eq!(Model::from_bytes(&[]).err(), Some(ModelError::Unknown));
    let mut newer = bytes.clone();
    newer[7] += 1;
    assert_eq!(Model::from_bytes(&newer).err(), Some(ModelError::Version));
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(Model::from_bytes(&longer).err(), Some(ModelError::Damaged));
    for n in (8..bytes.len()).step_by(97) {
        assert_eq!(Model::from_bytes(&bytes[..n]).err(), Some(ModelError::Damaged), "{n} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn damaged_bytes_never_panic(
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        near in any::<bool>(),
    ) {
        use std::sync::OnceLock;
        static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
        let bytes = BYTES.get_or_init(|| model(input(6, 0)).to_bytes());
        let mut damaged = bytes.clone();
        for (index, byte) in at {
            let n = if near { 300.min(bytes.len()) } else { bytes.len() };
            damaged[index.index(n)] = byte;
        }
        if let Ok(model) = Model::from_bytes(&damaged) {
            model.suggest("We gave aspirin-5 to the patient.");
        }
    }
}
