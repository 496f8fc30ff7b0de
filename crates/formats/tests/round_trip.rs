//! What is written is read back the same.

mod made_up;

use std::io::{self, Cursor};

use annotate::{Change, Entry, Step, Suggestion};
use corpus::{Annotation, Answer, Doc, LabelDef, Mark, Meta, Origin, Span, SplitRule, palette};
use formats::nerine::{self, Archive, OpenError};
use formats::{
    CONLL, CONLL_BILUO, InFile, JSONL, MarkProblem, Options, Reason, SPACY, TEXT, What, Which,
    Writer, read,
};
use project::{
    Counts, ProjectId, ProjectRecord, RunId, RunRecord, RunState, SplitCounts, SuggestionRecord,
    TrainSettings,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokenizer::Base;

use made_up::{label, mark, named, span_in, text, write};

fn doc() -> impl Strategy<Value = Doc> {
    let place = (0_usize..60, 0_usize..60);
    let origin = prop_oneof![
        Just(Origin::Person),
        Just(Origin::Import),
        "[a-z]{1,5}".prop_map(Origin::Model)
    ];
    let name = prop_oneof![Just("Gene"), Just("Cell line"), Just("粒子"), Just("a-b")];
    let marked = (place.clone(), name.clone(), origin, 0_u64..9);
    let answer = prop_oneof![
        Just(None),
        Just(Some(Answer::Accept)),
        Just(Some(Answer::Reject)),
        Just(Some(Answer::Ignore))
    ];
    let flag = proptest::option::of("\\PC{0,8}");
    let meta = proptest::collection::vec(("[a-z]{1,4}", "\\PC{0,8}"), 0..3);
    let fields = proptest::collection::vec(("_[a-z]{1,4}", 0_i64..9), 0..3);
    let marks = proptest::collection::vec(marked, 0..6);
    let refused = proptest::collection::vec((place.clone(), name), 0..3);
    let unread = proptest::collection::vec(place, 0..3);
    (text(&["\u{200b}\u{202e}\u{feff}"]), marks, refused, unread, answer, flag, meta, fields)
        .prop_map(|(text, marks, refused, unread, answer, flag, meta, fields)| {
            let mut doc = Doc::new("x", text);
            for (place, name, origin, at_ms) in marks {
                let Some(span) = span_in(&doc.text, place, name) else { continue };
                mark(&mut doc, span, origin, at_ms);
            }
            let spans = refused.into_iter().filter_map(|it| span_in(&doc.text, it.0, it.1));
            doc.annotation.refused = spans.collect();
            doc.annotation.refused.sort();
            doc.annotation.refused.dedup();
            for span in unread.into_iter().filter_map(|it| span_in(&doc.text, it, "A")) {
                doc.annotation.unread.add(span.start(), span.end());
            }
            (doc.annotation.answer, doc.annotation.flag) = (answer, flag);
            doc.meta = Meta(meta.into_iter().map(|it| (it.0, Value::String(it.1))).collect());
            let fields: Map<String, Value> =
                fields.into_iter().map(|it| (it.0, it.1.into())).collect();
            if !fields.is_empty() {
                doc.meta.0.insert(formats::FIELDS.into(), Value::Object(fields));
            }
            doc
        })
}

fn docs() -> impl Strategy<Value = Vec<Doc>> {
    named(proptest::collection::vec(doc(), 0..6), |n| format!("doc {n}"))
}

fn read_back(name: &str, bytes: Vec<u8>, options: Options) -> Vec<Doc> {
    let reader = read(vec![InFile::new(name, Cursor::new(bytes))], options);
    reader.filter_map(Result::ok).collect()
}

fn project() -> ProjectRecord {
    let mut labels: Vec<LabelDef> = Vec::new();
    for name in ["Gene", "Cell line", "粒子"] {
        labels.push(palette::define(label(name), &labels));
    }
    labels[0].description = "Genes and “proteins”.\nNot families.".into();
    ProjectRecord {
        id: ProjectId("p".into()),
        name: "Überblick 🧪".into(),
        created_ms: 1,
        changed_ms: 2,
        exported_ms: Some(3),
        trashed_ms: None,
        labels,
        guidelines: "# What to mark\r\n\r\nAll of it.\n".into(),
        overlaps_allowed: true,
        base: "blank:en".into(),
        split: SplitRule::new(7, 15, 25).expect("60 % are left"),
        split_frozen: true,
        suggesting: Some(RunId(2)),
        counts: Counts::default(),
    }
}

fn run(n: u32) -> RunRecord {
    RunRecord {
        id: RunId(n),
        name: format!("scratch-{n}"),
        started_ms: 5,
        settings: TrainSettings::new("blank:en", vec![label("Gene")]),
        state: RunState::Done { why: "no better score in 6 looks".into() },
        device: None,
        split: SplitCounts { train: 3, dev: 1, test: 1 },
        curve: Vec::new(),
        best: None,
        dev: None,
        test: None,
        mistakes: Vec::new(),
        secs: 1.25,
        words_per_sec: 9000.5,
        weights_bytes: 4,
        architecture: "conv-1".into(),
        experiment: None,
    }
}

fn entry(seq: u64) -> Entry {
    let mark = Mark {
        span: Span::new(0, 1, label("Gene")).expect("it is not empty"),
        origin: Origin::Person,
        at_ms: 4,
    };
    let change = Change {
        added: vec![mark],
        answer: Some((None, Some(Answer::Accept))),
        ..Change::default()
    };
    let step = if seq == 0 { Step::Do } else { Step::Undo(seq - 1) };
    Entry { seq, doc: 0, at_ms: 4, step, change }
}

fn suggestions(doc: &Doc) -> Option<SuggestionRecord> {
    let span = span_in(&doc.text, (0, 1), "Gene")?;
    Some(SuggestionRecord { run: RunId(2), suggestions: vec![Suggestion { span, score: 0.625 }] })
}

proptest! {
    #[test]
    fn prodigy_keeps_everything(docs in docs()) {
        let (bytes, losses) = write(&JSONL, &docs);
        prop_assert_eq!(losses.n_losses(), 0);
        let options = Options { format: Some(&JSONL), ..Options::default() };
        prop_assert_eq!(read_back("a.jsonl", bytes, options), docs);
    }

    #[test]
    fn a_project_file_gives_the_identical_project(docs in docs()) {
        let project = project();
        let more = json!({ "x_other_tool": { "a": [1, 2] } });
        let more = more.as_object().unwrap();
        let mut writer = nerine::Writer::new(Vec::new(), &project, more).unwrap();
        for doc in &docs {
            writer.put(doc, suggestions(doc).as_ref()).unwrap();
        }
        for seq in 0..3 {
            writer.put_entry(&entry(seq)).unwrap();
        }
        writer.put_run(&run(2), Some(&[1, 2, 3, 4])).unwrap();
        writer.put_run(&run(11), None).unwrap();
        let (bytes, losses) = writer.finish().unwrap();
        prop_assert_eq!(losses.n_losses(), 0);

        let file = || InFile::new("a.nerine", Cursor::new(bytes.clone()));
        let mut archive = Archive::open(file(), project.id.clone()).unwrap();
        prop_assert_eq!(archive.project(), &project);
        prop_assert_eq!(archive.more(), more);
        let mut journal = Vec::new();
        archive.history(|entry| journal.push(entry)).unwrap();
        prop_assert_eq!(journal, (0..3).map(entry).collect::<Vec<_>>());
        prop_assert_eq!(archive.runs().unwrap(), vec![run(2), run(11)]);
        prop_assert_eq!(archive.weights(RunId(2)).unwrap(), Some(vec![1, 2, 3, 4]));
        prop_assert_eq!(archive.weights(RunId(11)).unwrap(), None);
        prop_assert_eq!(archive.take_warnings(), vec![]);

        let mut reader = read(vec![file()], Options::default());
        let mut read_docs = Vec::new();
        while let Some(item) = reader.next() {
            let doc = match item {
                Ok(doc) => doc,
                Err(warning) if warning.reason == Reason::Repeated => continue,
                Err(warning) => return Err(TestCaseError::fail(warning.to_string())),
            };
            prop_assert_eq!(reader.take_suggestions(), suggestions(&doc));
            read_docs.push(doc);
        }
        prop_assert_eq!(read_docs, docs);
    }

    #[test]
    fn conll_holds_every_mark_that_is_kept(docs in docs(), biluo: bool) {
        let format = if biluo { &CONLL_BILUO } else { &CONLL };
        let (bytes, losses) = write(format, &docs);
        let n_marks: u32 = docs.iter().map(|it| it.annotation.marks.len() as u32).sum();
        let left_out = |what| losses.row(what).unwrap().left_out;
        let expected = n_marks - left_out(What::Marks) - left_out(What::Overlaps);
        let options = Options { format: Some(&CONLL), ..Options::default() };
        let again = read_back("a.conll", bytes, options);
        prop_assert_eq!(again.len(), docs.len());
        let found: usize = again.iter().map(|it| it.annotation.marks.len()).sum();
        prop_assert_eq!(found as u32, expected);
    }

    #[test]
    fn a_spacy_file_holds_every_mark_that_is_kept(docs in docs()) {
        prop_assume!(!docs.is_empty());
        let (bytes, losses) = write(&SPACY, &docs);
        let n_marks: u32 = docs.iter().map(|it| it.annotation.marks.len() as u32).sum();
        let left_out = |what| losses.row(what).unwrap().left_out;
        let expected = n_marks - left_out(What::Marks) - left_out(What::Overlaps);
        let again = read_back("a.spacy", bytes, Options::default());
        let found: usize = again.iter().map(|it| it.annotation.marks.len()).sum();
        prop_assert_eq!(found as u32, expected);
        prop_assert_eq!(again.len(), docs.len());
        for (again, doc) in again.iter().zip(&docs) {
            prop_assert_eq!((&again.id, &again.text), (&doc.id, &doc.text));
            if left_out(What::Metadata) == 0 {
                prop_assert_eq!(&again.meta, &doc.meta);
            }
        }
    }

    #[test]
    fn a_line_is_a_text(docs in docs()) {
        let lines: Vec<&str> = docs.iter().map(|it| it.text.as_str()).collect();
        let lines: Vec<&str> = lines.iter().flat_map(|it| it.lines()).collect();
        let options = Options {
            format: Some(&TEXT),
            layout: Some(formats::Layout::Line),
            ..Options::default()
        };
        let bytes = lines.join("\r\n").into_bytes();
        let is_mark = |line: &&str| line.starts_with('\u{feff}');
        prop_assume!(!lines.first().is_some_and(is_mark) && !bytes.contains(&0));
        let found = read_back("a.txt", bytes, options);
        let found: Vec<&str> = found.iter().map(|it| it.text.as_str()).collect();
        let expected: Vec<&str> = lines.into_iter().filter(|it| !it.trim().is_empty()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_bytes_make_a_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let all = formats::FORMATS.iter().copied().filter(|it| it.is_read());
        for format in all.map(Some).chain([None]) {
            let options = Options { format, ..Options::default() };
            let reader = read(vec![InFile::new("a", Cursor::new(bytes.clone()))], options);
            prop_assert!(reader.count() <= 700);
        }
    }
}

#[test]
fn marks_that_cut_words_grow_and_the_longest_stays() {
    let mut doc = Doc::new("a\tb", "Fe3O4 nanoparticles were toxic.");
    let span = |start, end, name| Mark {
        span: Span::new(start, end, label(name)).unwrap(),
        origin: Origin::Person,
        at_ms: 0,
    };
    doc.annotation = Annotation {
        marks: vec![
            span(0, 5, "Chemical"),
            span(0, 19, "Material"),
            span(27, 29, "Word"),
            span(29, 30, "Word"),
        ],
        answer: Some(Answer::Accept),
        ..Annotation::default()
    };
    doc.annotation.marks.sort();
    let (bytes, losses) = write(&CONLL_BILUO, &[doc]);
    let expected = "# id = a b\nFe3O4\tB-Material\nnanoparticles\tL-Material\nwere\tO\n\
                    toxic\tU-Word\n.\tO\n\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    let marks = losses.row(What::Marks).unwrap();
    assert_eq!((marks.count, marks.changed, marks.left_out), (4, 1, 1));
    let overlaps = losses.row(What::Overlaps).unwrap();
    assert_eq!((overlaps.count, overlaps.left_out), (2, 1));
}

#[test]
fn only_wanted_texts_are_written_and_the_rest_is_counted() {
    let mut docs = Vec::new();
    for (n, answer) in
        [Some(Answer::Accept), Some(Answer::Reject), None, None].into_iter().enumerate()
    {
        let mut doc = Doc::new(format!("{n}"), format!("Text {n}."));
        doc.annotation.answer = answer;
        docs.push(doc);
    }
    let mut writer = Writer::new(&CONLL, Which::Accepted, Base::BlankEn, io::sink());
    for doc in &docs {
        writer.put(doc, 3).unwrap();
    }
    let (_, losses) = writer.finish().unwrap();
    let texts = losses.row(What::Texts).unwrap();
    assert_eq!(
        (texts.count, texts.why.as_str()),
        (1, "Accepted only. 1 rejected, 2 to do stay here.")
    );
    assert_eq!(losses.row(What::Suggestions).unwrap().left_out, 3);
}

#[test]
fn a_changed_or_cut_project_file_says_so() {
    let project = project();
    let mut writer = nerine::Writer::new(Vec::new(), &project, &Map::new()).unwrap();
    for n in 0..200 {
        writer.put(&Doc::new(format!("{n}"), format!("Text number {n}.")), None).unwrap();
    }
    let (bytes, _) = writer.finish().unwrap();
    let cut = InFile::new("a.nerine", Cursor::new(bytes[..bytes.len() / 2].to_vec()));
    let err = Archive::open(cut, ProjectId("q".into())).err().expect("half a file is no file");
    assert!(matches!(err, OpenError::Damaged { .. }), "{err}");

    // One byte in the middle of the texts.
    let at = bytes.len() / 3;
    let mut damaged = bytes.clone();
    damaged[at] ^= 0x55;
    let reader = read(vec![InFile::new("a.nerine", Cursor::new(damaged))], Options::default());
    assert!(reader.filter_map(Result::err).count() != 0, "damage is never silent");
}

#[test]
fn a_project_of_a_newer_version_is_refused() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("project.json", zip::write::SimpleFileOptions::default()).unwrap();
    io::Write::write_all(&mut zip, br#"{"format":"nerine","format_version":2}"#).unwrap();
    let file = InFile::new("a.nerine", zip.finish().unwrap());
    let err = Archive::open(file, ProjectId("q".into())).err();
    assert_eq!(err, Some(OpenError::NewerVersion { found: 2 }));
}

#[test]
fn a_pipeline_in_a_zip_is_refused() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["p/meta.json", "p/config.cfg"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let mut reader = read(vec![InFile::new("a.zip", Cursor::new(bytes))], Options::default());
    let warning = reader.next().unwrap().unwrap_err();
    assert_eq!(
        warning.to_string(),
        "a.zip is a zip file without a Nerine project. If it is a spaCy pipeline, add it on Bases; else \
         unpack it and import the files in it."
    );
}

#[test]
fn a_mark_that_splits_a_character_is_left_out_and_the_text_comes_in() {
    let line = r#"{"text":"a🧪b","label":[[0,2,"X"],[3,4,"Y"]]}"#;
    let items: Vec<_> =
        read(vec![InFile::new("a.jsonl", Cursor::new(line))], Options::default()).collect();
    assert_eq!(items.len(), 3);
    assert_eq!(items[0].as_ref().unwrap().annotation.marks.len(), 1);
    let why = MarkProblem::SplitsCharacter { start: 0, end: 2 };
    assert_eq!(items[1].as_ref().unwrap_err().reason, Reason::BadMark { nth: 1, why });
}

#[test]
fn a_file_that_breaks_off_keeps_what_was_read() {
    struct Broken(Cursor<Vec<u8>>);
    impl io::Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::other("the disk is gone")),
                n => Ok(n),
            }
        }
    }
    impl io::Seek for Broken {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    // Longer than what is looked at to tell the format.
    let bytes = "{\"text\":\"A text of some words.\"}\n".repeat(4000).into_bytes();
    let options = Options { format: Some(&JSONL), ..Options::default() };
    let reader = read(vec![InFile::new("a.jsonl", Broken(Cursor::new(bytes)))], options);
    let (good, bad): (Vec<_>, Vec<_>) = reader.partition(Result::is_ok);
    assert_eq!(good.len(), 4000);
    let last = bad.last().unwrap().as_ref().unwrap_err();
    assert!(matches!(last.reason, Reason::Unreadable { .. }), "{last}");
}

#[test]
fn a_long_file_is_read_as_a_stream() {
    /// Repeats a line without holding it all.
    struct Endless {
        at: u64,
        len: u64,
        most_ahead: std::rc::Rc<std::cell::Cell<u64>>,
    }
    const LINE: &[u8] = b"Gold nanorods were made again and again, in lines of one hundred bytes \xe2\x80\x94 and so on, a b c d e f\n";
    impl io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = (buffer.len() as u64).min(self.len - self.at) as usize;
            for (idx, byte) in buffer[..n].iter_mut().enumerate() {
                *byte = LINE[((self.at + idx as u64) % LINE.len() as u64) as usize];
            }
            self.at += n as u64;
            self.most_ahead.set(self.at);
            Ok(n)
        }
    }
    impl io::Seek for Endless {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            self.at = match to {
                io::SeekFrom::Start(at) => at,
                io::SeekFrom::End(back) => self.len.saturating_add_signed(back),
                io::SeekFrom::Current(by) => self.at.saturating_add_signed(by),
            };
            Ok(self.at)
        }
    }
    let len = 10_000 * LINE.len() as u64;
    let ahead = std::rc::Rc::new(std::cell::Cell::new(0));
    let file = Endless { at: 0, len, most_ahead: ahead.clone() };
    let options =
        Options { format: Some(&TEXT), layout: Some(formats::Layout::Line), ..Options::default() };
    let mut reader = read(vec![InFile::new("a.txt", file)], options);
    let mut n = 0;
    while let Some(item) = reader.next() {
        n += usize::from(item.is_ok());
        assert!(ahead.get() <= reader.bytes_read() + 512 * 1024, "reads no more than it needs");
    }
    assert_eq!((n, reader.bytes_read()), (10_000, len));
}
