//! No reader fails on any bytes: the golden files are damaged at random and read.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Cursor;

use formats::{FORMATS, InFile, Options, read};
use proptest::prelude::*;
use proptest::sample::Index;

/// One thing that happens to bytes.
#[derive(Clone, Debug)]
enum Damage {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = || any::<Index>();
    let signs =
        proptest::sample::select(b"\t\n\r \"'\\[]{}()<>&;:,|/_-#=*0123456789\xf0\xff\0".to_vec());
    let bytes = proptest::collection::vec(prop_oneof![signs.clone(), any::<u8>()], 1..8);
    prop_oneof![
        (index(), prop_oneof![signs, any::<u8>()]).prop_map(|it| Damage::Set(it.0, it.1)),
        (index(), bytes).prop_map(|it| Damage::Insert(it.0, it.1)),
        (index(), 1_usize..20).prop_map(|it| Damage::Remove(it.0, it.1)),
        (index(), 1_usize..60).prop_map(|it| Damage::Repeat(it.0, it.1)),
        index().prop_map(Damage::Cut),
    ]
}

fn apply(damage: &Damage, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let len = bytes.len();
    let end = |at: usize, n: usize| (at + n).min(len);
    match damage {
        Damage::Set(at, byte) => bytes[at.index(len)] = *byte,
        Damage::Insert(at, more) => {
            let at = at.index(len);
            bytes.splice(at..at, more.iter().copied());
        }
        Damage::Remove(at, n) => {
            let at = at.index(len);
            bytes.drain(at..end(at, *n));
        }
        Damage::Repeat(at, n) => {
            let at = at.index(len);
            let part = bytes[at..end(at, *n)].to_vec();
            bytes.splice(at..at, part);
        }
        Damage::Cut(at) => bytes.truncate(at.index(len)),
    }
}

/// The golden files of all formats.
fn goldens() -> Vec<(String, Vec<u8>)> {
    let mut folders = vec![fs::canonicalize("tests/golden").unwrap()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|it| it != "expected") {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn no_damage_makes_a_reader_fail() {
    let goldens = goldens();
    assert!(20 <= goldens.len());
    let strategy = (any::<Index>(), proptest::collection::vec(damage(), 1..6));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(600));
    let result = runner.run(&strategy, |(which, damages)| {
        let (name, bytes) = &goldens[which.index(goldens.len())];
        let mut bytes = bytes.clone();
        for it in &damages {
            apply(it, &mut bytes);
        }
        let known = FORMATS.iter().copied().filter(|it| it.is_read());
        for format in known.map(Some).chain([None]) {
            let options = Options { format, ..Options::default() };
            for doc in read(vec![InFile::new(name.as_str(), Cursor::new(bytes.clone()))], options)
                .flatten()
            {
                for span in doc.spans() {
                    prop_assert!(span.check(&doc.text).is_ok(), "{name} {format:?} {span:?}");
                }
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|err| panic!("{err}"));
}
