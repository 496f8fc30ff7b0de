//! One step, held against the same step of spaCy.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::future::Future;
use std::io::Read;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use corpus::offsets::{Ruler, Unit};
use corpus::{Label, Span};
use model::{Model, Pipeline, Step};
use serde_json::Value;
use spacy::pipeline::{Folder, open};
use testkit::shared;
use tokenizer::{Norms, Tokenizer};

use super::tables::Table;
use super::{SpacyNer, Start, weights};
use crate::batch::pieces;
use crate::learner::Learner;
use crate::{Config, Example, Text, count_tokens, device};

/// Arrays of a file of numpy's, by name.
type Arrays = BTreeMap<(String, u32, String), (Vec<usize>, Vec<f32>)>;

pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(it) => it,
        Poll::Pending => panic!("the processor does not wait"),
    }
}

fn pipeline(name: &str) -> Option<Pipeline> {
    let folder = shared(&format!("spacy/pipelines/{name}"))?;
    let mut folder = Folder::new(&folder).expect("a folder");
    Some(open(&mut folder, &mut |_| ()).expect("spaCy opens it too"))
}

/// The arrays of `PIPELINE-step-WHAT.npz`, whose names are such as `ner.2.W`.
fn arrays(name: &str, what: &str) -> Option<Arrays> {
    let path = shared(&format!("spacy/pipelines/{name}-step-{what}.npz"))?;
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut arrays = Arrays::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let parts: Vec<String> = file.name().split('.').map(ToOwned::to_owned).collect();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let head = String::from_utf8_lossy(&bytes[10..start]);
        assert!(head.contains("'<f4'") && head.contains("'fortran_order': False"), "{head}");
        let shape = head.split(['(', ')']).nth(1).unwrap().split(',');
        let shape = shape.filter_map(|it| it.trim().parse().ok()).collect();
        let values = bytes[start..].chunks_exact(4);
        let values = values.map(|it| f32::from_le_bytes(it.try_into().unwrap())).collect();
        let key = (parts[0].clone(), parts[1].parse().unwrap(), parts[2].clone());
        arrays.insert(key, (shape, values));
    }
    Some(arrays)
}

/// The examples of `PIPELINE-step.json`, with its losses.
fn examples(name: &str, pipeline: &Pipeline) -> Option<(Vec<Example>, Value)> {
    let path = shared(&format!("spacy/pipelines/{name}-step.json"))?;
    let step: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let tokenizer = Tokenizer::from_rules(&pipeline.tokenizer).unwrap();
    let norms = Norms::new(pipeline.norms.iter().map(|(word, norm)| (*word, norm.as_str())));
    let example = |it: &Value| {
        let source = it["text"].as_str().unwrap();
        let ruler = Ruler::new(source);
        let byte = |it: &Value| ruler.to_bytes(it.as_u64().unwrap() as u32, Unit::CodePoints);
        let span = |it: &Value| {
            let label = Label::new(it[2].as_str().unwrap()).unwrap();
            Span::new(byte(&it[0]).unwrap(), byte(&it[1]).unwrap(), label).unwrap()
        };
        let spans: Vec<Span> = it["spans"].as_array().unwrap().iter().map(span).collect();
        let labels: Vec<Label> = spans.iter().map(|it| it.label().clone()).collect();
        Example::new(Text::with_norms(&tokenizer, &norms, source), &spans, &labels)
    };
    let examples = step["examples"].as_array().unwrap().iter().map(example).collect();
    Some((examples, step["losses"].clone()))
}

/// A pipeline's arrays in the order of the file: those of a kind by the number of their layer.
fn named(pipeline: &Pipeline, wanted: &Arrays) -> Vec<(String, Vec<f32>, Vec<f32>)> {
    let mut ours: BTreeMap<&str, Vec<&model::Array>> = BTreeMap::new();
    for component in &pipeline.components {
        match &component.step {
            Step::Tok2Vec(it) => {
                let maxouts = || std::iter::once(&it.mix).chain(&it.encode);
                ours.insert("E", it.embeds.iter().map(|it| &it.table).collect());
                ours.insert("vectors", it.vectors.iter().collect());
                ours.insert("W", maxouts().map(|it| &it.weight).collect());
                ours.insert("b", maxouts().map(|it| &it.bias).collect());
                ours.insert("G", maxouts().map(|it| &it.gain).collect());
                ours.insert("shift", maxouts().map(|it| &it.shift).collect());
            }
            Step::Ner(it) => {
                let upper = it.upper.as_ref().expect("it has one");
                ours.insert("ner.2.W", vec![&it.lower.weight]);
                ours.insert("ner.2.b", vec![&it.lower.bias]);
                ours.insert("ner.2.pad", vec![&it.lower.pad]);
                ours.insert("ner.3.W", vec![&upper.weight]);
                ours.insert("ner.3.b", vec![&upper.bias]);
                ours.insert("ner.6.W", vec![&it.narrow.weight]);
                ours.insert("ner.6.b", vec![&it.narrow.bias]);
            }
            _ => {}
        }
    }
    let mut named = Vec::new();
    for ((component, layer, param), (shape, values)) in wanted {
        let name = format!("{component}.{layer}.{param}");
        let kind = match (param.as_str(), shape.len()) {
            _ if component == "ner" => name.as_str(),
            ("W", 2) => "vectors",
            ("b", 1) => "shift",
            (other, _) => other,
        };
        let array = ours.get_mut(kind).expect("a known kind").remove(0);
        assert_eq!(array.shape().iter().map(|it| *it as usize).collect::<Vec<_>>(), *shape);
        named.push((name, array.values().to_vec(), values.clone()));
    }
    assert!(ours.values().all(Vec::is_empty), "spaCy has fewer arrays");
    named
}

/// A learner's pipeline with the gradients in place of the weights.
pub(super) fn gradients(learner: &SpacyNer, mut pipeline: Pipeline) -> Pipeline {
    let table = |it: &Table| Table::new(it.seed, learner.width, it.gradient());
    let tables: Vec<Table> = learner.tables.iter().map(table).collect();
    let mut states = learner.states.clone();
    let arrays = [&mut states.bias, &mut states.pad];
    let upper = states.upper.iter_mut().flat_map(|it| [&mut it.0, &mut it.1]);
    arrays.into_iter().chain(upper).for_each(|it| it.values.clone_from(&it.gradient));
    let mut slopes = block_on(learner.layers.gradients()).unwrap().into_iter();
    if let Some(it) = pipeline.trained_tok2vec_mut() {
        weights::save_tok2vec(it, &tables, &mut slopes);
    }
    if let Some(it) = pipeline.trained_ner_mut() {
        weights::save_transitions(it, &states, &mut slopes);
    }
    pipeline
}

/// What can be compared of an array. spaCy's gradient of the lower layer's weights is right for the
/// first feature only: for a token that is not there it multiplies with the last of the batch.
pub(super) fn sound<'a>(name: &str, values: &'a [f32]) -> &'a [f32] {
    if name == "ner.2.W" { &values[..values.len() / 3] } else { values }
}

#[test]
fn a_step_is_spacy_s() {
    for (name, is_on_device) in
        [("plain", false), ("plain", true), ("vectors", false), ("vectors", true)]
    {
        let Some(pipeline) = pipeline(name) else { return };
        let (Some(grads), Some(after)) = (arrays(name, "grads"), arrays(name, "after")) else {
            return;
        };
        let Some((examples, losses)) = examples(name, &pipeline) else { return };
        let start = Start::Pipeline(Box::new(pipeline));
        let whole = |it: &Model| start.clone().trained(it).expect("it was its base");
        let config = Config { use_averages: false, ..Config::spacy() };
        let mut learner = SpacyNer::new(&config, name, start.clone(), &[], &device::cpu()).unwrap();
        if is_on_device {
            learner.compute_as_on_a_device();
        }
        let pieces = pieces(examples.iter().map(|it| &it.text), 1000);
        let stepped = block_on(learner.descend(&examples, &pieces, None)).unwrap().unwrap();
        for (found, wanted) in [(stepped.ner.squares, "ner"), (stepped.tok2vec, "tok2vec")] {
            let wanted = losses[wanted].as_f64().unwrap();
            assert!((found / wanted - 1.0).abs() < 1e-4, "{name}: {found} is not {wanted}");
        }

        let gradient = gradients(&learner, whole(&block_on(learner.model()).unwrap()));
        for (array, found, wanted) in named(&gradient, &grads) {
            let (found, wanted) = (sound(&array, &found), sound(&array, &wanted));
            let largest = wanted.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            for (found, wanted) in found.iter().zip(wanted) {
                let off = (found - wanted).abs();
                assert!(off <= 2e-4 * largest, "{name}, {array}: {found} is not {wanted}");
            }
        }

        learner.update(0.001);
        let updated = whole(&block_on(learner.model()).unwrap());
        let slopes = named(&gradient, &grads);
        for ((array, found, wanted), (_, _, slopes)) in named(&updated, &after).iter().zip(&slopes)
        {
            let largest = slopes.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            let pairs = sound(array, found).iter().zip(sound(array, wanted)).zip(slopes);
            for ((found, wanted), slope) in pairs {
                // The first step of Adam asks for little but the sign of a slope, and that of the
                // smallest is a matter of rounding.
                let is_sure = slope.abs() < f32::MIN_POSITIVE || 1e-3 * largest < slope.abs();
                let most = if is_sure { 2e-6 } else { 2.1e-3 };
                let off = (found - wanted).abs();
                assert!(off <= most, "{name}, {array}: {found} is not {wanted} ({slope})");
            }
        }
    }
}

/// Texts that name a particle each.
fn particles(tokenizer: &Tokenizer, label: &Label) -> Vec<Example> {
    let example = |name: &str| {
        let text = format!("We gave {name} nanorods to the mice.");
        let gold = Span::new(8, 8 + name.len() as u32 + 9, label.clone()).unwrap();
        Example::new(Text::new(tokenizer, &text), &[gold], std::slice::from_ref(label))
    };
    ["gold", "silver", "zinc oxide", "iron"].map(example).into()
}

#[test]
fn a_state_goes_on_wherever_it_comes_from() {
    let base = tokenizer::Base::BlankEn;
    let tokenizer = Tokenizer::new(base);
    let labels = [Label::new("particle").unwrap()];
    let examples = particles(&tokenizer, &labels[0]);
    let pieces = pieces(examples.iter().map(|it| &it.text), 1000);
    let counted = count_tokens(&labels, &examples);
    let learner = |is_on_device: bool| {
        let start = Start::blank(base.lang(), base.rules().unwrap());
        let mut it =
            SpacyNer::new(&Config::spacy(), "blank:en", start, &counted, &device::cpu()).unwrap();
        if is_on_device {
            it.compute_as_on_a_device();
        }
        it
    };
    let steps = |it: &mut SpacyNer, n: usize| {
        for _ in 0..n {
            block_on(it.learn(&examples, &pieces, 0.001)).unwrap();
        }
    };
    let layers = |it: &SpacyNer| block_on(it.layers.weights()).unwrap().concat();
    let apart = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.len() as f32
    };
    let mut straight = learner(false);
    steps(&mut straight, 6);
    let straight = layers(&straight);
    for (from, to) in [(true, false), (false, true), (true, true)] {
        let mut first = learner(from);
        steps(&mut first, 4);
        let state = block_on(first.state()).unwrap();
        let mut second = learner(to);
        assert!(second.restore(&state), "{from} {to}");
        assert!(apart(&layers(&first), &layers(&second)) == 0.0);
        steps(&mut second, 2);
        let off = apart(&layers(&second), &straight);
        assert!(off < 2e-6, "{from} {to}: {off}");
    }
    // What a run that forgets its optimiser's moments comes to is further off.
    let mut first = learner(false);
    steps(&mut first, 4);
    let model = block_on(first.model()).unwrap();
    let state = block_on(first.state()).unwrap();
    let start = Start::blank(base.lang(), base.rules().unwrap());
    let config = Config { use_averages: false, ..Config::spacy() };
    let mut second = SpacyNer::resume(&config, &model, start, &device::cpu()).unwrap();
    assert!(!second.restore(&state), "it takes no averages");
    second.compute_as_on_a_device();
    assert!(!second.restore(&state), "nor does this one");
    steps(&mut second, 2);
    assert!(1e-5 < apart(&layers(&second), &straight));
}

#[test]
fn what_is_kept_and_judged_is_the_average_of_all_steps() {
    let base = tokenizer::Base::BlankEn;
    let labels = [Label::new("particle").unwrap()];
    let examples = particles(&Tokenizer::new(base), &labels[0]);
    let pieces = pieces(examples.iter().map(|it| &it.text), 1000);
    let counted = count_tokens(&labels, &examples);
    let start = || Start::blank(base.lang(), base.rules().unwrap());
    for is_on_device in [false, true] {
        let learner = |use_averages| {
            let config = Config { use_averages, ..Config::spacy() };
            let it = SpacyNer::new(&config, "blank:en", start(), &counted, &device::cpu());
            let mut it = it.unwrap();
            if is_on_device {
                it.compute_as_on_a_device();
            }
            it
        };
        let (mut plain, mut averaging) = (learner(false), learner(true));
        let model = |it: &SpacyNer| block_on(it.model()).unwrap();
        assert_eq!(model(&plain), model(&averaging), "no step was made");
        let mut wanted: BTreeMap<String, Vec<f32>> = BTreeMap::new();
        // Few pieces in a step, so that rows of the tables miss some.
        for time in 1..=12_u32 {
            for it in [&mut plain, &mut averaging] {
                let pieces = &pieces[time as usize % pieces.len()..][..1];
                block_on(it.learn(&examples, pieces, 0.01)).unwrap();
            }
            for (name, array) in &model(&plain).arrays {
                let sums = wanted.entry(name.clone()).or_default();
                sums.resize(array.values().len(), 0.0);
                let decay = f64::from(1 + time) / f64::from(10 + time);
                for (it, weight) in sums.iter_mut().zip(array.values()) {
                    *it -= (1.0 - decay) as f32 * (*it - weight);
                }
            }
            block_on(averaging.judge(&examples)).unwrap();
        }
        let kept = model(&averaging);
        for (name, array) in &kept.arrays {
            for (found, wanted) in array.values().iter().zip(&wanted[name]) {
                assert!((found - wanted).abs() < 3e-5, "{name}: {found} is not {wanted}");
            }
        }
        let mut again = SpacyNer::resume(&Config::spacy(), &kept, start(), &device::cpu()).unwrap();
        let loss = |it: &mut SpacyNer| {
            let judged = block_on(it.judge(&examples)).unwrap();
            judged.iter().map(|it| it.loss).sum::<f64>()
        };
        let (kept, last) = (loss(&mut again), loss(&mut plain));
        assert!((loss(&mut averaging) / kept - 1.0).abs() < 1e-4);
        assert!(1e-3 < (last / kept - 1.0).abs(), "{last} is that of the last weights");
    }
}
