use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::rc::Rc;

use annotate::{Change, Entry, Step};
use corpus::{Answer, Label, Mark, Origin, Span};
use formats::{Files, InFile};
use futures::executor::block_on;
use predict::Cutter;
use project::{DocNumber, ProjectId, ProjectRecord};
use protocol::{
    BASES, ExportFormat, ExportOptions, ImportTarget, IoReply, Preview, ReadFormat, ReadOptions,
    TextLayout, Verdict, Which,
};
use storage::{Memory, Store};
use tokenizer::{Base, Tokenizer};

use crate::page::{Page, Stopped};
use crate::{alignment, check, export, import, preview, texts};

/// A page that gives up after some turns, or looks.
#[derive(Default)]
pub(crate) struct Listener {
    replies: RefCell<Vec<IoReply>>,
    pub(crate) is_cancelled: Cell<bool>,
}

impl Page for Listener {
    fn send(&self, reply: IoReply) {
        self.replies.borrow_mut().push(reply);
    }

    fn wants_cancel(&self) -> bool {
        self.is_cancelled.get()
    }

    async fn turn(&self) {}
}

const JSONL: &str = r#"{"text":"🧪 PEG-coated AuNPs entered HeLa cells.","spans":[{"start":2,"end":18,"label":"Material"},{"start":27,"end":37,"label":"Cell line"}],"meta":{"source":"demo"},"_task_hash":3,"answer":"accept"}
not json
{"text":"Second text about zinc.","spans":[{"start":99,"end":100,"label":"X"}]}
{"text":"Third text.","answer":"reject"}
"#;

fn files(name: &'static str, bytes: &[u8]) -> impl Fn() -> Files + use<> {
    let bytes = bytes.to_vec();
    move || vec![InFile::new(name, Cursor::new(bytes.clone()))]
}

fn new(id: &str) -> ImportTarget {
    ImportTarget::New { id: ProjectId(id.into()), name: "Trial".into() }
}

fn bring_in(
    store: &Memory,
    open: &dyn Fn() -> Files,
    target: ImportTarget,
) -> Result<IoReply, Stopped> {
    block_on(import::import(store, &Listener::default(), open, &ReadOptions::default(), target, 7))
}

fn look(store: &Memory, open: &dyn Fn() -> Files, project: Option<&str>) -> Preview {
    let project = project.map(|it| ProjectId(it.into()));
    let options = ReadOptions::default();
    match block_on(preview::preview(store, &Listener::default(), open, options, project)) {
        Ok(IoReply::Previewed(preview)) => *preview,
        other => panic!("no preview: {other:?}"),
    }
}

fn record(store: &Memory, id: &str) -> ProjectRecord {
    block_on(store.project(&ProjectId(id.into()))).unwrap()
}

/// A project's texts and what is marked in them.
fn shown(store: &Memory, id: &str) -> String {
    let mut out = String::new();
    let project = record(store, id);
    for first in texts::batches(&project) {
        for text in block_on(texts::batch(store, &project.id, first)).unwrap() {
            write!(out, "{} {:?}", text.doc.id, text.doc.annotation.answer).unwrap();
            for span in text.doc.spans() {
                write!(out, " {}={}", span.label(), span.text(&text.doc.text)).unwrap();
            }
            out.push('\n');
        }
    }
    out
}

#[test]
fn a_preview_stores_nothing_and_says_what_comes() {
    let store = Memory::new();
    let found = look(&store, &files("a.jsonl", JSONL.as_bytes()), None);
    assert_eq!(found.options.format, Some(ReadFormat::Jsonl));
    assert_eq!((found.docs, found.marks, found.warnings.lost), (3, 2, 2));
    let labels: Vec<_> = found.new_labels.iter().map(Label::as_str).collect();
    assert_eq!(labels, ["Material", "Cell line"]);
    assert_eq!(found.rows[1].line, 3);
    assert!(block_on(store.projects()).unwrap().is_empty());

    let table = b"PMID,Title,Abstract\n1,One,First abstract\n2,Two,Second abstract\n";
    let found = look(&store, &files("a.csv", table), None);
    assert_eq!(found.options.text_columns, Some(vec![1, 2]));
    assert_eq!(found.options.id_column, Some(0));
    assert_eq!(found.columns[2].sample, "First abstract");

    let found = look(&store, &files("a.txt", b"One text.\n"), None);
    assert_eq!(found.options.layout, Some(TextLayout::File));
}

#[test]
fn good_texts_come_in_and_bad_ones_are_listed() {
    let store = Memory::new();
    let reply = bring_in(&store, &files("a.jsonl", JSONL.as_bytes()), new("p")).unwrap();
    let IoReply::Imported { docs, warnings, .. } = reply else { panic!("{reply:?}") };
    assert_eq!((docs, warnings.total, warnings.lost), (3, 2, 2));
    assert_eq!(warnings.list[0].reason, "Line 2 is not JSON. There is no value at byte 2.");
    let expected = "a-1 Some(Accept) Material=PEG-coated AuNPs Cell line=HeLa cells\n\
                    a-3 None\na-4 Some(Reject)\n";
    assert_eq!(shown(&store, "p"), expected);
    let project = record(&store, "p");
    assert_eq!((project.counts.docs, project.counts.marks), (3, 2));
    assert_eq!((project.trashed_ms, project.labels.len()), (None, 2));

    // The same file again: everything is there already.
    let target = ImportTarget::Existing(ProjectId("p".into()));
    let again = bring_in(&store, &files("a.jsonl", JSONL.as_bytes()), target.clone());
    let Err(Stopped::Failed { why }) = again else { panic!("{again:?}") };
    assert!(why.starts_with("There is no text to add. Line 1 is already in the project."), "{why}");
    let found = look(&store, &files("a.jsonl", JSONL.as_bytes()), Some("p"));
    assert_eq!((found.docs, found.new_labels.len()), (0, 0));

    // More texts go behind.
    let more = b"{\"id\":\"a-1\",\"text\":\"A fourth one.\"}\n";
    bring_in(&store, &files("b.jsonl", more), target).unwrap();
    assert!(shown(&store, "p").ends_with("a-1-2 None\n"));
    assert_eq!(block_on(store.heads(&project.id)).unwrap().len(), 4);
}

#[test]
fn texts_with_marks_come_in_as_accepted_where_that_is_wanted() {
    let store = Memory::new();
    let lines = concat!(
        r#"{"text":"Zinc oxide","spans":[{"start":0,"end":10,"label":"M"}]}"#,
        "\n",
        r#"{"text":"Tin oxide","spans":[{"start":0,"end":9,"label":"M"}],"answer":"reject"}"#,
        "\n{\"text\":\"Nothing here\"}\n",
    );
    let open = files("a.jsonl", lines.as_bytes());
    assert_eq!(look(&store, &open, None).unanswered, 1);
    let options = ReadOptions { accept_marked: true, ..ReadOptions::default() };
    let page = Listener::default();
    let again = preview::preview(&store, &page, &open, options.clone(), None);
    let Ok(IoReply::Previewed(again)) = block_on(again) else { panic!("no preview") };
    assert_eq!((again.unanswered, again.options.accept_marked), (1, true));
    block_on(import::import(&store, &page, &open, &options, new("p"), 7)).unwrap();
    let expected = "a-1 Some(Accept) M=Zinc oxide\na-2 Some(Reject) M=Tin oxide\na-3 None\n";
    assert_eq!(shown(&store, "p"), expected);
    assert_eq!(record(&store, "p").counts.accepted, 1);
}

#[test]
fn overlapping_marks_come_in_and_the_project_allows_them() {
    let store = Memory::new();
    let line = br#"{"text":"Fe3O4 cores","spans":[{"start":0,"end":5,"label":"C"},{"start":0,"end":11,"label":"M"}]}"#;
    bring_in(&store, &files("a.jsonl", line), new("p")).unwrap();
    assert!(record(&store, "p").overlaps_allowed);
    assert_eq!(record(&store, "p").counts.marks, 2);
}

#[test]
fn a_cancelled_import_leaves_nothing() {
    let store = Memory::new();
    let many: String = (0..2000).fold(String::new(), |mut all, n| {
        writeln!(all, "{{\"text\":\"Text number {n}.\"}}").unwrap();
        all
    });
    bring_in(&store, &files("a.jsonl", JSONL.as_bytes()), new("p")).unwrap();
    let before = shown(&store, "p");
    let open = files("b.jsonl", many.as_bytes());
    for target in [new("q"), ImportTarget::Existing(ProjectId("p".into()))] {
        let page = Listener::default();
        page.is_cancelled.set(true);
        let options = ReadOptions::default();
        let outcome = block_on(import::import(&store, &page, &open, &options, target, 7));
        assert_eq!(outcome.err(), Some(Stopped::Cancelled));
    }
    assert_eq!(block_on(store.projects()).unwrap().len(), 1);
    assert_eq!(shown(&store, "p"), before);
}

#[test]
fn a_zip_of_texts_with_files_beside_them_is_read_as_what_is_in_it() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("in/a.txt", "Gold nanorods."), ("in/a.ann", "T1\tNP 5 13\tnanorods\n")] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes.as_bytes()).unwrap();
    }
    let open = files("brat.zip", &zip.finish().unwrap().into_inner());
    let store = Memory::new();
    let found = look(&store, &open, None);
    assert_eq!((found.docs, found.marks, found.project_name), (1, 1, None));
    assert_eq!(found.options.format, None, "nothing is forced on what is in it");
    bring_in(&store, &open, new("p")).unwrap();
    assert_eq!(shown(&store, "p"), "a None NP=nanorods\n");
}

#[test]
fn files_without_a_text_make_no_project() {
    let store = Memory::new();
    for (name, bytes) in [("a.txt", &b""[..]), ("a.pdf", b"%PDF-1.7"), ("a.zip", b"PK\x03\x04..")] {
        let outcome = bring_in(&store, &files(name, bytes), new("p"));
        assert!(matches!(outcome, Err(Stopped::Failed { .. })), "{name}: {outcome:?}");
    }
    assert!(block_on(store.projects()).unwrap().is_empty());
}

fn options(format: ExportFormat, which: Which) -> ExportOptions {
    ExportOptions { format, which, base: "blank:en".into(), history: true }
}

fn tokens() -> Rc<Tokenizer> {
    Rc::new(Tokenizer::new(Base::BlankEn))
}

fn save(store: &Memory, id: &str, format: ExportFormat) -> (Vec<u8>, protocol::LossReport) {
    let options = options(format, Which::Accepted);
    let id = ProjectId(id.into());
    let page = Listener::default();
    block_on(export::export(store, &page, &id, &options, &tokens(), 9, Vec::new())).unwrap()
}

#[test]
fn a_project_comes_back_from_its_file() {
    let store = Memory::new();
    bring_in(&store, &files("a.jsonl", JSONL.as_bytes()), new("p")).unwrap();
    let id = ProjectId("p".into());
    let span = Span::new(18, 22, Label::new("Material").unwrap()).unwrap();
    let mark = Mark { span, origin: Origin::Person, at_ms: 8 };
    let change = Change {
        added: vec![mark],
        answer: Some((None, Some(Answer::Accept))),
        ..Change::default()
    };
    let entry = Entry { seq: 0, doc: 1, at_ms: 8, step: Step::Do, change };
    block_on(store.commit(&id, &entry, 0)).unwrap();

    let (bytes, report) = save(&store, "p", ExportFormat::Nerine);
    assert_eq!(report.files[0].name, "trial.nerine");
    assert!(report.rows.iter().all(|it| it.verdict == Verdict::Kept));
    let before = record(&store, "p");
    assert_eq!(before.exported_ms, Some(9));

    bring_in(&store, &files("trial.nerine", &bytes), new("q")).unwrap();
    assert_eq!(shown(&store, "q"), shown(&store, "p"));
    let q = ProjectId("q".into());
    assert_eq!(record(&store, "q"), ProjectRecord { id: q.clone(), ..before });
    assert_eq!(block_on(store.journal(&q)).unwrap(), [entry]);
    let texts = |id| block_on(store.texts(id, DocNumber(0), 9)).unwrap();
    assert_eq!(texts(&q), texts(&id));
    assert_eq!(look(&store, &files("a", &bytes), None).project_name.as_deref(), Some("Trial"));
}

#[test]
fn losses_are_said_before_and_the_file_holds_the_rest() {
    let store = Memory::new();
    bring_in(&store, &files("a.jsonl", JSONL.as_bytes()), new("p")).unwrap();
    let id = ProjectId("p".into());
    let wanted = options(ExportFormat::ConllIob2, Which::Accepted);
    let page = Listener::default();
    let reply = block_on(export::losses(&store, &page, &id, wanted, &tokens())).unwrap();
    let IoReply::Losses(report) = reply else { panic!("{reply:?}") };
    let counts: Vec<u32> = report.verdicts.iter().map(|it| it.1).collect();
    assert_eq!(counts, [0, 0, 0, 1, 1], "the metadata has no place in CoNLL");
    let size = report.files[0].bytes;
    assert_eq!(size, save(&store, "p", ExportFormat::ConllIob2).0.len() as u64);
    assert!(report.passage.unwrap().file_text.starts_with("# id = a-1\n🧪\tO\nPEG\tB-Material\n"));

    let (bytes, report) = save(&store, "p", ExportFormat::ConllBiluo);
    assert_eq!(report.files[0].name, "trial.biluo.conll");
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.ends_with("HeLa\tB-Cell line\ncells\tL-Cell line\n.\tO\n\n"), "{text}");
    let (bytes, _) = save(&store, "p", ExportFormat::Prodigy);
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains(r#""token_start":1,"token_end":4"#) && text.contains("_task_hash"));
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn the_size_is_said_before_where_it_is_known() {
    let store = Memory::new();
    bring_in(&store, &files("a.jsonl", JSONL.as_bytes()), new("p")).unwrap();
    let said = |format| {
        let (id, page) = (ProjectId("p".into()), Listener::default());
        let wanted = options(format, Which::Accepted);
        let reply = block_on(export::losses(&store, &page, &id, wanted, &tokens()));
        let Ok(IoReply::Losses(report)) = reply else { panic!("{reply:?}") };
        report.files[0].bytes
    };
    for format in [ExportFormat::Prodigy, ExportFormat::ConllIob2, ExportFormat::ConllBiluo] {
        assert_eq!(said(format), save(&store, "p", format).0.len() as u64, "{format:?}");
    }
    for format in [ExportFormat::Nerine, ExportFormat::Spacy] {
        assert_eq!(said(format), 0, "only packing tells");
    }
}

#[test]
fn a_check_reads_everything_back_and_names_what_is_damaged() {
    let store = Memory::new();
    let run_check = || match block_on(check::check(&store, &Listener::default(), 5)) {
        Ok(IoReply::Checked(found)) => found,
        other => panic!("{other:?}"),
    };
    bring_in(&store, &files("a.jsonl", JSONL.as_bytes()), new("p")).unwrap();
    let found = run_check();
    assert_eq!((found.at_ms, found.projects, found.texts), (5, 1, 3));
    assert_eq!(found.damage, [""; 0]);

    // A mark that its text is too short for, and a text that is gone.
    let id = ProjectId("p".into());
    let span = Span::new(0, 400, Label::new("Material").unwrap()).unwrap();
    let added = vec![Mark { span, origin: Origin::Person, at_ms: 8 }];
    let change = Change { added, ..Change::default() };
    let entry = Entry { seq: 0, doc: 2, at_ms: 8, step: Step::Do, change };
    block_on(store.commit(&id, &entry, 0)).unwrap();
    block_on(store.update_project(&id, |it| it.counts.docs += 1)).unwrap();
    let found = run_check();
    let expected = [
        "“Trial”: of the texts 1 to 4 only 3 can be read.",
        "“Trial”: of the records of the texts 1 to 4 only 3 can be read.",
        "“Trial”: marks of text 3 lie outside of it.",
        "“Trial”: the list has 3 of 4 texts.",
    ];
    assert_eq!(found.damage, expected);
}

#[test]
fn tokens_are_made_once_and_words_are_found() {
    let store = Memory::new();
    bring_in(&store, &files("a.jsonl", JSONL.as_bytes()), new("p")).unwrap();
    let (id, page) = (ProjectId("p".into()), Listener::default());
    let tokenizer = Tokenizer::new(Base::BlankEn);
    let docs = [DocNumber(2), DocNumber(0)];
    let make = || block_on(texts::tokens(&store, &page, &id, &tokenizer, "blank:en", &docs));
    let Ok(IoReply::Tokens(tokens)) = make() else { panic!("no tokens") };
    assert_eq!(tokens[0], (DocNumber(2), vec![(0, 5), (6, 10), (10, 11)]));
    assert_eq!(tokens[1].1[0], (0, 4));
    let stored = block_on(store.tokens(&id, "blank:en", &docs)).unwrap();
    assert!(stored.iter().all(Option::is_some));

    let find = |query: &str| block_on(texts::search(&store, &page, &id, query));
    let Ok(IoReply::Found(found)) = find("hela CELLS") else { panic!("no answer") };
    assert_eq!(found, [DocNumber(0)]);
    let Ok(IoReply::Found(found)) = find("text") else { panic!("no answer") };
    assert_eq!(found, [DocNumber(1), DocNumber(2)]);
}

const MARKED: &str = r#"{"text":"Gold nanorods grew.","spans":[{"start":0,"end":4,"label":"Metal"},{"start":5,"end":9,"label":"Material"}]}
{"text":"No mark here."}
{"text":"More gold nanorods.","spans":[{"start":10,"end":14,"label":"Material"}]}
"#;

fn align_marked(page: &Listener) -> Result<align::Report, Stopped> {
    let store = Memory::new();
    bring_in(&store, &files("a.jsonl", MARKED.as_bytes()), new("p")).unwrap();
    let cutter = |it: Base| Cutter::from(Rc::new(Tokenizer::new(it)));
    let bases = [Base::BlankEn, Base::BlankZh].map(|it| (it.name().to_owned(), cutter(it)));
    block_on(alignment::report(&store, page, &ProjectId("p".into()), &bases))
}

#[test]
fn marks_alike_come_together_and_are_corrected_together() {
    let report = align_marked(&Listener::default()).unwrap();
    let sent = alignment::shorten(&report, 3);
    let counts = |it: &protocol::AlignedBase| (it.name.clone(), it.counts.spans, it.counts.misfits);
    let counts: Vec<_> = sent.bases.iter().map(counts).collect();
    assert_eq!(counts, [("blank:en".to_owned(), 3, 2), ("blank:zh".to_owned(), 3, 0)]);
    assert_eq!((sent.number, sent.n_rows, sent.n_docs), (3, 1, 2));
    let row = &sent.rows[0];
    assert_eq!((row.text.as_str(), row.n_marks), ("nano", 2));
    let places: Vec<_> = row.places.iter().map(|(doc, span)| (doc.0, span.start())).collect();
    assert_eq!(places, [(0, 5), (2, 10)]);
    let docs: Vec<_> =
        sent.docs.iter().map(|(doc, it)| (doc.0, it[0].misfits, it[1].spans)).collect();
    assert_eq!(docs, [(0, 1, 2), (2, 1, 1)]);
    let labels: Vec<_> =
        sent.labels.iter().map(|(label, it)| (label.as_str(), it[0].misfits)).collect();
    assert_eq!(labels, [("Material", 2), ("Metal", 0)]);

    let all = alignment::fixes(&report, 0, None);
    assert_eq!(alignment::fixes(&report, 0, Some(row.number)), all);
    let ends: Vec<_> = all.iter().map(|it| (it.doc.0, it.old.end(), it.new.end())).collect();
    assert_eq!(ends, [(0, 9, 13), (2, 14, 18)]);
    assert_eq!(alignment::fixes(&report, 1, None), []);
    assert_eq!(alignment::fixes(&report, 0, Some(99)), []);
}

#[test]
fn a_report_can_be_given_up() {
    let page = Listener::default();
    page.is_cancelled.set(true);
    assert_eq!(align_marked(&page).err(), Some(Stopped::Cancelled));
}

#[test]
fn the_page_offers_every_base_that_is_built_in() {
    let mut offered = BASES.map(|it| it.name);
    let mut known = Base::ALL.map(Base::name);
    offered.sort_unstable();
    known.sort_unstable();
    assert_eq!(offered, known);
}
