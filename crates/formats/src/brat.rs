//! brat: a text, and beside it a file of lines about it; `annotation.conf` says what types there
//! are. Folders that hold the same text are those of several annotators.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use corpus::{Doc, DocId};
use serde_json::Value;

use crate::conf;
use crate::ents::{Taking, take};
use crate::extras::{Ent, Extras};
use crate::file::InFile;
use crate::format::{Format, Offsets, Write as Written};
use crate::groups::{Together, folder};
use crate::json_tree::read_text;
use crate::lines::RECORD_LIMIT;
use crate::losses::What;
use crate::reader::{Found, Options, Problem, Records, Source, damage_warning};
use crate::standoff::{COUNT, Layout, Standoff, Types, lines, lines_of};
use crate::warning::{Reason, Severity};
use crate::writer::{To, WriteTexts};

/// brat's standoff files.
pub static BRAT: Format = Format {
    key: "brat",
    aliases: &["standoff"],
    name: "brat",
    about: "A text file with a file of marks beside it (.ann), in a folder or a zip; \
            annotation.conf lists the types. Folders with the same texts are those of several \
            annotators.",
    extensions: &["ann"],
    offsets: Offsets::CodePoints,
    holds: &[
        What::Marks,
        What::Overlaps,
        What::Ids,
        What::Fragments,
        What::Relations,
        What::Events,
        What::Attributes,
        What::Normalisations,
        What::Comments,
        What::Annotators,
    ],
    is_text: true,
    is_folder: true,
    together: Some(Together { text: &["txt"], beside: &["ann"], shared: &CONFS }),
    // Other tools call their files so, too.
    recognise: |sample| {
        let mut lines = sample.text.lines().filter(|it| !it.trim().is_empty());
        let is_line = |it: &str| it.starts_with(['T', 'R', 'E', 'A', 'M', 'N', '*', '#']);
        let is_like = lines.next().is_none_or(|it| it.contains('\t') && is_line(it));
        (sample.extension == "ann" && is_like).then_some(crate::detect::Sure::Certain)
    },
    read: Some(|source, options| open(source, options, &["ann"])),
    write: Written::Texts(|_| Box::new(WriteBrat::default())),
};

/// The file that says what types there are.
const CONF: &str = "annotation.conf";

/// The files that hold for a folder of texts.
const CONFS: [&str; 4] = [CONF, "visual.conf", "tools.conf", "kb_shortcuts.conf"];

/// Reads a text with the files about it.
pub(crate) fn open(
    source: Source,
    options: &Options,
    beside: &'static [&'static str],
) -> Result<Box<dyn Records>, Reason> {
    if source.beside.is_empty() {
        let stem = source.file.stem();
        let what = format!("has no text beside it: {stem}.txt is not among the files");
        return Err(Reason::own_file(what, "Import the whole folder, or a zip of it."));
    }
    Ok(Box::new(Standoffs {
        source: Some(source),
        taking: Taking { count: COUNT, pieces: options.pieces, breaks_at_lines: true },
        annotator: options.annotator.clone(),
        beside,
        position: 0,
    }))
}

/// A text, once.
struct Standoffs {
    source: Option<Source>,
    taking: Taking,
    annotator: Option<String>,
    /// How the files about the text end, in the order in which they are read.
    beside: &'static [&'static str],
    position: u64,
}

impl Records for Standoffs {
    fn bytes_read(&self) -> u64 {
        self.position
    }

    fn next_record(&mut self) -> Option<Found> {
        let mut source = self.source.take()?;
        self.position = source.len;
        Some(self.record(&mut source).unwrap_or_else(Found::whole))
    }
}

impl Standoffs {
    fn record(&self, source: &mut Source) -> Result<Found, Reason> {
        let (text, damage) = read_text(&mut source.file, RECORD_LIMIT)?;
        if text.trim().is_empty() {
            return Err(Reason::Empty);
        }
        let mut problems = damage_warning(damage);
        let mut doc = Doc::new(source.file.stem(), text);
        let mut folders: Vec<String> =
            source.beside.iter().map(|it| folder(&it.path).to_owned()).collect();
        folders.sort();
        folders.dedup();
        let names = names(&folders);
        let mut all = Vec::new();
        for (folder, name) in folders.iter().zip(names) {
            let here =
                source.beside.iter_mut().filter(|it| crate::groups::folder(&it.path) == folder);
            let standoff = self.standoff(here.collect(), &mut problems);
            all.push((name, standoff));
        }
        let wanted = |it: &(String, Standoff)| Some(&it.0) == self.annotator.as_ref();
        let chosen = all.iter().position(wanted).unwrap_or_default();
        if 1 < all.len() {
            let names: Vec<&str> = all.iter().map(|it| it.0.as_str()).collect();
            problems.push(annotators(&names, chosen).into());
        }
        let (annotator, standoff) = all.remove(chosen);
        let mut extras = standoff.extras;
        extras.marks = take(&mut doc, standoff.ents, self.taking, &mut problems);
        extras.forget_names(&doc, "T");
        if !all.is_empty() {
            extras.annotator = annotator;
        }
        for (annotator, standoff) in all {
            let mut other = Doc::new("", doc.text.as_str());
            let mut extras_of = Extras { annotator, ..standoff.extras };
            extras_of.marks = take(&mut other, standoff.ents, self.taking, &mut problems);
            extras.others.push(extras_of);
        }
        for shared in &source.shared {
            let text = String::from_utf8_lossy(&shared.bytes).into_owned();
            if !conf::is_made(&text) {
                extras.more.insert(shared.name.clone(), Value::String(text));
            }
        }
        extras.keep(&mut doc);
        Ok(Found::new(None, Some(doc), problems))
    }

    fn standoff(&self, mut files: Vec<&mut InFile>, problems: &mut Vec<Problem>) -> Standoff {
        let place = |it: &&mut InFile| {
            let extension = it.path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            self.beside.iter().position(|ending| *ending == extension)
        };
        files.sort_by_key(place);
        let mut standoff = Standoff::default();
        for file in files {
            let part = place(&file).filter(|_| 1 < self.beside.len());
            let part = part.and_then(|it| self.beside.get(it)).copied();
            match read_text(file, RECORD_LIMIT) {
                Ok((text, damage)) => {
                    let about_file = |it: Problem| Problem { file: Some(file.path.clone()), ..it };
                    problems.extend(damage_warning(damage).into_iter().map(about_file));
                    standoff.add(&text, &file.path, part, problems);
                }
                Err(reason) => {
                    problems.push(Problem { file: Some(file.path.clone()), ..reason.into() });
                }
            }
        }
        standoff
    }
}

/// What the annotators of some folders are called: the folders' names, or their paths where two
/// have the same.
fn names(folders: &[String]) -> Vec<String> {
    let last = |it: &String| it.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let names: Vec<String> = folders.iter().map(last).collect();
    match names.iter().collect::<BTreeSet<_>>().len() == names.len() {
        true => names,
        false => folders.to_vec(),
    }
}

fn annotators(names: &[&str], chosen: usize) -> Reason {
    let what = format!("has marks of {} annotators ({})", names.len(), names.join(", "));
    let remedy = format!("Those of {:?} count, the others are kept with the text.", names[chosen]);
    Reason::own(Severity::Note, what, remedy)
}

/// Writes two files a text.
#[derive(Default)]
struct WriteBrat {
    names: FileNames,
    types: Types,
    /// The configuration that came with texts, by the files' names.
    confs: BTreeMap<&'static str, String>,
}

impl WriteTexts for WriteBrat {
    fn put(&mut self, doc: &Doc, to: &mut To<'_>) -> io::Result<()> {
        let extras = Extras::of(doc);
        let name = self.names.name(&doc.id, to);
        for name in CONFS {
            if let Some(Value::String(conf)) = extras.more.get(name) {
                self.confs.entry(name).or_insert_with(|| conf.clone());
            }
        }
        let own = lines(doc, &extras, Layout::One, to.tally);
        let mut all = vec![(extras.annotator.clone(), own)];
        for other in &extras.others {
            let named = named_of(other, &doc.text);
            let lines = lines_of(&named, other, &doc.text, Layout::One, to.tally);
            all.push((other.annotator.clone(), lines));
        }
        for (annotator, lines) in all {
            let folder = match annotator.is_empty() {
                true => String::new(),
                false => format!("{}/", file_name(&annotator)),
            };
            to.out.file(&format!("{folder}{name}.txt"), doc.text.as_bytes())?;
            let ann = lines.first + &lines.second;
            to.out.file(&format!("{folder}{name}.ann"), ann.as_bytes())?;
            self.types.extend(lines.types);
        }
        Ok(())
    }

    fn finish(&mut self, to: &mut To<'_>) -> io::Result<()> {
        let conf = self.confs.remove(CONF);
        let conf = conf::extended(conf.as_deref(), &self.types);
        to.out.file(CONF, conf.as_bytes())?;
        self.confs.iter().try_for_each(|(name, conf)| to.out.file(name, conf.as_bytes()))
    }
}

/// The marks of another annotator as they are written.
fn named_of(other: &Extras, text: &str) -> Vec<crate::extras::Named> {
    let mut doc = Doc::new("", text);
    let unmarked: Vec<Ent> = other
        .marks
        .iter()
        .map(|it| Ent {
            // All of them are written, and none is a mark here.
            pieces: match it.pieces.is_empty() {
                true => vec![(it.start, it.end)],
                false => it.pieces.clone(),
            },
            stands: crate::Pieces::None,
            ..it.clone()
        })
        .collect();
    doc.annotation.marks.clear();
    Extras { marks: unmarked, ..Extras::default() }.named(&doc, "T")
}

/// Names of files, made from ids.
#[derive(Default)]
pub(crate) struct FileNames(BTreeSet<String>);

impl FileNames {
    /// The name of a text's files, without folder and ending. No two texts have the same.
    pub(crate) fn name(&mut self, id: &DocId, to: &mut To<'_>) -> String {
        let name = file_name(&id.0);
        if name != id.0 {
            to.tally.change(
                What::Ids,
                "File names have no / and other signs: there is _ in place of them.",
            );
        }
        let mut unique = name.clone();
        let mut n = 1;
        // Some file systems know no capitals.
        while !self.0.insert(unique.to_lowercase()) {
            n += 1;
            unique = format!("{name}-{n}");
        }
        unique
    }
}

/// A name that every file system takes.
pub(crate) fn file_name(id: &str) -> String {
    let fits = |it: char| !it.is_control() && !r#"/\:*?"<>|"#.contains(it);
    let name: String = id.chars().map(|it| if fits(it) { it } else { '_' }).take(120).collect();
    let name = name.trim_matches(|it: char| it == '.' || it.is_whitespace()).to_owned();
    if name.is_empty() { "_".to_owned() } else { name }
}
