//! How a run goes and ends.

mod sentences;

use learn::{
    Config, Evaluation, LearnError, Progress, SpacyNer, Stop, TraceError, Training, Unlearned,
    compare_traces, device, loss_trace,
};
use model::Model;
use sentences::{SENTENCES, blank, block_on, examples, label, labels, learner};

/// Looks at the dev texts behind each epoch, which is a step.
fn config(epochs: u32) -> Config {
    Config { epochs, look_steps: 0, learning_rate: 0.003, ..Config::spacy() }
}

fn training(config: Config, train: &[&str], dev: &[&str]) -> Training<SpacyNer> {
    let (train, dev) = (examples(train), examples(dev));
    let learner = learner(&config, blank(), &train);
    Training::new(learner, config, &labels(), train, dev).expect("there is something to learn")
}

/// Goes on to the end.
fn run(training: &mut Training<SpacyNer>) -> (Stop, Model) {
    loop {
        if let Progress::Done(why) = block_on(training.step()).expect("the processor works") {
            return (why, training.best().expect("a run ends with a model").1.clone());
        }
    }
}

/// What does not depend on the clock.
fn numbers(evaluations: &[Evaluation]) -> Vec<Evaluation> {
    evaluations.iter().map(|it| Evaluation { secs: 0.0, words_per_sec: 0.0, ..*it }).collect()
}

#[test]
fn a_seed_gives_one_run() {
    let trace = |seed| {
        let config = Config { seed, ..config(3) };
        let mut training = training(config, &SENTENCES[..5], &SENTENCES[5..]);
        let model = run(&mut training).1;
        (numbers(training.evaluations()), model)
    };
    assert_eq!(trace(5), trace(5));
    assert_ne!(trace(5).0, trace(6).0);
}

#[test]
fn without_dev_texts_the_last_model_is_kept() {
    let mut training = training(Config { patience: 1, ..config(3) }, &SENTENCES, &[]);
    assert_eq!(run(&mut training).0, Stop::Epochs);
    assert_eq!(training.best().unwrap().0, 2);
    assert!(training.evaluations().iter().all(|it| it.dev_f1.is_none() && it.is_best));
}

#[test]
fn patience_and_time_end_a_run() {
    // A step size of nothing never gets better.
    let config = Config { learning_rate: 0.0, patience: 2, ..config(u32::MAX) };
    let mut stuck = training(config, &SENTENCES[..5], &SENTENCES[5..]);
    assert_eq!(run(&mut stuck).0, Stop::Patience);
    assert_eq!(stuck.evaluations().len(), 3);
    let config = Config { max_secs: Some(0.0), ..Config::spacy() };
    let mut late = training(config, &SENTENCES[..5], &SENTENCES[5..]);
    assert_eq!(run(&mut late).0, Stop::Time);
}

#[test]
fn an_interrupted_run_is_resumed() {
    let (learned, judged) = SENTENCES.split_at(5);
    let mut first = training(config(8), learned, judged);
    while first.evaluations().len() < 4 {
        block_on(first.step()).unwrap();
    }
    let checkpoint = block_on(first.model()).unwrap();
    let best = first.best().map(|(at, model)| (at, model.clone()));
    let done = first.evaluations().to_vec();

    let learner = SpacyNer::resume(&config(8), &checkpoint, blank(), &device::cpu()).unwrap();
    let (learned, judged) = (examples(learned), examples(judged));
    let resumed = Training::new(learner, config(8), &labels(), learned, judged).unwrap();
    let mut resumed = resumed.after(done.clone(), best, 100.0);
    run(&mut resumed);
    assert_eq!(resumed.evaluations()[..4], done);
    assert_eq!(resumed.evaluations().len(), 8);
    assert!(resumed.evaluations()[4].train_loss < done[1].train_loss);
    assert!(100.0 <= resumed.secs());
}

#[test]
fn a_run_that_goes_on_from_its_state_is_the_run_it_would_have_been() {
    let (learned, judged) = SENTENCES.split_at(5);
    let plain = |it: &Training<SpacyNer>| -> Vec<_> {
        let look = |it: &Evaluation| (it.epoch, it.train_loss, it.dev_loss, it.dev_f1, it.is_best);
        it.evaluations().iter().map(look).collect()
    };
    let mut straight = training(config(8), learned, judged);
    run(&mut straight);
    // In the middle of an epoch, and behind its last batch.
    for n_steps in [3, 4, 5, 9, 14] {
        let mut first = training(config(8), learned, judged);
        for _ in 0..n_steps {
            block_on(first.step()).unwrap();
        }
        let checkpoint = block_on(first.model()).unwrap();
        let state = block_on(first.state()).unwrap();
        let best = first.best().map(|(at, model)| (at, model.clone()));
        let done = first.evaluations().to_vec();

        let learner = SpacyNer::resume(&config(8), &checkpoint, blank(), &device::cpu()).unwrap();
        let (learned, judged) = (examples(learned), examples(judged));
        let resumed = Training::new(learner, config(8), &labels(), learned, judged).unwrap();
        let mut resumed = resumed.after(done, best, 100.0);
        assert!(!resumed.restore(&state[..state.len() - 1]), "it is cut short");
        assert!(resumed.restore(&state));
        run(&mut resumed);
        assert_eq!(plain(&resumed), plain(&straight));
        let [ours, theirs] = [&resumed, &straight].map(|it| block_on(it.model()).unwrap());
        assert_eq!(ours, theirs, "{n_steps}");
    }
}

#[test]
fn a_run_that_is_stopped_has_a_model() {
    let mut training = training(config(30), &SENTENCES, &SENTENCES);
    block_on(training.step()).unwrap();
    training.stop();
    assert_eq!(run(&mut training).0, Stop::Asked);
    assert_eq!(training.evaluations().len(), 1);
}

#[test]
fn what_cannot_be_learned_is_said() {
    let sentences = ["[P:Gold] na[P:norods]", SENTENCES[0]];
    let unlearned = training(config(1), &sentences, &[]).unlearned();
    assert_eq!(unlearned, Unlearned { off_tokens: 1, overlapping: 0 });

    let refused = |labels, texts: &[&str]| {
        let texts = examples(texts);
        let learner = learner(&config(1), blank(), &texts);
        Training::new(learner, config(1), labels, texts, vec![]).err().expect("it is refused")
    };
    let labels = [label("P"), label("Virus")];
    assert_eq!(
        refused(&labels, &SENTENCES).to_string(),
        "no training text has a mark of Virus: mark some, or leave the label out"
    );
    assert!(matches!(refused(&labels, &[]), LearnError::NoTexts));
    assert!(matches!(refused(&[], &SENTENCES), LearnError::NoLabels));
}

#[test]
fn traces_tell_a_sound_device_from_a_faulty_one() {
    let trace = block_on(loss_trace(&device::cpu(), 8)).unwrap();
    assert!(trace[7] < trace[0] * 0.7, "{trace:?}");
    assert_eq!(compare_traces(&trace, &trace), Ok(()));
    assert_eq!(
        compare_traces(&trace[..3], &trace),
        Err(TraceError::TooShort { found: 3, wanted: 8 })
    );
    let mut faulty = trace.clone();
    faulty[2] *= 1.05;
    assert!(matches!(compare_traces(&faulty, &trace), Err(TraceError::Differs { step: 3, .. })));
    faulty[0] = f32::NAN;
    assert!(matches!(compare_traces(&faulty, &trace), Err(TraceError::Differs { step: 1, .. })));
}
