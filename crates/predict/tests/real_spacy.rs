//! Asks spaCy itself: it trains pipelines and reads what is written here.
//!
//! Without a Python that has spaCy these tests say so and pass.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use corpus::{
    Answer, Doc, Label, Mark, Origin, Span,
    offsets::{Ruler, Unit},
};
use model::{
    Array, Component, HashEmbed, Linear, Lower, Maxout, Moves, Pipeline, Source, Step, Tok2Vec,
    Transitions, VectorMode, Vectors,
};
use predict::{Parsed, Predictor};
use serde_json::{Value, json};
use spacy::{
    DocBin,
    doc_bin::Setting,
    pipeline::{Archive, Folder, FolderSink, open, save, save_wheel, wheel_name},
};
use tokenizer::{Base, Tokenizer};

/// Pipelines that spaCy trained just now find here what they find there; written again, spaCy
/// finds the same in them.
#[test]
fn pipelines_go_there_and_back() {
    let Some(spacy) = Spacy::find("round_trip") else { return };
    spacy.run("pipelines.py", &["train", spacy.path("trained"), "7"]);
    let mut written = Vec::new();
    for entry in fs::read_dir(spacy.folder.join("trained")).expect("the folder is there") {
        let zip = entry.expect("an entry").path();
        if zip.extension().is_none_or(|it| it != "zip") {
            continue;
        }
        let name = zip.file_stem().expect("a name").to_string_lossy().into_owned();
        let pipeline = open(&mut Archive(fs::File::open(&zip).expect("a file")), &mut |_| ());
        let mut pipeline = pipeline.expect("spaCy opens it too");
        let texts = zip.with_extension("jsonl");
        check(&name, pipeline.clone(), &fs::read_to_string(&texts).expect("texts"));

        let folder = spacy.folder.join(&name);
        save(&pipeline, &mut FolderSink::new(&folder)).expect("the disk takes it");
        written.push(Written { at: folder, pipeline: pipeline.clone(), texts: texts.clone() });
        if name == "floret_vectors" {
            "packed-here/now".clone_into(&mut pipeline.name);
            let wheel = spacy.folder.join(wheel_name(&pipeline));
            let file = fs::File::create(&wheel).expect("the disk takes it");
            save_wheel(&pipeline, file).expect("the disk takes it");
            written.push(Written { at: wheel, pipeline, texts });
        }
    }
    assert!(5 < written.len());
    spacy.check(&written);
}

/// Weights that changed here and labels that were added here are there in spaCy.
#[test]
fn changed_pipelines_open() {
    let Some(spacy) = Spacy::find("changed") else { return };
    let golden = Path::new("tests/golden");
    let mut written = Vec::new();
    for name in ["parser_before_ner", "wild_parser", "table_vectors"] {
        let zip = fs::File::open(golden.join(format!("{name}.zip"))).expect("a golden pipeline");
        let mut pipeline = open(&mut Archive(zip), &mut |_| ()).expect("spaCy opens it too");
        let mut numbers = Numbers(1);
        for component in &mut pipeline.components {
            if let Step::Ner(it) = &mut component.step {
                it.add_ner_label("Added 🔬");
                it.narrow.bias = numbers.array(it.narrow.bias.shape(), 0.2);
                let scores = it.upper.as_mut().map_or(&mut it.lower.bias, |it| &mut it.bias);
                *scores = numbers.array(scores.shape(), 9.0);
            }
        }
        let at = spacy.folder.join(name);
        save(&pipeline, &mut FolderSink::new(&at)).expect("the disk takes it");
        let meta = fs::read_to_string(at.join("meta.json")).expect("it was written");
        assert!(meta.contains("Added 🔬"));
        written.push(Written { at, pipeline, texts: golden.join(format!("{name}.jsonl")) });
    }
    let found = spacy.check(&written);
    assert!(found.contains("Added 🔬"), "the new label is found somewhere");
}

/// A pipeline of which spaCy knows nothing opens there, finds the same, and trains on.
#[test]
fn pipelines_from_nothing_open_and_train() {
    let Some(spacy) = Spacy::find("from_nothing") else { return };
    let golden = Path::new("tests/golden");
    let texts = golden.join("wild_parser.jsonl");
    let mut written = Vec::new();
    for (name, shared, upper, vectors) in [
        ("shared", true, true, false),
        ("own", false, false, false),
        ("vectors", true, false, true),
    ] {
        let pipeline = from_nothing(shared, upper, vectors);
        let folder = spacy.folder.join(name);
        save(&pipeline, &mut FolderSink::new(&folder)).expect("the disk takes it");
        let opened = open(&mut Folder::new(&folder).expect("a folder"), &mut |_| ());
        let opened = opened.expect("it opens here");
        let wheel = spacy.folder.join(wheel_name(&pipeline));
        if name == "own" {
            save_wheel(&pipeline, fs::File::create(&wheel).expect("a file")).expect("a wheel");
            let pipeline = opened.clone();
            written.push(Written { at: wheel, pipeline, texts: texts.clone() });
        }
        written.push(Written { at: folder.clone(), pipeline: opened, texts: texts.clone() });

        let data = spacy.folder.join(format!("{name}.spacy"));
        corpus_of(&texts).write(fs::File::create(&data).expect("a file")).expect("a disk");
        let out = spacy.folder.join(format!("{name}-trained"));
        let text = |path: &Path| path.to_str().expect("a path of text").to_owned();
        let mut arguments = vec![
            "-m".to_owned(),
            "spacy".to_owned(),
            "train".to_owned(),
            text(&folder.join("config.cfg")),
            "--output".to_owned(),
            text(&out),
            "--paths.train".to_owned(),
            text(&data),
            "--paths.dev".to_owned(),
            text(&data),
            "--training.max_steps".to_owned(),
            "3".to_owned(),
            "--training.eval_frequency".to_owned(),
            "1".to_owned(),
        ];
        if vectors {
            arguments.extend(["--paths.vectors".to_owned(), text(&folder)]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        spacy.python(&arguments);
        let trained = Folder::new(&out.join("model-last")).expect("spaCy trained it");
        let trained = open(&mut { trained }, &mut |_| ()).expect("it opens here");
        let names =
            |it: &Pipeline| it.components.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&trained), names(&pipeline));
    }
    spacy.check(&written);
}

/// Six hundred texts, marked at random, are packed byte for byte as spaCy packs them.
#[test]
fn doc_bins_are_the_same() {
    let Some(spacy) = Spacy::find("doc_bins") else { return };
    spacy.run("doc_bin.py", &[spacy.path("bins"), "3", "600"]);
    let folder = spacy.folder.join("bins");
    let lines = fs::read_to_string(folder.join("plain.jsonl")).expect("texts");
    let tokenizer = Tokenizer::new(Base::BlankEn);
    let mut bin = DocBin::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        assert_eq!(bin.add(&doc(&line), &tokenizer, Setting::Annotations), []);
    }
    assert_eq!(bin.len(), 600);
    let mut expected = Vec::new();
    let file = fs::File::open(folder.join("plain.spacy")).expect("a file");
    flate2::read::ZlibDecoder::new(file).read_to_end(&mut expected).expect("zlib");
    assert!(bin.to_inflated() == expected, "the bytes differ");
}

/// Checks what a pipeline finds here against lines of what spaCy found.
#[track_caller]
fn check(name: &str, pipeline: Pipeline, lines: &str) {
    let predictor = Predictor::new(pipeline).expect("its rules are valid");
    let lines: Vec<Value> =
        lines.lines().map(|it| serde_json::from_str(it).expect("a line of JSON")).collect();
    let texts: Vec<&str> = lines.iter().map(|it| it["text"].as_str().expect("text")).collect();
    let found = predictor.predict(&texts).expect("the texts are short");
    assert_eq!(found.len(), lines.len());
    for ((parsed, line), text) in found.iter().zip(&lines).zip(texts) {
        assert_eq!(json!(parsed.sentences), line["sents"], "{name}: {text:?}");
        assert_eq!(entities(text, parsed), line["ents"], "{name}: {text:?}");
    }
}

/// A pipeline that was written to the disk.
struct Written {
    /// Its folder or wheel.
    at: PathBuf,
    pipeline: Pipeline,
    /// A file of lines whose texts it is tried on.
    texts: PathBuf,
}

fn entities(text: &str, parsed: &Parsed) -> Value {
    let ruler = Ruler::new(text);
    let at = |byte| ruler.from_bytes(byte, Unit::CodePoints).expect("on a border");
    parsed.entities.iter().map(|it| json!([at(it.start), at(it.end), *it.label])).collect()
}

/// spaCy's Python, and a folder of its own for a test.
struct Spacy {
    python: PathBuf,
    folder: PathBuf,
}

impl Spacy {
    fn find(test: &str) -> Option<Self> {
        let python = testkit::python(&["spacy"])?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the old folder can go");
        }
        fs::create_dir_all(&folder).expect("the disk takes it");
        Some(Self { python, folder })
    }

    /// A path in the test's folder, which lives as long as the program.
    fn path(&self, name: &str) -> &'static str {
        self.folder.join(name).to_str().expect("a path of text").to_owned().leak()
    }

    /// Runs one of the scripts that make golden files, and gives what it prints.
    fn run(&self, script: &str, arguments: &[&str]) -> String {
        let script = format!("../../tests/golden/spacy/{script}");
        self.python(&[&[&*script], arguments].concat())
    }

    /// Checks that spaCy finds in what was written what is found here; gives its lines.
    #[track_caller]
    fn check(&self, written: &[Written]) -> String {
        let paths = written.iter().flat_map(|it| [&it.at, &it.texts]);
        let paths = paths.map(|it| it.to_str().expect("a path of text"));
        let arguments: Vec<&str> = ["predict"].into_iter().chain(paths).collect();
        let found = self.run("pipelines.py", &arguments);
        assert_eq!(found.matches("\n\n").count(), written.len());
        for (it, lines) in written.iter().zip(found.split("\n\n")) {
            check(&it.at.to_string_lossy(), it.pipeline.clone(), lines);
        }
        found
    }

    #[track_caller]
    fn python(&self, arguments: &[&str]) -> String {
        let out = Command::new(&self.python).args(arguments).output().expect("Python runs");
        let errors = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(out.stdout).expect("it prints text")
    }
}

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn array(&mut self, shape: &[u32], scale: f32) -> Array {
        let shape: Vec<usize> = shape.iter().map(|it| *it as usize).collect();
        let values = (0..shape.iter().product()).map(|_| self.next() * scale).collect();
        Array::new(&shape, values).expect("as many as the shape holds")
    }

    /// Between -1 and 1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// A pipeline as a training run makes it: parts, and no file.
fn from_nothing(shared: bool, upper: bool, vectors: bool) -> Pipeline {
    let mut numbers = Numbers(5);
    let vectors = vectors.then(|| Vectors {
        width: 7,
        rows: numbers.array(&[3, 7], 1.0).values().to_vec(),
        mode: VectorMode::Table(
            ["pathway", "cancer", "mTOR", "X"]
                .iter()
                .zip([0, 1, 2, 2])
                .map(|(word, row)| (tokenizer::lex::string_id(word), row))
                .collect(),
        ),
    });
    let depth = if shared { 2 } else { 1 };
    let tok2vec = tok2vec(&mut numbers, depth, vectors.as_ref().map(|it| it.width));
    let labels = ["CHEMICAL", "Größe", "PERSON"];
    let source = match shared {
        true => Source::Listener("tok2vec".to_owned()),
        false => Source::Own(Box::new(tok2vec.clone())),
    };
    let ner = Step::Ner(transitions(&mut numbers, source, upper, &labels));
    let component = |name: &str, step| Component {
        name: name.to_owned(),
        factory: name.to_owned(),
        enabled: true,
        step,
    };
    let mut components = vec![component("ner", ner)];
    if shared {
        components.insert(0, component("tok2vec", Step::Tok2Vec(tok2vec)));
    }
    Pipeline {
        lang: "en".to_owned(),
        name: "made_here".to_owned(),
        version: "1.2.3".to_owned(),
        tokenizer: Base::BlankEn.rules().expect("blank:en has rules"),
        norms: BTreeMap::new(),
        vectors,
        components,
        files: BTreeMap::new(),
    }
}

fn tok2vec(numbers: &mut Numbers, depth: u32, vectors: Option<u32>) -> Tok2Vec {
    const WIDTH: u32 = 12;
    let attrs = [("NORM", 50), ("SHAPE", 20), ("SPACY", 4)];
    let n_blocks = attrs.len() as u32 + u32::from(vectors.is_some());
    let mut maxout = |pieces, inputs| Maxout {
        weight: numbers.array(&[WIDTH, pieces, inputs], 0.5),
        bias: numbers.array(&[WIDTH, pieces], 0.5),
        gain: numbers.array(&[WIDTH], 1.0),
        shift: numbers.array(&[WIDTH], 0.5),
    };
    let mix = maxout(3, WIDTH * n_blocks);
    let encode = (0..depth).map(|_| maxout(2, WIDTH * 3)).collect();
    let embed = |(idx, (attr, rows)): (usize, &(&str, u32))| HashEmbed {
        attr: (*attr).to_owned(),
        seed: 8 + idx as u32,
        table: numbers.array(&[*rows, WIDTH], 0.5),
    };
    let embeds = attrs.iter().enumerate().map(embed).collect();
    let vectors = vectors.map(|width| numbers.array(&[WIDTH, width], 0.5));
    Tok2Vec { embeds, vectors, mix, encode, window: 1, layers: Vec::new() }
}

fn transitions(numbers: &mut Numbers, source: Source, upper: bool, labels: &[&str]) -> Transitions {
    const HIDDEN: u32 = 10;
    let moves = Moves::of_ner(labels);
    let n_classes = moves.classes().len() as u32;
    let features = if upper { 3 } else { 6 };
    let outputs = if upper { HIDDEN } else { n_classes };
    let mut linear = |outputs, inputs| Linear {
        weight: numbers.array(&[outputs, inputs], 0.5),
        bias: numbers.array(&[outputs], 0.5),
    };
    let narrow = linear(HIDDEN, 12);
    let upper = upper.then(|| linear(n_classes, HIDDEN));
    let lower = Lower {
        weight: numbers.array(&[features, outputs, 2, HIDDEN], 0.5),
        bias: numbers.array(&[outputs, 2], 0.5),
        pad: numbers.array(&[1, features, outputs, 2], 0.5),
    };
    Transitions { source, narrow, lower, upper, moves, beam_width: 1, layers: Vec::new() }
}

/// The texts of golden lines with their entities, to train on.
fn corpus_of(lines: &Path) -> DocBin {
    let tokenizer = Tokenizer::new(Base::BlankEn);
    let mut bin = DocBin::new();
    for line in fs::read_to_string(lines).expect("texts").lines() {
        let line = serde_json::from_str(line).expect("a line of JSON");
        bin.add(&doc(&line), &tokenizer, Setting::AllFields);
    }
    bin
}

fn doc(line: &Value) -> Doc {
    let text = line["text"].as_str().expect("text");
    let ruler = Ruler::new(text);
    let mut doc = Doc::new("x", text);
    doc.annotation.answer = Some(Answer::Accept);
    for ent in line["ents"].as_array().expect("entities") {
        let byte = |at: &Value| ruler.to_bytes(at.as_u64()? as u32, Unit::CodePoints);
        let label = Label::new(ent[2].as_str().expect("a label")).expect("a name");
        let [start, end] = [0, 1].map(|it| byte(&ent[it]).expect("inside the text"));
        let span = Span::within(text, start, end, label).expect("inside the text");
        doc.annotation.marks.push(Mark { span, origin: Origin::Import, at_ms: 0 });
    }
    for field in ["cats", "spans"] {
        doc.meta.0.extend(line.get(field).map(|it| (field.to_owned(), it.clone())));
    }
    doc
}
