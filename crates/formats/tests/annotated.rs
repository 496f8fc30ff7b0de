//! Formats of other annotation tools: what is written is read back the same, real files come in, and
//! no damage makes a reader fail.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod made_up;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;

use corpus::{Doc, Origin, Span};
use formats::{
    BIOC_JSON, BIOC_XML, FORMATS, Format, InFile, Offsets, Options, Pieces, What, Which, Writer,
    read,
};
use proptest::prelude::*;
use tokenizer::Base;

use made_up::{mark, named, span_in, text};

/// Formats whose marks have places in a text and that are files of other tools.
fn annotated() -> impl Iterator<Item = &'static Format> {
    // Marks of WebAnno end with tokens; what is kept of them is tested with formats of tokens.
    let others = ["jsonl", "nerine", "webanno-tsv"];
    let has_offsets = |it: &Format| !matches!(it.offsets, Offsets::None | Offsets::Tokens);
    let is_one = move |it: &&Format| {
        it.is_read()
            && it.is_written()
            && it.holds(What::Overlaps)
            && has_offsets(it)
            && !others.contains(&it.key)
    };
    FORMATS.iter().copied().filter(is_one)
}

fn doc() -> impl Strategy<Value = Doc> {
    let name = prop_oneof![Just("Gene"), Just("Cell_line"), Just("粒子"), Just("a-b")];
    let marks = proptest::collection::vec(((0_usize..60, 0_usize..60), name), 0..6);
    let text = text(&["<b>&amp; \"x\" ]]></b>"]);
    let text = text.prop_filter("no byte order mark", |it| !it.starts_with('\u{feff}'));
    (text, marks).prop_map(|(text, marks)| {
        let mut doc = Doc::new("x", text);
        for (place, name) in marks {
            let Some(span) = span_in(&doc.text, place, name) else { continue };
            let words = span.text(&doc.text);
            // Some formats break marks at line ends.
            if !words.starts_with(['\n', '\r']) && !words.ends_with(['\n', '\r']) {
                mark(&mut doc, span, Origin::Import, 0);
            }
        }
        doc
    })
}

fn docs() -> impl Strategy<Value = Vec<Doc>> {
    named(proptest::collection::vec(doc(), 1..5), |n| (1000 + n).to_string())
}

fn write(format: &'static Format, docs: &[Doc]) -> InFile {
    let (bytes, _) = made_up::write(format, docs);
    InFile::new(format!("a.{}", format.extensions[0]), Cursor::new(bytes))
}

fn read_back(file: InFile) -> Vec<Doc> {
    read(vec![file], Options::default()).filter_map(Result::ok).collect()
}

fn marks(docs: &[Doc]) -> Vec<(String, Vec<Span>)> {
    docs.iter().map(|it| (it.text.clone(), it.spans().cloned().collect())).collect()
}

/// The texts as a format keeps them.
fn as_held(format: &Format, docs: &[Doc]) -> Vec<Doc> {
    let mut docs = docs.to_vec();
    if format.key == "pubtator" {
        // Two lines: only the first line break stays, if something follows.
        for doc in &mut docs {
            let blank = |it: &str| it.replace(['\n', '\r'], " ");
            doc.text = match doc.text.split_once('\n') {
                Some((title, body)) if !body.is_empty() => {
                    format!("{}\n{}", blank(title), blank(body))
                }
                Some((title, _)) => blank(title),
                None => blank(&doc.text),
            };
        }
    }
    docs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn marks_come_back_where_they_were(docs in docs()) {
        let all = docs;
        for format in annotated() {
            let docs = as_held(format, &all);
            let again = read_back(write(format, &all));
            prop_assert_eq!(marks(&again), marks(&docs), "{:?}", format);
            let ids = |docs: &[Doc]| docs.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
            prop_assert_eq!(ids(&again), ids(&docs), "{:?}", format);
            // Written again, nothing changes.
            prop_assert_eq!(&read_back(write(format, &again)), &again, "{:?}", format);
        }
    }
}

fn brat(files: &[(&str, &str)], options: Options) -> (Vec<Doc>, Vec<String>) {
    let file = |it: &(&str, &str)| InFile::new(it.0, Cursor::new(it.1.as_bytes().to_vec()));
    let (mut docs, mut warnings) = (Vec::new(), Vec::new());
    for item in read(files.iter().map(file).collect(), options) {
        match item {
            Ok(doc) => docs.push(doc),
            Err(warning) => warnings.push(warning.to_string()),
        }
    }
    (docs, warnings)
}

#[test]
fn what_becomes_of_pieces_is_a_choice_and_they_are_written_again_all_the_same() {
    let files = [("a.txt", "left and right lung"), ("a.ann", "T1\tX 0 4;15 19\tleft lung\n")];
    let cases = [
        (Pieces::Whole, vec![(0, 19)]),
        (Pieces::First, vec![(0, 4)]),
        (Pieces::Each, vec![(0, 4), (15, 19)]),
        (Pieces::None, vec![]),
    ];
    for (pieces, expected) in cases {
        let options = Options { pieces, ..Options::default() };
        let (docs, warnings) = brat(&files, options.clone());
        let found: Vec<_> = docs[0].spans().map(|it| (it.start(), it.end())).collect();
        assert_eq!(found, expected, "{pieces:?}");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let format = Format::find("brat").unwrap();
        let again = read(vec![write(format, &docs)], options);
        assert_eq!(again.filter_map(Result::ok).collect::<Vec<_>>(), docs, "{pieces:?}");
    }
}

#[test]
fn an_annotator_can_be_chosen() {
    let files = [
        ("a/1.txt", "A text."),
        ("a/1.ann", "T1\tX 0 1\tA\n"),
        ("b/1.txt", "A text."),
        ("b/1.ann", "T1\tX 2 6\ttext\n"),
        ("c/1.txt", "Another text."),
        ("c/1.ann", ""),
    ];
    let options = Options { annotator: Some("b".into()), ..Options::default() };
    let (docs, _) = brat(&files, options);
    assert_eq!(docs.len(), 2);
    assert_eq!(docs[0].spans().next().unwrap().text(&docs[0].text), "text");
    assert_eq!((docs[1].text.as_str(), docs[1].id.0.as_str()), ("Another text.", "1-2"));
    // Marks in folders below a text are about it.
    let files =
        [("1.txt", "A text."), ("a/1.ann", "T1\tX 0 1\tA\n"), ("b/1.ann", "T1\tX 2 6\ttext\n")];
    let (docs, warnings) = brat(&files, Options::default());
    assert_eq!(docs.len(), 1);
    assert!(warnings[0].starts_with("1.txt has marks of 2 annotators (a, b)"), "{warnings:?}");
}

#[test]
fn a_format_says_what_it_has_no_place_for() {
    let files = [
        ("a.txt", "A text."),
        ("a.ann", "T1\tX 0 1\tA\nT2\tX 2 6\ttext\nR1\tOf Arg1:T1 Arg2:T2\nN1\tReference T1 D:1\n"),
    ];
    let (docs, _) = brat(&files, Options::default());
    let conll = Format::find("conll").unwrap();
    let mut writer = Writer::new(conll, Which::All, Base::BlankEn, Vec::new());
    writer.put(&docs[0], 0).unwrap();
    let losses = writer.finish().unwrap().1;
    for what in [What::Relations, What::Normalisations] {
        assert_eq!(losses.row(what).map(|it| (it.count, it.left_out)), Some((1, 1)), "{what:?}");
    }
    let brat = Format::find("brat").unwrap();
    let mut writer = Writer::new(brat, Which::All, Base::BlankEn, Vec::new());
    let mut doc = docs[0].clone();
    doc.annotation.marks.retain(|it| it.span.start() == 0);
    writer.put(&doc, 0).unwrap();
    let losses = writer.finish().unwrap().1;
    assert_eq!(losses.row(What::Relations).map(|it| it.left_out), Some(1));
    assert_eq!(losses.row(What::Normalisations).map(|it| it.left_out), Some(0));
}

/// The files of a folder of real data, with their paths in it.
fn folder(path: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let root = testkit::shared(&format!("data/annotated/formats/{path}"))?;
    let mut paths: Vec<_> = fs::read_dir(&root).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    let named = |it: &std::path::PathBuf| {
        let name = it.file_name().unwrap().to_str().unwrap().to_owned();
        Some((name, fs::read(it).ok()?))
    };
    Some(paths.iter().filter_map(named).collect())
}

/// Texts and how often each kind of warning came.
fn read_all(files: Vec<(String, Vec<u8>)>) -> (Vec<Doc>, BTreeMap<String, u32>) {
    let files = files.into_iter().map(|it| InFile::new(it.0, Cursor::new(it.1))).collect();
    let (mut docs, mut reasons) = (Vec::new(), BTreeMap::new());
    for item in read(files, Options::default()) {
        match item {
            Ok(doc) => docs.push(doc),
            Err(warning) => *reasons.entry(warning.to_string()).or_insert(0) += 1,
        }
    }
    (docs, reasons)
}

#[test]
fn real_brat_folders_come_in_and_go_out_line_by_line() {
    for (path, n) in [("brat/NCBI-disease", 20), ("brat/BioNLP-ST_2011_EPI", 4)] {
        let Some(mut files) = folder(path) else { return };
        files.retain(|it| !matches!(it.0.as_str(), "README" | "LICENSE"));
        let (docs, reasons) = read_all(files.clone());
        assert_eq!(reasons, BTreeMap::new(), "{path}");
        assert_eq!(docs.len(), n, "{path}");
        let written = write(Format::find("brat").unwrap(), &docs);
        let mut zip = zip::ZipArchive::new(written.bytes).unwrap();
        for (name, bytes) in files.iter().filter(|it| it.0.strip_suffix(".ann").is_some()) {
            let mut ann = String::new();
            std::io::Read::read_to_string(&mut zip.by_name(name).unwrap(), &mut ann).unwrap();
            let lines = |it: &str| {
                let mut lines: Vec<String> =
                    it.lines().map(|it| it.trim_end().to_owned()).collect();
                lines.sort();
                lines
            };
            assert_eq!(lines(&ann), lines(std::str::from_utf8(bytes).unwrap()), "{path}/{name}");
        }
    }
}

/// Reads real files, which must give so many texts and at least so many marks, and come back the
/// same from being written.
#[track_caller]
fn check_real(path: &str, format: &str, n_texts: usize, n_marks: usize) {
    let Some(file) = testkit::shared(&format!("data/annotated/formats/{path}")) else { return };
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let (docs, reasons) = read_all(vec![(name, fs::read(&file).unwrap())]);
    let marks: usize = docs.iter().map(|it| it.annotation.marks.len()).sum();
    assert_eq!(docs.len(), n_texts, "{path}: {reasons:?}");
    assert!(n_marks <= marks, "{path} has {marks} marks: {reasons:?}");
    let lost: Vec<_> = reasons.keys().filter(|it| it.contains("left out")).collect();
    assert_eq!(lost, [""; 0], "{path}");
    let format = Format::find(format).unwrap();
    if format.is_written() {
        let again = read(vec![write(format, &docs)], Options::default());
        let again: Vec<Doc> = again.filter_map(Result::ok).collect();
        for (again, doc) in again.iter().zip(&docs) {
            assert_eq!(again, doc, "{path}");
        }
        assert_eq!(again.len(), docs.len(), "{path}");
    }
}

#[test]
fn what_a_format_has_one_place_for_is_told_where_there_are_more() {
    let about = "T1\tNP 0 4\tGold\nN1\tReference T1 A:1\tGold\nN2\tReference T1 B:2\tGold\n";
    let files = [("a.txt", "Gold."), ("a.ann", about)];
    let files = files.map(|(name, words)| InFile::new(name, Cursor::new(words.as_bytes())));
    let docs: Vec<Doc> = read(files.into(), Options::default()).filter_map(Result::ok).collect();
    for format in [&BIOC_JSON, &BIOC_XML] {
        let (_, losses) = made_up::write(format, &docs);
        let entries = losses.row(What::Normalisations).unwrap();
        assert_eq!((entries.count, entries.left_out), (2, 1), "{format:?}");
    }
}

#[test]
fn real_pubtator_files_come_in() {
    check_real("pubtator/CDR_sample.PubTator.txt", "pubtator", 50, 925);
    check_real("pubtator/NCBIdevelopset_corpus.txt", "pubtator", 100, 787);
    check_real("pubtator/NCBIdevset-example.pubtator.txt", "pubtator", 9, 74);
}

#[test]
fn real_pubannotation_files_come_in() {
    check_real("pubannotation/BC5CDR-example.json", "pubannotation", 1, 6);
    check_real("pubannotation/SPECIES800-19667393.json", "pubannotation", 1, 9);
}

#[test]
fn real_bioc_files_come_in() {
    check_real("bioc/NCBIdevset-example.bioc.json", "bioc-json", 9, 74);
    check_real("bioc/NCBIdevset-example.bioc.xml", "bioc-xml", 9, 74);
    check_real("bioc/everything.json", "bioc-json", 2, 4);
    check_real("bioc/everything.xml", "bioc-xml", 2, 4);
    check_real("bioc/tutorial-example.bioc.json", "bioc-json", 1, 1);
}

#[test]
fn real_references_and_articles_come_in() {
    check_real("nbib/single.nbib", "nbib", 1, 0);
    check_real("pubmed_xml/NCBIdevset-example.pxml", "pubmed-xml", 9, 0);
    check_real("pubmed_xml/tutorial-example.pxml", "pubmed-xml", 1, 0);
}

/// The golden files of some formats: each case is a file or the files of a folder.
fn goldens() -> Vec<Vec<(String, Vec<u8>)>> {
    let mut cases = Vec::new();
    for folder in ["brat", "bionlp", "pubtator", "pubannotation", "bioc-json", "bioc-xml", "nbib"]
        .into_iter()
        .chain(["ris", "pubmed-xml", "jats"])
    {
        for case in fs::read_dir(format!("tests/golden/{folder}")).unwrap() {
            let (mut paths, mut files) = (vec![case.unwrap().path()], Vec::new());
            while let Some(path) = paths.pop() {
                match path.is_dir() {
                    true => paths.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path())),
                    false => files.push((path.display().to_string(), fs::read(&path).unwrap())),
                }
            }
            files.retain(|it| it.0.strip_suffix(".expected").is_none());
            files.sort();
            if !files.is_empty() {
                cases.push(files);
            }
        }
    }
    cases.sort();
    cases
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_damage_makes_a_reader_fail(
        case in any::<prop::sample::Index>(),
        hits in proptest::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..4, any::<u8>()),
            1..6,
        ),
    ) {
        let cases = goldens();
        let mut files = cases[case.index(cases.len())].clone();
        for (file, at, kind, byte) in hits {
            let n = files.len();
            let bytes = &mut files[file.index(n)].1;
            if bytes.is_empty() {
                continue;
            }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => bytes.truncate(at),
                _ => drop(bytes.remove(at)),
            }
        }
        let file = |it: (String, Vec<u8>)| InFile::new(it.0, Cursor::new(it.1));
        let all = |format| {
            let files = files.iter().cloned().map(file).collect();
            read(files, Options { format, ..Options::default() })
        };
        // What comes in can be written, and its marks lie in their texts.
        let docs: Vec<Doc> = all(None).filter_map(Result::ok).collect();
        for doc in &docs {
            prop_assert!(doc.spans().all(|it| doc.text.get(it.start() as usize..it.end() as usize).is_some()));
        }
        for format in annotated() {
            write(format, &docs);
        }
        for format in FORMATS.iter().copied().filter(|it| it.is_read()) {
            prop_assert!(all(Some(format)).count() < 2000);
        }
    }
}
