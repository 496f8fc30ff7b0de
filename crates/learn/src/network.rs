//! A network with its tables: what learners train and predictors use, and the way to a stored model
//! and back.

use std::collections::BTreeMap;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData, Transaction};
use corpus::Label;
use model::{Architecture, Array, Model, ModelError};

use crate::Text;
use crate::batch::{Row, fill_up, pieces, rows};
use crate::config::Config;
use crate::encoder::{Maxout, PIECES, Rows, Tagger, TaggerConfig, norm};
use crate::error::LearnError;
use crate::hash_embed::{COLUMNS, HashTables};
use crate::tags::n_classes;
use random::Random;

/// The name of the plan that models of [`HashEmbedCnn`](crate::HashEmbedCnn) are built by.
pub const ARCHITECTURE: &str = "hash-embed-cnn+biluo";

/// Its version.
pub const VERSION: u32 = 1;

/// What the tables are called in a stored model.
const TABLES: [&str; COLUMNS] = ["norm", "prefix", "suffix", "shape"];

/// Rows that are predicted at a time: enough to keep a device busy, few enough to stay responsive.
const ROWS_AT_A_TIME: usize = 1024;

/// Hash tables, tagger, and what its classes are called.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) base: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) tables: HashTables,
    pub(crate) tagger: Tagger,
    /// Spans at least as probable are predicted.
    pub(crate) threshold: f32,
}

impl Network {
    /// A network that has learned nothing.
    pub(crate) fn new(config: &Config, base: &str, labels: &[Label], device: &Device) -> Self {
        let mut random = Random::new(config.seed, 0);
        let tables = HashTables::new(config, &mut random);
        let shape = TaggerConfig::new(
            tables.n_outputs(),
            config.width,
            config.depth,
            n_classes(labels.len()),
        );
        let tagger = shape.init(&mut random, device);
        let base = base.to_owned();
        Self { base, labels: labels.to_vec(), tables, tagger, threshold: DEFAULT_THRESHOLD }
    }

    pub(crate) fn depth(&self) -> usize {
        self.tagger.layers.len()
    }

    /// The same network without what only training needs.
    pub(crate) fn predicting(&self) -> Self {
        Self { tagger: self.tagger.valid(), ..self.clone() }
    }

    /// The input of the tagger: the looked-up vectors of each row, zeros for padding.
    /// `[rows, n_inputs]`
    pub(crate) fn look_up<'a>(
        &self,
        rows: &[Row],
        text_at: impl Fn(usize) -> &'a Text,
    ) -> Vec<f32> {
        let n = self.tables.n_outputs();
        let mut input = vec![0.0; rows.len() * n];
        for (row, input) in rows.iter().zip(input.chunks_exact_mut(n)) {
            if let Some((text, token)) = row.token() {
                self.tables.look_up(&text_at(text).ids[token], input);
            }
        }
        input
    }

    /// Judges every token: logits of each text, `[tokens, classes]`. `device` without autodiff, and
    /// the tagger on it too.
    pub(crate) async fn judge(
        &self,
        texts: &[&Text],
        device: &Device,
    ) -> Result<Vec<Vec<f32>>, LearnError> {
        let k = n_classes(self.labels.len());
        let mut logits: Vec<Vec<f32>> = texts.iter().map(|it| vec![0.0; it.len() * k]).collect();
        let mut waiting = pieces(texts.iter().copied(), ROWS_AT_A_TIME / 2).into_iter().peekable();
        while waiting.peek().is_some() {
            let mut n_rows = 0;
            let mut batch = Vec::new();
            while let Some(piece) = waiting.next_if(|it| {
                n_rows += (it.end - it.start) as usize + 3 * self.depth();
                batch.is_empty() || n_rows <= ROWS_AT_A_TIME
            }) {
                batch.push(piece);
            }
            let mut rows = rows(&batch, |at| texts[at], self.depth());
            fill_up(&mut rows, 64);
            let input = self.look_up(&rows, |at| texts[at]);
            let output = self.tagger.forward(Rows {
                input: matrix(input, rows.len(), device),
                is_token: matrix(is_token(&rows), rows.len(), device),
                dropout: Vec::new(),
            });
            let values = floats(output.into_data_async().await.map_err(LearnError::device)?)?;
            for (row, values) in rows.iter().zip(values.chunks_exact(k)) {
                if let Row::Token { text, token } = *row {
                    let at = token as usize * k;
                    logits[text as usize][at..at + k].copy_from_slice(values);
                }
            }
        }
        Ok(logits)
    }

    /// The weights as plain numbers.
    pub(crate) async fn model(&self) -> Result<Model, LearnError> {
        let mut arrays = BTreeMap::new();
        let width = self.tables.n_outputs() / COLUMNS;
        for (column, name) in TABLES.iter().enumerate() {
            let values = self.tables.values(column).to_vec();
            let array = Array::new(&[values.len() / width, width], values)?;
            arrays.insert(format!("embed.{name}"), array);
        }
        let mut names = Vec::new();
        let mut reading = Transaction::default();
        for (name, layer) in self.maxouts() {
            let gamma = layer.norm.gamma.val().inner();
            let beta = layer.norm.beta.as_ref().expect("made with a bias").val().inner();
            reading = reading
                .register(layer.weight.val().inner())
                .register(layer.bias.val().inner())
                .register(gamma)
                .register(beta);
            names.extend(MAXOUT.map(|part| format!("{name}.{part}")));
        }
        reading = reading
            .register(self.tagger.weight.val().inner())
            .register(self.tagger.bias.val().inner());
        names.extend(["output.weight".to_owned(), "output.bias".to_owned()]);
        let read = reading.execute_async().await.map_err(LearnError::device)?;
        for (name, data) in names.into_iter().zip(read) {
            let shape: Vec<usize> = data.shape().to_vec();
            arrays.insert(name, Array::new(&shape, floats(data)?)?);
        }
        arrays.insert("threshold".to_owned(), Array::new(&[1], vec![self.threshold])?);
        Ok(Model {
            architecture: Architecture { name: ARCHITECTURE.to_owned(), version: VERSION },
            base: self.base.clone(),
            labels: self.labels.iter().map(ToString::to_string).collect(),
            shape: self.shape(),
            arrays,
        })
    }

    fn shape(&self) -> BTreeMap<String, u32> {
        let width = self.tables.n_outputs() / COLUMNS;
        let mut shape = BTreeMap::from([
            ("width".to_owned(), width as u32),
            ("depth".to_owned(), self.depth() as u32),
        ]);
        for (column, name) in TABLES.iter().enumerate() {
            let rows = self.tables.values(column).len() / width;
            shape.insert(format!("rows.{name}"), rows as u32);
        }
        shape
    }

    fn maxouts(&self) -> impl Iterator<Item = (String, &Maxout)> {
        let layers = self.tagger.layers.iter().enumerate();
        let layers = layers.map(|(at, layer)| (format!("layer.{at}"), layer));
        std::iter::once(("mix".to_owned(), &self.tagger.mix)).chain(layers)
    }

    /// A stored model on a device.
    pub(crate) fn load(model: &Model, device: &Device) -> Result<Self, LearnError> {
        let Architecture { name, version } = &model.architecture;
        if name != ARCHITECTURE || *version != VERSION {
            let unknown = ModelError::UnknownArchitecture { name: name.clone(), version: *version };
            return Err(unknown.into());
        }
        let (width, depth) = (model.size("width")?, model.size("depth")?);
        let mut tables: [Vec<f32>; COLUMNS] = Default::default();
        for (values, name) in tables.iter_mut().zip(TABLES) {
            let rows = model.size(&format!("rows.{name}"))?;
            *values = model.array(&format!("embed.{name}"), &[rows, width])?.values().to_vec();
        }
        let labels = model.labels.iter().map(|name| Label::new(name));
        let labels: Vec<Label> = labels
            .collect::<Result<_, _>>()
            .map_err(|err| ModelError::MissingArray { name: format!("output.weight ({err})") })?;
        let k = n_classes(labels.len());
        let layers =
            (0..depth).map(|at| maxout(model, &format!("layer.{at}"), 3 * width, width, device));
        let tagger = Tagger {
            mix: maxout(model, "mix", COLUMNS * width, width, device)?,
            layers: layers.collect::<Result<_, _>>()?,
            weight: parameter(model, "output.weight", [width, k], device)?,
            bias: parameter(model, "output.bias", [k], device)?,
        };
        let threshold = model.array("threshold", &[1])?.values()[0];
        let base = model.base.clone();
        Ok(Self { base, labels, tables: HashTables::with_values(tables, width), tagger, threshold })
    }
}

/// The threshold where no dev text could choose one.
pub(crate) const DEFAULT_THRESHOLD: f32 = 0.3;

/// What the parts of a maxout layer are called in a stored model.
const MAXOUT: [&str; 4] = ["weight", "bias", "norm.gamma", "norm.beta"];

fn maxout(
    model: &Model,
    name: &str,
    n_inputs: usize,
    n_outputs: usize,
    device: &Device,
) -> Result<Maxout, ModelError> {
    let [weight, bias, gamma, beta] = MAXOUT.map(|part| format!("{name}.{part}"));
    let mut norm = norm(n_outputs).init(device);
    norm.gamma = parameter(model, &gamma, [n_outputs], device)?;
    norm.beta = Some(parameter(model, &beta, [n_outputs], device)?);
    Ok(Maxout {
        weight: parameter(model, &weight, [n_inputs, PIECES * n_outputs], device)?,
        bias: parameter(model, &bias, [PIECES * n_outputs], device)?,
        norm,
    })
}

fn parameter<const D: usize>(
    model: &Model,
    name: &str,
    shape: [usize; D],
    device: &Device,
) -> Result<Param<Tensor<D>>, ModelError> {
    let values = model.array(name, &shape)?.values().to_vec();
    Ok(Param::from_data(TensorData::new(values, shape), device))
}

/// Numbers as a matrix of so many rows, on a device.
pub(crate) fn matrix(values: Vec<f32>, n_rows: usize, device: &Device) -> Tensor<2> {
    let shape = [n_rows, values.len() / n_rows];
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// 1 for tokens, 0 for padding.
pub(crate) fn is_token(rows: &[Row]) -> Vec<f32> {
    rows.iter().map(|it| if it.token().is_some() { 1.0 } else { 0.0 }).collect()
}

/// The numbers that were read from a device.
pub(crate) fn floats(data: TensorData) -> Result<Vec<f32>, LearnError> {
    data.try_into_vec().map_err(LearnError::device)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use tokenizer::{Base, Tokenizer, murmur};

    use super::*;
    use crate::encoder::MaxoutConfig;

    /// Made by spaCy with `tests/golden/tok2vec.py`.
    fn golden() -> Value {
        serde_json::from_str(include_str!("../tests/golden/tok2vec.json")).unwrap()
    }

    fn numbers(value: &Value) -> Vec<f32> {
        match value.as_array() {
            Some(values) => values.iter().flat_map(numbers).collect(),
            None => vec![value.as_f64().unwrap() as f32],
        }
    }

    fn parameter<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_data(TensorData::new(values, shape), &crate::device::cpu())
    }

    /// thinc keeps `[outputs, pieces, inputs]`.
    fn maxout(maxout: &Value, norm: &Value) -> Maxout {
        let (weight, bias) = (numbers(&maxout["W"]), numbers(&maxout["b"]));
        let n_outputs = bias.len() / PIECES;
        let n_inputs = weight.len() / bias.len();
        let mut layer = MaxoutConfig::new(n_inputs, n_outputs)
            .init(&mut Random::new(0, 0), &crate::device::cpu());
        let mut ours = (vec![0.0; weight.len()], vec![0.0; bias.len()]);
        for output in 0..n_outputs {
            for piece in 0..PIECES {
                let (thinc, column) = (output * PIECES + piece, piece * n_outputs + output);
                ours.1[column] = bias[thinc];
                for input in 0..n_inputs {
                    ours.0[input * bias.len() + column] = weight[thinc * n_inputs + input];
                }
            }
        }
        layer.weight = parameter(ours.0, [n_inputs, bias.len()]);
        layer.bias = parameter(ours.1, [bias.len()]);
        layer.norm.gamma = parameter(numbers(&norm["G"]), [n_outputs]);
        layer.norm.beta = Some(parameter(numbers(&norm["b"]), [n_outputs]));
        layer
    }

    /// A network with spaCy's weights, whose classes are the encoder's outputs.
    fn spacys(golden: &Value) -> Network {
        let layers = &golden["layers"];
        let mut maxouts = layers["maxout"].as_array().unwrap().iter();
        let mut maxouts = std::iter::zip(&mut maxouts, layers["layernorm"].as_array().unwrap())
            .map(|(layer, norm)| maxout(layer, norm));
        let mut tables: [Vec<f32>; COLUMNS] = Default::default();
        for (table, golden) in tables.iter_mut().zip(layers["hashembed"].as_array().unwrap()) {
            *table = numbers(&golden["E"]);
        }
        let width = 6;
        Network {
            base: "blank:en".to_owned(),
            labels: vec![Label::new("A").unwrap()],
            tables: HashTables::with_values(tables, width),
            tagger: Tagger {
                mix: maxouts.next().unwrap(),
                layers: maxouts.collect(),
                weight: parameter(vec![0.0; width * 5], [width, 5]),
                bias: parameter(vec![0.0; 5], [5]),
            },
            threshold: 0.5,
        }
    }

    #[test]
    fn keys_are_spacys() {
        for case in golden()["keys"].as_array().unwrap() {
            let id: u64 = case[0].as_str().unwrap().parse().unwrap();
            let wanted: Vec<u32> = serde_json::from_value(case[2].clone()).unwrap();
            assert_eq!(
                murmur::of_id(id, case[1].as_u64().unwrap() as u32).to_vec(),
                wanted,
                "{id}"
            );
        }
    }

    #[test]
    fn vectors_are_spacys() {
        let golden = golden();
        let network = spacys(&golden);
        let tokenizer = Tokenizer::new(Base::BlankEn);
        let texts = golden["texts"].as_array().unwrap().iter().map(|it| it.as_str().unwrap());
        let texts: Vec<Text> = texts.map(|it| Text::new(&tokenizer, it)).collect();
        for (text, ids) in texts.iter().zip(golden["ids"].as_array().unwrap()) {
            let ours: Vec<Vec<String>> =
                text.ids.iter().map(|it| it.map(|id| id.to_string()).to_vec()).collect();
            let spacys: Vec<Vec<String>> = serde_json::from_value(ids.clone()).unwrap();
            assert_eq!(ours, spacys);
        }
        let all = pieces(texts.iter(), 100);
        let rows = rows(&all, |at| &texts[at], network.depth());
        let input = network.look_up(&rows, |at| &texts[at]);
        let device = crate::device::cpu();
        let rows_ = Rows {
            input: matrix(input, rows.len(), &device),
            is_token: matrix(is_token(&rows), rows.len(), &device),
            dropout: Vec::new(),
        };
        let found: Vec<f32> = network.tagger.encode(rows_).into_data().try_into_vec().unwrap();
        let of_tokens = rows.iter().zip(found.chunks(6)).filter(|it| it.0.token().is_some());
        let found: Vec<f32> = of_tokens.flat_map(|it| it.1).copied().collect();
        let wanted = numbers(&golden["vectors"]);
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() < 1e-4, "{found} is not {wanted}");
        }
    }
}
