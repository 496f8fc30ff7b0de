//! A rehearsal, held against the same one of spaCy.

use std::fs::File;

use corpus::{Label, Span};
use model::{Array, Pipeline};
use serde::Deserialize;
use spacy::pipeline::{Archive, open};
use tokenizer::{Norms, Tokenizer};

use super::super::tests::{block_on, gradients, sound};
use super::*;
use crate::learner::Learner;
use crate::{Config, Example, Start, count_tokens, device};

#[derive(Deserialize)]
struct Head {
    texts: Vec<String>,
    scale: f32,
    loss: f64,
}

/// An array of thinc's.
#[derive(Deserialize)]
struct Line {
    layer: String,
    array: String,
    gradient: Vec<f32>,
}

fn pipeline() -> Pipeline {
    let zip = File::open("../predict/tests/golden/rules_before_ner.zip").unwrap();
    open(&mut Archive(zip), &mut |_| ()).expect("spaCy opens it too")
}

fn texts(pipeline: &Pipeline, sources: &[String]) -> Vec<Text> {
    let tokenizer = Tokenizer::from_rules(&pipeline.tokenizer).unwrap();
    let norms = Norms::new(pipeline.norms.iter().map(|(word, norm)| (*word, norm.as_str())));
    sources.iter().map(|it| Text::with_norms(&tokenizer, &norms, it)).collect()
}

/// All arrays that are trained, in the order in which thinc walks through a model.
fn arrays(pipeline: &mut Pipeline) -> Vec<&mut Array> {
    let names = pipeline.components.iter().map(|it| it.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["sentencizer", "entity_ruler", "ner"]);
    let model::Step::Ner(ner) = &mut pipeline.components[2].step else { panic!("it is ner") };
    let model::Source::Own(tok2vec) = &mut ner.source else { panic!("it is its own") };
    let upper = ner.upper.as_mut().expect("it has one");
    let mut all = vec![&mut ner.lower.weight, &mut ner.lower.bias, &mut ner.lower.pad];
    all.extend([&mut upper.weight, &mut upper.bias]);
    all.extend([&mut ner.narrow.weight, &mut ner.narrow.bias]);
    all.extend(tok2vec.embeds.iter_mut().map(|it| &mut it.table));
    for it in std::iter::once(&mut tok2vec.mix).chain(&mut tok2vec.encode) {
        all.extend([&mut it.weight, &mut it.bias, &mut it.gain, &mut it.shift]);
    }
    all
}

/// The pipeline with all its weights multiplied.
fn scaled(mut pipeline: Pipeline, scale: f32) -> Pipeline {
    for it in arrays(&mut pipeline) {
        let shape: Vec<usize> = it.shape().iter().map(|it| *it as usize).collect();
        let values = it.values().iter().map(|it| it * scale).collect();
        *it = Array::new(&shape, values).expect("the shape is the same");
    }
    pipeline
}

fn learner(base: &Pipeline, labels: &[(Label, u32)]) -> SpacyNer {
    let start = Start::Pipeline(Box::new(base.clone()));
    SpacyNer::new(&Config::spacy(), "base", start, labels, &device::cpu()).unwrap()
}

#[test]
fn a_rehearsal_is_spacy_s() {
    let mut lines = include_str!("../../../tests/golden/rehearsal.jsonl").lines();
    let head: Head = serde_json::from_str(lines.next().unwrap()).unwrap();
    let lines: Vec<Line> = lines.map(|it| serde_json::from_str(it).unwrap()).collect();
    let base = pipeline();
    let student = scaled(base.clone(), head.scale);
    for is_on_device in [false, true] {
        let mut learner = learner(&student, &[]);
        if is_on_device {
            learner.compute_as_on_a_device();
        }
        let tutor = Tutor::new(&base, texts(&base, &head.texts)).expect("it has ner");
        let mut learner = learner.with_tutor(tutor);
        let mut tutor = learner.rehearsal.take().expect("it was set");
        let drawn = tutor.pieces.clone();
        assert_eq!(drawn.len(), head.texts.len());
        let rehearsed = block_on(learner.pull(&mut tutor, &drawn, false)).unwrap();
        let loss = rehearsed.squares / rehearsed.n_scores as f64;
        assert!((loss / head.loss - 1.0).abs() < 1e-4, "{loss} is not {}", head.loss);

        let mut found = gradients(&learner, student.clone());
        let found = arrays(&mut found);
        assert_eq!(found.len(), lines.len());
        for (found, Line { layer, array, gradient }) in found.into_iter().zip(&lines) {
            assert_eq!(found.values().len(), gradient.len(), "{layer}, {array}");
            let name = if layer == "precomputable_affine" && array == "W" { "ner.2.W" } else { "" };
            let (found, wanted) = (sound(name, found.values()), sound(name, gradient));
            let largest = wanted.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            for (found, wanted) in found.iter().zip(wanted) {
                let off = (found - wanted).abs();
                assert!(off <= 2e-4 * largest, "{layer}, {array}: {found} is not {wanted}");
            }
        }
    }
}

#[test]
fn a_label_that_the_tutor_does_not_have_is_not_pulled() {
    let base = pipeline();
    let known = base.trained_ner().unwrap().moves.classes().len();
    let new = (Label::new("NEW").unwrap(), 1);
    let tutor = || Tutor::new(&base, texts(&base, &["mTOR drives NSCLC.".to_owned()])).unwrap();
    let mut learner = learner(&scaled(base.clone(), 0.5), &[new]).with_tutor(tutor());
    let mut rehearsal = learner.rehearsal.take().unwrap();
    let pieces = rehearsal.pieces.clone();
    block_on(learner.pull(&mut rehearsal, &pieces, true)).unwrap();
    let (_, bias) = learner.states.upper.as_ref().unwrap();
    let is_pulled: Vec<bool> = bias.gradient.iter().map(|it| *it != 0.0).collect();
    assert_eq!(is_pulled, [vec![true; known], vec![false; 4]].concat());
}

#[test]
fn what_rehearses_stays_nearer_to_what_it_was() {
    let base = pipeline();
    let sources = ["mTOR drives NSCLC.", "Doxorubicin reduced COVID-19.", "\n\n"];
    let sources = sources.map(str::to_owned);
    let new = Label::new("NEW").unwrap();
    let example = |text: Text| {
        let gold = Span::new(0, text.tokens[0].1, new.clone()).unwrap();
        Example::new(text, &[gold], std::slice::from_ref(&new))
    };
    let examples: Vec<Example> = texts(&base, &sources[..2]).into_iter().map(example).collect();
    let counted = count_tokens(std::slice::from_ref(&new), &examples);
    let pieces = pieces(examples.iter().map(|it| &it.text), 400);
    let off = |tutor: Option<Tutor>| {
        let mut learner = learner(&base, &counted);
        if let Some(it) = tutor {
            learner = learner.with_tutor(it);
        }
        for _ in 0..30 {
            block_on(learner.learn(&examples, &pieces, 0.001)).unwrap();
        }
        let tutor = Tutor::new(&base, texts(&base, &sources)).unwrap();
        let mut held = learner.with_tutor(tutor);
        let mut tutor = held.rehearsal.take().unwrap();
        let drawn = tutor.pieces.clone();
        block_on(held.pull(&mut tutor, &drawn, false)).unwrap().squares
    };
    let alone = off(None);
    let rehearsing = off(Tutor::new(&base, texts(&base, &sources)));
    assert!(rehearsing < alone / 2.0, "{rehearsing} and {alone}");
    let idle = off(Tutor::new(&base, Vec::new()));
    assert_eq!(idle.to_bits(), alone.to_bits(), "no text is no rehearsal: {idle} and {alone}");
}
