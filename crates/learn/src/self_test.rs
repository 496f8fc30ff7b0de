//! A tiny run on sentences of our own, to hold one device against another.

use corpus::{Label, Span};
use web_time::Instant;

use crate::batch::{Piece, pieces};
use crate::device::Device;
use crate::error::LearnError;
use crate::{Config, Example, HashEmbedCnn, Learner, Text};

/// The losses of a few steps of a small network on sentences that are always the same.
///
/// Every random draw is made on the host, so two sound devices give nearly the same numbers.
pub async fn loss_trace(device: &Device, steps: usize) -> Result<Vec<f32>, LearnError> {
    let config = Config { width: 16, depth: 2, rows: [200, 50, 100, 50], ..Config::default() };
    let labels = vec![Label::new("Particle").expect("has letters")];
    let examples = examples(&labels);
    let mut learner = HashEmbedCnn::new(&config, "blank:en", &labels, device);
    let pieces = pieces(examples.iter().map(|it| &it.text), 64);
    let mut losses = Vec::new();
    for _ in 0..steps {
        losses.push(learner.learn(&examples, &pieces, 0.01).await?);
    }
    Ok(losses)
}

/// Words that a device learns from in a second, on texts and a network of ordinary size.
///
/// It takes a second or two. The first steps are not counted, since a graphics card compiles its
/// programs in them; a device that is slow even at a few words is not asked for more.
pub async fn words_per_sec(device: &Device) -> Result<f64, LearnError> {
    const SLOW_SECS: f64 = 1.5;
    const SECS: f64 = 1.0;
    const MOST_STEPS: usize = 12;

    let labels = vec![Label::new("Particle").expect("has letters")];
    let few = SENTENCES.join(" ");
    let examples = [example(&few, &labels), example(&few.repeat(8), &labels)];
    let pieces = pieces(examples.iter().map(|it| &it.text), 64);
    let (few, many) = pieces.split_at(1);
    let words = |of: &[Piece]| of.iter().map(|it| f64::from(it.end - it.start)).sum::<f64>();
    let mut learner = HashEmbedCnn::new(&Config::default(), "blank:en", &labels, device);
    learner.learn(&examples, few, 0.001).await?;
    let start = Instant::now();
    learner.learn(&examples, few, 0.001).await?;
    let secs = start.elapsed().as_secs_f64();
    if SLOW_SECS < secs {
        return Ok(words(few) / secs);
    }
    learner.learn(&examples, many, 0.001).await?;
    let start = Instant::now();
    let mut n_words = 0.0;
    for _ in 0..MOST_STEPS {
        learner.learn(&examples, many, 0.001).await?;
        n_words += words(many);
        if SECS < start.elapsed().as_secs_f64() {
            break;
        }
    }
    Ok(n_words / start.elapsed().as_secs_f64().max(1e-9))
}

/// Why two traces are not of the same computation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TraceError {
    /// The traces are of different lengths.
    #[error("the device stopped after {found} of {wanted} steps")]
    TooShort {
        /// Steps it did.
        found: usize,
        /// Steps it should have done.
        wanted: usize,
    },
    /// A loss is off.
    #[error("the device computes wrongly: its loss after step {step} is {found}, not {wanted}")]
    Differs {
        /// The step, from 1.
        step: usize,
        /// The device's loss.
        found: f32,
        /// The processor's.
        wanted: f32,
    },
}

/// Holds a device's trace against the processor's. Sums in another order drift apart slowly, so the
/// tolerance grows from 0.1 % in the first step to 3 %.
pub fn compare_traces(found: &[f32], wanted: &[f32]) -> Result<(), TraceError> {
    if found.len() < wanted.len() {
        return Err(TraceError::TooShort { found: found.len(), wanted: wanted.len() });
    }
    for (step, (&found, &wanted)) in (1..).zip(found.iter().zip(wanted)) {
        let tolerance = (0.001 * step as f32).min(0.03) * wanted.abs() + 1e-4;
        let is_close = (found - wanted).abs() <= tolerance;
        if !is_close {
            return Err(TraceError::Differs { step, found, wanted });
        }
    }
    Ok(())
}

/// Sentences of words; those in brackets are marked.
const SENTENCES: [&str; 4] = [
    "We coated [ gold nanorods ] with silica .",
    "[ Liposomes ] released the drug within two hours .",
    "Uptake of [ iron oxide nanoparticles ] was low .",
    "No toxicity was seen at this dose .",
];

fn examples(labels: &[Label]) -> Vec<Example> {
    SENTENCES.iter().map(|it| example(it, labels)).collect()
}

fn mix(number: u64, byte: u8) -> u64 {
    number.wrapping_mul(31).wrapping_add(u64::from(byte))
}

/// Words are cut at blanks and known by simple numbers: the devices are tested, not the tokenizer.
fn example(sentence: &str, labels: &[Label]) -> Example {
    let mut text = Text::default();
    let mut gold = Vec::new();
    let mut open = 0;
    let mut at = 0;
    for word in sentence.split(' ') {
        match word {
            "[" => open = at,
            "]" => gold.extend(Span::new(open, at - 1, labels[0].clone())),
            _ => {
                let end = at + word.len() as u32;
                let number = |part: &str| part.bytes().fold(7, mix);
                let tail = &word[word.len().saturating_sub(3)..];
                let shape = u64::from(word.starts_with(char::is_uppercase));
                text.tokens.push((at, end));
                text.ids.push([number(word), number(&word[..1]), number(tail), shape]);
                text.is_space.push(false);
                at = end + 1;
            }
        }
    }
    Example::new(text, &gold, labels)
}
