//! spaCy's architecture, trained from nothing and from a pipeline.

mod sentences;

use corpus::Span;
use learn::{Config, LearnError, Progress, SpacyNer, Start, Training, Tutor, count_tokens, device};
use model::{Keeps, ModelError, Pipeline, VectorMode, Vectors};
use predict::Predictor;
use sentences::{SENTENCES, blank, block_on, examples, label, labels, learner, marked, small};

fn config(max_steps: u32) -> Config {
    Config { max_steps, look_steps: 50, ..Config::spacy() }
}

/// Trains to the end, and gives the last pipeline.
fn train(start: Start, config: Config) -> (Pipeline, Training<SpacyNer>) {
    let examples = examples(&SENTENCES);
    let learner = learner(&config, start.clone(), &examples);
    let dev = examples.clone();
    let mut training =
        Training::new(learner, config, &labels(), examples, dev).expect("it can be learned");
    while !matches!(block_on(training.step()).expect("the processor works"), Progress::Done(_)) {}
    let model = training.best().expect("it is over").1;
    (start.trained(model).expect("it was its base"), training)
}

/// What a pipeline finds in the sentences: start, end and label.
fn found(pipeline: Pipeline) -> Vec<Vec<(u32, u32, String)>> {
    let texts: Vec<String> = SENTENCES.iter().map(|it| marked(it).0).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let parsed =
        Predictor::new(pipeline).expect("it is whole").predict(&texts).expect("they are short");
    let entity = |it: predict::Entity| (it.start, it.end, it.label.to_string());
    parsed.into_iter().map(|it| it.entities.into_iter().map(entity).collect()).collect()
}

fn gold() -> Vec<Vec<(u32, u32, String)>> {
    let span = |it: Span| (it.start(), it.end(), it.label().to_string());
    SENTENCES.iter().map(|it| marked(it).1.into_iter().map(span).collect()).collect()
}

#[test]
fn sentences_are_learned_by_heart() {
    let (pipeline, training) = train(blank(), config(300));
    assert_eq!(training.evaluations().last().unwrap().dev_f1, Some(1.0));
    assert_eq!(found(pipeline), gold());
}

#[test]
fn a_pipeline_is_trained_on_and_its_tok2vec_may_stay() {
    let (base, _) = train(blank(), config(60));
    let counts = count_tokens(&labels(), &examples(&SENTENCES));
    let more = [(label("New"), 1)];
    let start = || Start::Pipeline(Box::new(base.clone()));
    let learner = SpacyNer::new(&config(30), "base", start(), &more, &device::cpu()).unwrap();
    let learner = learner.with_frozen_tok2vec();
    let mut training =
        Training::new(learner, config(30), &labels(), examples(&SENTENCES), examples(&SENTENCES))
            .unwrap();
    while !matches!(block_on(training.step()).unwrap(), Progress::Done(_)) {}
    let after = start().trained(training.best().unwrap().1).unwrap();
    let [before, now] =
        [&base, &after].map(|it| (it.trained_tok2vec().unwrap(), it.trained_ner().unwrap()));
    assert!(before.0 == now.0, "a frozen tok2vec stays");
    assert!(before.1.narrow != now.1.narrow);
    assert_eq!(now.1.moves.classes().len(), before.1.moves.classes().len() + 4);

    let new = |start, counts| SpacyNer::new(&config(1), "base", start, counts, &device::cpu());
    assert!(new(Start::OtherLabels(Box::new(base)), &counts).is_ok());
    let nothing = Pipeline { components: Vec::new(), ..after };
    let none = new(Start::Pipeline(Box::new(nothing)), &[]);
    assert!(matches!(none.err(), Some(LearnError::Model(ModelError::NoNer))));
}

/// Vectors in which words that are alike look alike: those of particles point one way.
fn vectors() -> Vectors {
    let particles = ["nanorods", "liposomes", "nanoparticles", "dots", "Dendrimers", "spheres"];
    let words = ["mice", "dose", "shell", "bacteria", "barrier", "Uptake"];
    let key = |word: &&str| tokenizer::lex::string_id(word);
    let mut table: Vec<(u64, i32)> = particles
        .iter()
        .map(|it| (key(it), 0))
        .chain(words.iter().map(|it| (key(it), 1)))
        .collect();
    table.sort_unstable();
    let rows = [[3.0, 0.0, 1.0], [0.0, 3.0, -1.0]].concat();
    Vectors { width: 3, rows, mode: VectorMode::Table(table) }
}

#[test]
fn word_vectors_are_read_and_tell_of_words_that_were_never_seen() {
    let mut base = blank().base().clone();
    base.vectors = Some(vectors());
    let start = Start::Tokens(Box::new(base), small());
    let (pipeline, _) = train(start.clone(), config(200));
    let tok2vec = pipeline.trained_tok2vec().unwrap();
    assert_eq!(tok2vec.vectors.as_ref().map(|it| it.shape().to_vec()), Some(vec![32, 3]));
    assert_eq!(pipeline.vectors, Some(vectors()), "they stay as they are");
    assert_eq!(found(pipeline), gold());
    // The same run from the pipeline that it made, with nothing kept but its tokens and vectors.
    let (again, _) = train(blank(), config(200));
    assert!(again.trained_tok2vec().unwrap().vectors.is_none());
    let bare = Start::Tokens(Box::new(train(start.clone(), config(5)).0), small());
    assert!(train(bare, config(5)).0 == train(start, config(5)).0);
}

#[test]
fn a_run_goes_on_from_what_it_had_learned() {
    let (half, _) = train(blank(), config(60));
    let model = half.to_model("base", Keeps::Tokens).unwrap();
    let config = config(60);
    let learner = SpacyNer::resume(&config, &model, blank(), &device::cpu()).unwrap();
    let mut training =
        Training::new(learner, config, &labels(), examples(&SENTENCES), examples(&SENTENCES))
            .unwrap();
    assert_eq!(block_on(training.model()).unwrap(), model, "nothing is lost on the way");
    while !matches!(block_on(training.step()).unwrap(), Progress::Done(_)) {}
    let mut other = model;
    other.arrays.remove("ner.narrow.bias");
    let damaged = SpacyNer::resume(&Config::spacy(), &other, blank(), &device::cpu());
    assert!(matches!(damaged.err(), Some(LearnError::Model(ModelError::MissingArray { .. }))));
}

#[test]
fn a_run_that_rehearses_goes_on_as_the_run_it_would_have_been() {
    let (base, _) = train(blank(), config(60));
    let start = || Start::Pipeline(Box::new(base.clone()));
    let all = || examples(&SENTENCES);
    let new = || learner(&config(12), start(), &all());
    let training = |learner| {
        Training::new(learner, config(12), &labels(), all(), Vec::new()).expect("it can be learned")
    };
    let rehearsing = |learner: SpacyNer| {
        let texts = all().into_iter().map(|it| it.text).collect();
        training(learner.with_tutor(Tutor::new(&base, texts).expect("it has ner")))
    };
    let run = |mut it: Training<SpacyNer>| {
        while !matches!(block_on(it.step()).unwrap(), Progress::Done(_)) {}
        block_on(it.model()).unwrap()
    };
    let straight = run(rehearsing(new()));
    let mut first = rehearsing(new());
    for _ in 0..5 {
        block_on(first.step()).unwrap();
    }
    let model = block_on(first.model()).unwrap();
    let state = block_on(first.state()).unwrap();
    let again = SpacyNer::resume(&config(12), &model, start(), &device::cpu()).unwrap();
    let mut second = rehearsing(again);
    assert!(second.restore(&state));
    assert_eq!(run(second), straight);
    assert_ne!(run(training(new())), straight, "rehearsal changes what is learned");
}
