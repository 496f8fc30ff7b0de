//! A pipeline's trained numbers as one `.safetensors` file, which numpy, `PyTorch` and others read.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | how long the head is, little-endian |
//! | head | JSON: of each array its type, shape and place, and `__metadata__`; blanks to a multiple of 8 |
//! | rest | the arrays, one behind the other |
//!
//! An array is called `COMPONENT.LAYER.N.PARAM`: of the layers that thinc calls so, the one that
//! `nlp.get_pipe(COMPONENT).model.walk()` comes to as number N, from 0. `ner.linear.1.W` is what
//! `get_param("W")` of the second `linear` of `ner` gives. Word vectors are not trained, so they are
//! not in it.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use model::{Array, Pipeline, Step};
use serde_json::{Map, Value, json};

use super::{extended, filled, networks, package_name, save};
use crate::SafetensorsError;

/// The longest head that is read: what the format's own library allows.
const MAX_HEAD: u64 = 100_000_000;

const METADATA: &str = "__metadata__";

/// What the head of a `.safetensors` file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// What its writer said of it.
    pub metadata: BTreeMap<String, String>,
    /// Its arrays, in the order of the file.
    pub arrays: Vec<Entry>,
}

/// An array in a `.safetensors` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The type of its values, such as `F32`.
    pub dtype: String,
    /// Its sides, outermost first.
    pub shape: Vec<u64>,
    /// Where it begins and ends, in bytes behind the head.
    pub bytes: (u64, u64),
}

/// Writes the numbers of all components that learn.
pub fn save_safetensors<W: Write>(pipeline: &Pipeline, mut out: W) -> io::Result<W> {
    let arrays = arrays(pipeline);
    let head = head(pipeline, &arrays);
    out.write_all(&(head.len() as u64).to_le_bytes())?;
    out.write_all(&head)?;
    let mut bytes = Vec::new();
    for value in arrays.iter().flat_map(|(_, array)| array.values()) {
        bytes.extend_from_slice(&value.to_le_bytes());
        if bytes.len() == 1 << 16 {
            out.write_all(&bytes)?;
            bytes.clear();
        }
    }
    out.write_all(&bytes)?;
    Ok(out)
}

/// All arrays that are trained, by name.
fn arrays(pipeline: &Pipeline) -> Vec<(String, &Array)> {
    let mut arrays = Vec::new();
    for component in &pipeline.components {
        let (layers, placed) = match &component.step {
            Step::Tok2Vec(it) => networks::placed_tok2vec(it),
            Step::Ner(it) | Step::Parser(it) => networks::placed_transitions(it),
            Step::Senter(it) => networks::placed_senter(it),
            Step::Sentencizer(_) | Step::Ruler(_) | Step::Kept(_) => continue,
        };
        for (idx, param, array) in placed {
            let layer = &layers[idx].name;
            let n = layers[..idx].iter().filter(|it| it.name == *layer).count();
            arrays.push((format!("{}.{layer}.{n}.{param}", component.name), array));
        }
    }
    arrays
}

fn head(pipeline: &Pipeline, arrays: &[(String, &Array)]) -> Vec<u8> {
    let mut head = Map::new();
    head.insert(METADATA.to_owned(), metadata(pipeline));
    let mut start = 0;
    for (name, array) in arrays {
        let end = start + size_of_val(array.values());
        let entry = json!({"dtype": "F32", "shape": array.shape(), "data_offsets": [start, end]});
        head.insert(name.clone(), entry);
        start = end;
    }
    let mut head = Value::Object(head).to_string().into_bytes();
    head.resize(head.len().next_multiple_of(8), b' ');
    head
}

/// What the numbers are of. All values are text, as the format wants it.
fn metadata(pipeline: &Pipeline) -> Value {
    let file = |path: &str| pipeline.files.get(path).map(Vec::as_slice);
    let meta = file("meta.json").and_then(|it| serde_json::from_slice(it).ok());
    let meta: Value = meta.unwrap_or_default();
    let config = match file("config.cfg") {
        Some(bytes) => String::from_utf8_lossy(&extended::config(bytes, pipeline)).into_owned(),
        None => filled::config(pipeline),
    };
    let labels =
        |it: &model::Component| matches!(it.step, Step::Ner(_)).then(|| save::labels(&it.step));
    let labels: Vec<String> = pipeline.components.iter().filter_map(labels).flatten().collect();
    let (name, version) = model::SPACY_NER;
    json!({
        "architecture": format!("{name} {version}"),
        "base": meta["nerine"]["base"].as_str().unwrap_or_default(),
        "config": config,
        "labels": json!(labels).to_string(),
        "nerine_version": env!("CARGO_PKG_VERSION"),
        "pipeline": package_name(pipeline),
        "pipeline_version": pipeline.version,
        "spacy_version": meta["spacy_version"].as_str().unwrap_or(filled::SPACY_VERSION),
    })
}

impl Head {
    /// Reads the head of a file, and leaves the arrays where they are.
    pub fn read(mut file: impl Read) -> Result<Self, SafetensorsError> {
        let mut len = [0; 8];
        file.read_exact(&mut len).map_err(|_short| SafetensorsError::NoHead)?;
        let len = u64::from_le_bytes(len);
        if MAX_HEAD < len {
            return Err(SafetensorsError::NoHead);
        }
        let mut head = Vec::new();
        file.take(len).read_to_end(&mut head).map_err(|_unread| SafetensorsError::NoHead)?;
        let Ok(Value::Object(fields)) = serde_json::from_slice(&head) else {
            return Err(SafetensorsError::NoHead);
        };
        let mut read = Self::default();
        for (name, value) in fields {
            if name == METADATA {
                let fields = value.as_object().into_iter().flatten();
                let field =
                    |(key, it): (&String, &Value)| Some((key.clone(), it.as_str()?.to_owned()));
                read.metadata = fields.filter_map(field).collect();
            } else {
                let entry = entry(&name, &value);
                read.arrays.push(entry.ok_or(SafetensorsError::BadArray { name })?);
            }
        }
        Ok(read)
    }
}

fn entry(name: &str, value: &Value) -> Option<Entry> {
    let numbers = |key: &str| {
        let numbers = value[key].as_array()?.iter().map(Value::as_u64);
        numbers.collect::<Option<Vec<u64>>>()
    };
    let [start, end] = numbers("data_offsets")?.try_into().ok()?;
    let dtype = value["dtype"].as_str()?.to_owned();
    let entry =
        Entry { name: name.to_owned(), dtype, shape: numbers("shape")?, bytes: (start, end) };
    (start <= end).then_some(entry)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use model::{Moves, Rules, Shape};

    use super::*;

    /// A pipeline some of whose numbers differ.
    fn pipeline() -> Pipeline {
        let mut pipeline = Pipeline::of_tokens("en", Rules::default());
        let shape = Shape { width: 2, depth: 1, hidden: 2, ..Shape::default() };
        pipeline.push_untrained(&shape, Moves::of_ner(&["Drug", "Gene"]));
        let count = |array: &mut Array| {
            (0_u16..).zip(array.values_mut()).for_each(|(n, it)| *it = f32::from(n) / 3.0);
        };
        count(&mut pipeline.trained_tok2vec_mut().expect("it has one").mix.weight);
        count(&mut pipeline.trained_ner_mut().expect("it has one").narrow.weight);
        pipeline
    }

    #[test]
    fn what_is_written_is_read_again() {
        let pipeline = pipeline();
        let bytes = save_safetensors(&pipeline, Vec::new()).expect("memory takes it");
        let head = Head::read(bytes.as_slice()).expect("it is whole");
        let shown: Vec<String> =
            head.arrays.iter().map(|it| format!("{} {:?}", it.name, it.shape)).collect();
        expect![[r#"
            tok2vec.hashembed.0.E [5000, 2]
            tok2vec.hashembed.1.E [1000, 2]
            tok2vec.hashembed.2.E [2500, 2]
            tok2vec.hashembed.3.E [2500, 2]
            tok2vec.maxout.0.W [2, 3, 8]
            tok2vec.maxout.0.b [2, 3]
            tok2vec.layernorm.0.G [2]
            tok2vec.layernorm.0.b [2]
            tok2vec.maxout.1.W [2, 3, 6]
            tok2vec.maxout.1.b [2, 3]
            tok2vec.layernorm.1.G [2]
            tok2vec.layernorm.1.b [2]
            ner.linear.1.W [2, 2]
            ner.linear.1.b [2]
            ner.linear.0.W [10, 2]
            ner.linear.0.b [10]
            ner.precomputable_affine.0.W [3, 2, 2, 2]
            ner.precomputable_affine.0.b [2, 2]
            ner.precomputable_affine.0.pad [1, 3, 2, 2]"#]]
        .assert_eq(&shown.join("\n"));
        assert_eq!(head.metadata["labels"], r#"["Drug","Gene"]"#);
        assert_eq!(head.metadata["pipeline"], "en_pipeline");
        assert!(head.metadata["config"].contains("spacy.TransitionBasedParser.v2"));

        let data = 8 + u64::from_le_bytes(bytes[..8].try_into().expect("eight")) as usize;
        assert_eq!(data % 8, 0);
        let mut start = 0;
        for (entry, (name, array)) in head.arrays.iter().zip(arrays(&pipeline)) {
            assert_eq!((&entry.name, entry.bytes.0), (&name, start), "no hole");
            let here = &bytes[data + start as usize..data + entry.bytes.1 as usize];
            let values: Vec<f32> =
                here.as_chunks::<4>().0.iter().map(|it| f32::from_le_bytes(*it)).collect();
            assert_eq!(values, array.values(), "{name}");
            start = entry.bytes.1;
        }
        assert_eq!(bytes.len(), data + start as usize);
    }

    #[test]
    fn what_is_no_head_is_said() {
        let with_head = |head: &str| {
            let len = (head.len() as u64).to_le_bytes();
            Head::read([&len[..], head.as_bytes()].concat().as_slice())
        };
        assert_eq!(with_head("{}"), Ok(Head::default()));
        assert_eq!(with_head("no json"), Err(SafetensorsError::NoHead));
        assert_eq!(Head::read(&b"short"[..]), Err(SafetensorsError::NoHead));
        assert_eq!(Head::read(&[255; 16][..]), Err(SafetensorsError::NoHead));
        let bad = SafetensorsError::BadArray { name: "a".to_owned() };
        let backwards = r#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}"#;
        assert_eq!(with_head(backwards), Err(bad));
    }
}
