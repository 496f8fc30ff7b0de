//! What is no pipeline, or a damaged one, is refused in a sentence.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read, Write},
    path::Path,
};

use expect_test::{Expect, expect};
use flate2::{Compression, write::GzEncoder};
use model::{Pipeline, Step, Touches};
use spacy::{
    PipelineError,
    pipeline::{Archive, Folder, Source, Take, open},
};
use zip::write::SimpleFileOptions;

type Files = BTreeMap<String, Vec<u8>>;

#[expect(clippy::needless_pass_by_value, reason = "reads better in the cases")]
#[track_caller]
fn check(name: &str, change: impl FnOnce(&mut Files), expect: Expect) {
    let mut files = golden(name);
    change(&mut files);
    let error = open_files(&files).expect_err("it is damaged");
    expect.assert_eq(&error.to_string());
}

#[test]
fn files_that_are_missing() {
    let remove = |path: &'static str| move |files: &mut Files| drop(files.remove(path));
    check(
        "parser_before_ner",
        remove("config.cfg"),
        expect![
            "no spaCy pipeline: no folder in it has both config.cfg and meta.json; choose the folder that spacy.load opens, or its zip, wheel or tar.gz"
        ],
    );
    check(
        "parser_before_ner",
        remove("tokenizer"),
        expect![[
            r#"the pipeline has no file "tokenizer": it is incomplete; fetch or package it again"#
        ]],
    );
    check(
        "parser_before_ner",
        remove("ner/model"),
        expect![[
            r#"the pipeline has no file "ner/model": it is incomplete; fetch or package it again"#
        ]],
    );
    check(
        "parser_before_ner",
        remove("ner/moves"),
        expect![[
            r#"the pipeline has no file "ner/moves": it is incomplete; fetch or package it again"#
        ]],
    );
    check(
        "floret_vectors",
        remove("vocab/vectors"),
        expect![[
            r#""words" needs word vectors of 12 numbers, and the pipeline's have 0: the vectors are of another pipeline"#
        ]],
    );
}

#[test]
fn files_that_break_off() {
    let halve = |path: &'static str| {
        move |files: &mut Files| {
            let bytes = files.get_mut(path).expect("it is there");
            bytes.truncate(bytes.len() / 2);
        }
    };
    check(
        "parser_before_ner",
        halve("ner/model"),
        expect![[
            r#"the pipeline's file "ner/model" is damaged (it is no whole msgpack): fetch or package it again"#
        ]],
    );
    check(
        "parser_before_ner",
        halve("tokenizer"),
        expect![[
            r#"the pipeline's file "tokenizer" is damaged (it is no whole msgpack): fetch or package it again"#
        ]],
    );
    check(
        "parser_before_ner",
        halve("ner/moves"),
        expect![[
            r#"the pipeline's file "ner/moves" is damaged (it lists no classes): fetch or package it again"#
        ]],
    );
    check(
        "parser_before_ner",
        halve("meta.json"),
        expect![[
            r#"the pipeline's file "meta.json" is damaged (EOF while parsing a value at line 25 column 6): fetch or package it again"#
        ]],
    );
    check(
        "parser_before_ner",
        halve("ner/cfg"),
        expect![[
            r#"the pipeline's file "ner/cfg" is damaged (EOF while parsing a string at line 8 column 9): fetch or package it again"#
        ]],
    );
    check(
        "parser_before_ner",
        halve("vocab/strings.json"),
        expect![[
            r#"the pipeline's file "vocab/strings.json" is damaged (EOF while parsing a list at line 697 column 5): fetch or package it again"#
        ]],
    );
    check(
        "floret_vectors",
        halve("vocab/vectors"),
        expect![[
            r#"the pipeline's file "vocab/vectors" is damaged (it breaks off): fetch or package it again"#
        ]],
    );
    check(
        "table_vectors",
        halve("vocab/key2row"),
        expect![[
            r#"the pipeline's file "vocab/key2row" is damaged (it is no map of words to rows): fetch or package it again"#
        ]],
    );
}

#[test]
fn settings_that_do_not_fit() {
    let replace = |from: &'static str, to: &'static str| {
        move |files: &mut Files| {
            let bytes = files.get_mut("config.cfg").expect("it is there");
            let text = String::from_utf8(bytes.clone()).expect("text");
            assert!(text.contains(from), "{from}");
            *bytes = text.replacen(from, to, 1).into_bytes();
        }
    };
    check(
        "parser_before_ner",
        replace("[200, 100]", "[200, 101]"),
        expect![[
            r#""tok2vec/model": E of hashembed has the shape [100, 16], and config.cfg asks for [101, 16]: the two are of different pipelines"#
        ]],
    );
    check(
        "parser_before_ner",
        replace("depth = 2", "depth = 3"),
        expect![[
            r#""tok2vec/model" does not fit config.cfg (other tables or another depth): the two are of different pipelines"#
        ]],
    );
    check(
        "parser_before_ner",
        replace("depth = 2", "depth = x"),
        expect![[
            r#"config.cfg does not say "components.tok2vec.model.encode.depth": fill it with `spacy init fill-config`"#
        ]],
    );
    check(
        "table_vectors",
        replace("hidden_width = 12", "hidden_width = 0"),
        expect![[
            r#"config.cfg does not say "components.ner.model.hidden_width": fill it with `spacy init fill-config`"#
        ]],
    );
    check(
        "parser_before_ner",
        replace("\"NORM\"", "\"IS_STOP\""),
        expect![[
            r#""ner" cannot be run: "tok2vec" reads the token attribute "IS_STOP", which Nerine does not have: use NORM, LOWER, ORTH, PREFIX, SUFFIX, SHAPE, SPACY or IS_SPACE"#
        ]],
    );
    check(
        "table_vectors",
        replace("spacy.HashEmbedCNN.v2", "spacy.CharacterEmbed.v2"),
        expect![[
            r#""ner" is built as "spacy.CharacterEmbed.v2", which Nerine cannot run: use one with MultiHashEmbed.v2 or HashEmbedCNN.v2, MaxoutWindowEncoder.v2 and TransitionBasedParser.v2"#
        ]],
    );
    check(
        "table_vectors",
        replace("spacy.HashEmbedCNN.v2", "spacy-transformers.TransformerListener.v1"),
        expect![[
            r#""ner" is a transformer, which Nerine cannot run yet: use a pipeline with tok2vec instead, such as those whose names end in _sm, _md or _lg"#
        ]],
    );
    check(
        "parser_before_ner",
        replace("factory = \"tok2vec\"", "factory = \"transformer\""),
        expect![[
            r#""tok2vec" is a transformer, which Nerine cannot run yet: use a pipeline with tok2vec instead, such as those whose names end in _sm, _md or _lg"#
        ]],
    );
    check(
        "floret_vectors",
        replace("upstream = \"words\"", "upstream = \"other\""),
        expect![[
            r#""ner" listens to "other", and no tok2vec of this name runs before it: package the pipeline with it"#
        ]],
    );
    check(
        "parser_before_ner",
        replace("spacy.Tokenizer.v1", "spacy.ja.JapaneseTokenizer"),
        expect![[
            r#"the pipeline cuts text with "spacy.ja.JapaneseTokenizer", which Nerine does not have: only spaCy's rule tokenizer (spacy.Tokenizer.v1) can be used"#
        ]],
    );
    check(
        "parser_before_ner",
        replace("[nlp]\n", "[nlp]\nbroken\n"),
        expect![[r#"config.cfg, line 12: "broken" is no `name = value`"#]],
    );
}

#[test]
fn numbers_that_are_none() {
    let not_a_number = |path: &'static str| {
        move |files: &mut Files| {
            let bytes = files.get_mut(path).expect("it is there");
            let len = bytes.len();
            bytes[len - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        }
    };
    check(
        "table_vectors",
        not_a_number("vocab/vectors"),
        expect![[
            r#""vocab/vectors": a vector holds a number that is infinite or none: its training went wrong; train it again"#
        ]],
    );
    check(
        "table_vectors",
        |files| {
            let bytes = files.get_mut("ner/model").expect("it is there");
            // The key of an array's numbers, and the length of the last array: 16 numbers.
            let data = [&b"\xc4\x04data\xc4\x40"[..]].concat();
            let at = bytes.windows(data.len()).rposition(|it| it == data).expect("an array");
            bytes[at + data.len()..][..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
        },
        expect![[
            r#""ner/model": b of layernorm holds a number that is infinite or none: its training went wrong; train it again"#
        ]],
    );
}

#[test]
fn other_versions_and_other_vectors() {
    check(
        "table_vectors",
        |files| {
            let meta = String::from_utf8(files["meta.json"].clone()).expect("text");
            let meta = meta.replace(">=3.8.18,<3.9.0", ">=2.3.0,<2.4.0");
            files.insert("meta.json".to_owned(), meta.into_bytes());
        },
        expect![
            "the pipeline is of spaCy >=2.3.0,<2.4.0, and only those of spaCy 3 can be opened: train or fetch it for spaCy 3"
        ],
    );
    check(
        "table_vectors",
        |files| {
            let other = golden("floret_vectors").remove("vocab/vectors").expect("it is there");
            files.insert("vocab/vectors".to_owned(), other);
        },
        expect![[
            r#""ner" needs word vectors of 10 numbers, and the pipeline's have 12: the vectors are of another pipeline"#
        ]],
    );
    check(
        "rules_before_ner",
        |files| {
            files.insert("entity_ruler/patterns.jsonl".to_owned(), b"{\"label\":\"A\"}".to_vec());
        },
        expect![[r#"rule 1 of "entity_ruler" is damaged: each needs a label and a pattern"#]],
    );
    check(
        "table_vectors",
        |files| {
            let all: Vec<_> = files.clone().into_iter().collect();
            files.clear();
            for (path, bytes) in all {
                files.insert(format!("a/{path}"), bytes.clone());
                files.insert(format!("b/{path}"), bytes);
            }
        },
        expect!["several pipelines in one place (a/, b/): choose one of them"],
    );
}

/// A component that Nerine cannot run as spaCy does is kept, with what may differ.
#[test]
fn what_cannot_be_run_is_kept_and_named() {
    let mut files = golden("parser_before_ner");
    let settings = String::from_utf8(files["parser/cfg"].clone()).expect("text");
    let settings = settings.replace("\"learn_tokens\":false", "\"learn_tokens\":true");
    files.insert("parser/cfg".to_owned(), settings.into_bytes());
    let pipeline = open_files(&files).expect("all but the parser runs");
    let kept = pipeline.components.iter().filter_map(|it| match &it.step {
        Step::Kept(kept) => Some((it.name.as_str(), kept.touches)),
        _ => None,
    });
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept, [("parser", Touches::Tokens), ("tagger", Touches::Nothing)]);
    assert!(pipeline.files.contains_key("parser/model"), "it is written as it was read");
}

#[test]
fn a_header_that_lies_costs_no_memory() {
    let claim = |n_rows: u64| {
        move |files: &mut Files| {
            let mut header =
                format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n_rows}, 10), }}");
            header.push('\n');
            let mut npy = b"\x93NUMPY\x01\x00".to_vec();
            npy.extend((header.len() as u16).to_le_bytes());
            npy.extend(header.bytes());
            npy.extend(vec![0; 300_000]);
            files.insert("vocab/vectors".to_owned(), npy);
        }
    };
    check(
        "table_vectors",
        claim(30_000),
        expect![[
            r#"the pipeline's file "vocab/vectors" is damaged (it breaks off): fetch or package it again"#
        ]],
    );
    check(
        "table_vectors",
        claim(1 << 58),
        expect![[
            r#"the pipeline's file "vocab/vectors" is damaged (2882303761517117440 numbers: memory allocation failed because the computed capacity exceeded the collection's maximum): fetch or package it again"#
        ]],
    );
    check(
        "table_vectors",
        claim(u64::MAX / 2),
        expect![[
            r#"the pipeline's file "vocab/vectors" is damaged (its sides are too long): fetch or package it again"#
        ]],
    );
}

#[test]
fn archives_that_are_none() {
    let open = |bytes: &[u8]| open(&mut Archive(Cursor::new(bytes)), &mut |_| ());
    let text = open(b"hello").expect_err("it is text");
    expect!["the archive cannot be read (it begins like neither): it is damaged or no zip, wheel or tar.gz; fetch it again"].assert_eq(&text.to_string());
    let whole = fs::read(path("table_vectors")).expect("the golden pipeline");
    assert!(matches!(open(&whole[..whole.len() / 2]), Err(PipelineError::BadArchive { .. })));
    assert!(matches!(open(b"PK"), Err(PipelineError::BadArchive { .. })));
    assert!(matches!(open(b""), Err(PipelineError::BadArchive { .. })));
    let tar = tar_gz(&golden("table_vectors"));
    assert!(open(&tar).is_ok());
    assert!(open(&tar[..tar.len() / 2]).is_err());
    // The checksum is looked at, too, which stands behind all files.
    let mut other_checksum = tar.clone();
    let at = tar.len() - 8;
    other_checksum[at] ^= 1;
    assert!(matches!(open(&other_checksum), Err(PipelineError::BadArchive { .. })));
    assert!(open(&tar[..tar.len() - 4]).is_err());
}

#[test]
fn networks_of_version_1_are_those_of_version_2_but_for_word_vectors() {
    let aged = |name: &str| {
        let mut files = golden(name);
        let mut config = String::from_utf8(files["config.cfg"].clone()).expect("text");
        let networks = [
            "Tok2Vec",
            "MultiHashEmbed",
            "HashEmbedCNN",
            "MaxoutWindowEncoder",
            "TransitionBasedParser",
        ];
        for network in networks {
            let [new, old] = [2, 1].map(|version| format!("\"spacy.{network}.v{version}\""));
            config = config.replace(&new, &old);
        }
        assert!(!config.contains(".v2\"\nwidth"), "{config}");
        files.insert("config.cfg".to_owned(), config.into_bytes());
        open_files(&files)
    };
    let whole = open_files(&golden("parser_before_ner")).expect("it is whole");
    let old = aged("parser_before_ner").expect("they are run");
    assert_eq!(old.components, whole.components);
    let error = aged("table_vectors").expect_err("words without a vector read another one there");
    assert!(matches!(error, PipelineError::Architecture { .. }), "{error}");
}

#[test]
fn what_a_folder_holds_beside_its_pipeline_is_not_read() {
    let files = golden("table_vectors");
    let inside = files.keys().map(|path| format!("some/where/{path}"));
    let mut folder = Folder {
        paths: inside.chain(["diary.txt".to_owned(), "some/photo.jpg".to_owned()]).collect(),
        open: Box::new(|path| {
            let bytes = &files[path.strip_prefix("some/where/").expect("it is the pipeline's")];
            Ok(Box::new(Cursor::new(bytes.clone())))
        }),
    };
    assert!(open(&mut folder, &mut |_| ()).is_ok());
}

#[test]
fn what_an_attribute_ruler_sets_tells_whether_it_matters() {
    let touches = |attr: &str| {
        let mut files = golden("parser_before_ner");
        let mut config = String::from_utf8(files["config.cfg"].clone()).expect("text");
        config = config.replace("factory = \"tagger\"", "factory = \"attribute_ruler\"");
        files.insert("config.cfg".to_owned(), config.into_bytes());
        let text = |it: &str| rmpv::Value::from(it);
        let attrs = rmpv::Value::Map(vec![(text(attr), text("x"))]);
        let rule = rmpv::Value::Map(vec![(text("attrs"), attrs)]);
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, &rmpv::Value::Array(vec![rule])).expect("it fits");
        files.insert("tagger/patterns".to_owned(), bytes);
        let pipeline = open_files(&files).expect("it is kept");
        let kept = pipeline.components.into_iter().find(|it| it.name == "tagger");
        match kept.expect("it is there").step {
            Step::Kept(it) => it.touches,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(touches("TAG"), Touches::Nothing);
    assert_eq!(touches("SENT_START"), Touches::Sentences);
    assert_eq!(touches("norm"), Touches::Vectors);
}

#[test]
fn paths_that_lead_out() {
    for path in ["../config.cfg", "/etc/passwd", "a/../../b", "C:\\x", "a\\..\\b"] {
        let files = Files::from([(path.to_owned(), Vec::new())]);
        let error = open(&mut Archive(Cursor::new(zip(&files))), &mut |_| ()).expect_err(path);
        let expected = format!(
            "the archive holds the path {path:?}, which leads out of it: do not trust this file"
        );
        assert_eq!(error.to_string(), expected);
    }
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    tar.append_link(&mut link, "config.cfg", "/etc/passwd").expect("memory takes it");
    let tar = tar.into_inner().and_then(GzEncoder::finish).expect("memory takes it");
    let error = open(&mut Archive(Cursor::new(tar)), &mut |_| ()).expect_err("a link");
    assert!(matches!(error, PipelineError::BadPath { .. }), "{error}");
}

#[test]
fn bombs_are_not_unpacked() {
    let mut files = golden("table_vectors");
    files.insert("big".to_owned(), vec![0; 70 << 20]);
    for archive in [zip(&files), tar_gz(&files)] {
        let error = open(&mut Archive(Cursor::new(archive)), &mut |_| ()).expect_err("a bomb");
        expect!["the archive unpacks to more than 100 times its size, as no pipeline does: do not trust this file"].assert_eq(&error.to_string());
    }
}

/// Damage anywhere is refused, or leaves a pipeline; it never panics.
#[test]
fn damage_never_panics() {
    for name in ["parser_before_ner", "floret_vectors"] {
        let files = golden(name);
        let mut draw = 1_u64;
        let mut n_refused = 0;
        for path in files.keys().filter(|it| !it.ends_with("strings.json")) {
            for _ in 0..30 {
                draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let mut damaged = files.clone();
                let bytes = damaged.get_mut(path).expect("it is there");
                let at = (draw >> 33) as usize % bytes.len();
                if draw.is_multiple_of(3) {
                    bytes.truncate(at);
                } else {
                    bytes[at] ^= (draw >> 20) as u8 | 1;
                }
                n_refused += u32::from(open_files(&damaged).is_err());
            }
        }
        assert!(0 < n_refused);
    }
}

fn open_files(files: &Files) -> Result<Pipeline, PipelineError> {
    struct InMemory<'f>(&'f Files);
    impl Source for InMemory<'_> {
        fn each(&mut self, take: &mut Take<'_>) -> Result<(), PipelineError> {
            self.0.iter().try_for_each(|(path, bytes)| take(path, &mut bytes.as_slice()))
        }
    }
    open(&mut InMemory(files), &mut |_| ())
}

fn zip(files: &Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(path, SimpleFileOptions::default()).expect("memory takes it");
        zip.write_all(bytes).expect("memory takes it");
    }
    zip.finish().expect("memory takes it").into_inner()
}

/// As `spacy package` packs it.
fn tar_gz(files: &Files) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        let path = format!("xx_pipeline-0.0.0/xx_pipeline/xx_pipeline-0.0.0/{path}");
        tar.append_data(&mut header, path, bytes.as_slice()).expect("memory takes it");
    }
    tar.into_inner().and_then(GzEncoder::finish).expect("memory takes it")
}

fn path(name: &str) -> std::path::PathBuf {
    let folder = Path::new("../predict/tests/golden");
    folder.join(format!("{name}.zip"))
}

fn golden(name: &str) -> Files {
    let file = fs::File::open(path(name)).expect("the golden pipeline");
    let mut zip = zip::ZipArchive::new(file).expect("a zip");
    let mut files = Files::new();
    for idx in 0..zip.len() {
        let mut file = zip.by_index(idx).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("its bytes");
        files.insert(file.name().to_owned(), bytes);
    }
    files
}
