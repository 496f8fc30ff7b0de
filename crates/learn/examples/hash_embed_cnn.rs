//! Trains on a split in JSONL and prints scores and speed.
//!
//! `cargo run -p learn --example hash_embed_cnn -- TRAIN DEV [TEST] [KEY=VALUE...]`

use std::fs;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use corpus::{Label, Span};
use learn::{Batch, Config, Example, HashEmbedCnn, Predictor, Progress, Text, Training, device};
use scorer::Scores;
use tokenizer::Tokenizer;

fn main() -> Result<()> {
    let mut config = Config::default();
    let mut files = Vec::new();
    for arg in std::env::args().skip(1) {
        match arg.split_once('=') {
            Some((key, value)) => set(&mut config, key, value)?,
            None => files.push(arg),
        }
    }
    let [train, dev, test @ ..] = files.as_slice() else { bail!("needs TRAIN and DEV") };
    let tokenizer = Tokenizer::new(tokenizer::Base::BlankEn);
    let train = read(train)?;
    let mut labels: Vec<Label> =
        train.iter().flat_map(|it| &it.1).map(|it| it.label().clone()).collect();
    labels.sort();
    labels.dedup();
    let examples = |docs: &[(String, Vec<Span>)]| -> Vec<Example> {
        let example = |(text, gold): &(String, Vec<Span>)| {
            Example::new(Text::new(&tokenizer, text), gold, &labels)
        };
        docs.iter().map(example).collect()
    };
    let device = device::cpu();
    let learner = HashEmbedCnn::new(&config, "blank:en", &labels, &device);
    let (train, dev) = (examples(&train), examples(&read(dev)?));
    let mut training = Training::new(learner, config, &labels, train, dev)?;
    let why = loop {
        match block_on(training.step())? {
            Progress::Evaluated(it) => eprintln!(
                "{:>3} {:7.1}s loss {:.4} dev loss {:.4} dev F1 {:5.2} {}{:.0} words/s",
                it.epoch,
                it.secs,
                it.train_loss,
                it.dev_loss.unwrap_or_default(),
                it.dev_f1.unwrap_or_default() * 100.0,
                if it.is_best { "* " } else { "" },
                it.words_per_sec,
            ),
            Progress::Done(why) => break why,
            Progress::Learned { .. } | Progress::Judged { .. } => {}
        }
    };
    let (at, model) = training.best().context("no model")?;
    let best = training.evaluations()[at];
    eprintln!(
        "{why:?}: best epoch {} dev F1 {:.2}, {:.1}s, {:.0} words/s, {} weights, unlearned {:?}",
        best.epoch,
        best.dev_f1.unwrap_or_default() * 100.0,
        training.secs(),
        training.words_per_sec(),
        model.n_weights(),
        training.unlearned(),
    );
    if let [test, ..] = test {
        let start = Instant::now();
        let test = examples(&read(test)?);
        let predictor = Predictor::new(model, &device)?;
        let mut scores = Scores::default();
        let mut words = 0;
        for chunk in test.chunks(32) {
            let texts: Vec<&Text> = chunk.iter().map(|it| &it.text).collect();
            words += texts.iter().map(|it| it.len()).sum::<usize>();
            for (it, found) in chunk.iter().zip(block_on(predictor.predict(&texts))?) {
                scores.add(&it.gold, found.iter().map(|it| &it.span));
            }
        }
        let secs = start.elapsed().as_secs_f64();
        let micro = scores.micro;
        eprintln!(
            "test P {:.2} R {:.2} F1 {:.2} (threshold {}), {:.0} words/s",
            micro.precision() * 100.0,
            micro.recall() * 100.0,
            micro.f1() * 100.0,
            predictor.threshold(),
            f64::from(words as u32) / secs,
        );
    }
    Ok(())
}

fn set(config: &mut Config, key: &str, value: &str) -> Result<()> {
    match key {
        "width" => config.width = value.parse()?,
        "depth" => config.depth = value.parse()?,
        "epochs" => config.epochs = value.parse()?,
        "batch" => config.batch = Batch::Pieces(value.parse()?),
        "rate" => config.learning_rate = value.parse()?,
        "dropout" => config.dropout = value.parse()?,
        "patience" => config.patience = value.parse()?,
        "seed" => config.seed = value.parse()?,
        "secs" => config.max_secs = Some(value.parse()?),
        _ => bail!("unknown setting {key:?}"),
    }
    Ok(())
}

/// Texts and spans; offsets in the file are code points.
fn read(path: &str) -> Result<Vec<(String, Vec<Span>)>> {
    let mut docs = Vec::new();
    for line in fs::read_to_string(path).context(path.to_owned())?.lines() {
        let record: serde_json::Value = serde_json::from_str(line)?;
        let text = record["text"].as_str().context("no text")?.to_owned();
        let mut bytes: Vec<usize> = text.char_indices().map(|it| it.0).collect();
        bytes.push(text.len());
        let mut spans = Vec::new();
        for span in record["spans"].as_array().context("no spans")? {
            let at = |key: &str| span[key].as_u64().map(|it| bytes[it as usize] as u32);
            let label = Label::new(span["label"].as_str().context("no label")?)?;
            let (start, end) = at("start").zip(at("end")).context("no offsets")?;
            spans.push(Span::new(start, end, label)?);
        }
        docs.push((text, spans));
    }
    Ok(docs)
}

/// Runs a future of the CPU, which never waits.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return it;
        }
    }
}
