//! Every file in `golden` is read and must give what lies beside it. `UPDATE_EXPECT=1` rewrites.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use corpus::{Doc, Origin};
use expect_test::expect_file;
use formats::{Format, InFile, JSONL, Known, Offsets, Options, Which, Writer, read};
use tokenizer::Base;

#[test]
fn files_give_what_lies_beside_them() {
    // expect_file takes a relative path from the source file, so this one is made absolute.
    let root = fs::canonicalize("tests/golden").unwrap();
    let mut paths = Vec::new();
    for folder in fs::read_dir(&root).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            paths.push(file.unwrap().path());
        }
    }
    // A folder is an import of several files.
    paths.retain(|path| path.extension().is_none_or(|it| it != "expected"));
    paths.sort();
    assert!(10 <= paths.len(), "only {} cases found", paths.len());
    for path in paths {
        let expected = path
            .with_file_name(format!("{}.expected", path.file_name().unwrap().to_str().unwrap()));
        expect_file![expected].assert_eq(&check(&path));
    }
}

/// The files of a case: one, or all in a folder, with their paths in it.
fn files(path: &Path) -> Vec<InFile> {
    let (mut paths, mut files) = (vec![path.to_owned()], Vec::new());
    while let Some(at) = paths.pop() {
        if at.is_dir() {
            let inside = fs::read_dir(&at).unwrap().map(|it| it.unwrap().path());
            let mut inside: Vec<PathBuf> = inside.collect();
            inside.sort();
            paths.extend(inside.into_iter().rev());
        } else {
            let name = at.strip_prefix(path.parent().unwrap()).unwrap().to_str().unwrap();
            files.push(InFile::new(name, Cursor::new(fs::read(&at).unwrap())));
        }
    }
    files
}

fn check(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut known = Known::default();
    known.add("taken", "This text is in the project already.");
    let options = Options { known, ..Options::default() };
    let mut reader = read(files(path), options);
    let (mut shown, mut docs) = (String::new(), Vec::new());
    for item in &mut reader {
        match item {
            Ok(doc) => {
                show(&doc, &mut shown);
                docs.push(doc);
            }
            Err(warning) => writeln!(shown, "! {:?}: {warning}", warning.severity()).unwrap(),
        }
    }
    assert_eq!(reader.bytes_read(), reader.bytes_total(), "{name} is read to its end");
    let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
    // Formats of tokens make their own tokens: what they keep is told in their own tests.
    let own = Format::find(folder).filter(|it| it.is_written() && it.offsets != Offsets::Tokens);
    for format in [Some(&JSONL), own].into_iter().flatten() {
        let written = write(format, &docs);
        let again: Vec<Doc> =
            read(vec![written], Options::default()).filter_map(Result::ok).collect();
        assert_eq!(again, docs, "{name}: reading back what was written as {format:?}");
    }
    shown
}

fn write(format: &'static Format, docs: &[Doc]) -> InFile {
    let mut writer = Writer::new(format, Which::All, Base::BlankEn, Vec::new());
    for doc in docs {
        writer.put(doc, 0).unwrap();
    }
    let (bytes, losses) = writer.finish().unwrap();
    assert_eq!(losses.n_losses(), 0, "{format:?} {losses:?}");
    InFile::new(format!("again.{}", format.extensions[0]), Cursor::new(bytes))
}

fn show(doc: &Doc, out: &mut String) {
    write!(out, "{}", doc.id).unwrap();
    if let Some(answer) = doc.annotation.answer {
        write!(out, " {}", answer.as_str()).unwrap();
    }
    if let Some(flag) = &doc.annotation.flag {
        write!(out, " flag {flag:?}").unwrap();
    }
    writeln!(out, "\n  {:?}", doc.text).unwrap();
    for mark in &doc.annotation.marks {
        let (span, words) = (&mark.span, mark.span.text(&doc.text));
        write!(out, "  {}–{} {} {words:?}", span.start(), span.end(), span.label()).unwrap();
        match &mark.origin {
            Origin::Import => {}
            Origin::Person => write!(out, " person").unwrap(),
            Origin::Model(name) => write!(out, " model {name}").unwrap(),
        }
        if mark.at_ms != 0 {
            write!(out, " at {}", mark.at_ms).unwrap();
        }
        writeln!(out).unwrap();
    }
    for span in &doc.annotation.refused {
        writeln!(out, "  refused {}–{} {}", span.start(), span.end(), span.label()).unwrap();
    }
    if !doc.meta.0.is_empty() {
        writeln!(out, "  {}", serde_json::to_string(&doc.meta.0).unwrap()).unwrap();
    }
}
