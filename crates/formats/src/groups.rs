//! Files that say something about the same text belong together: the text, marks beside it, what
//! types there are.

use std::collections::BTreeMap;
use std::io::Read;

use crate::file::{Files, InFile, stem};
use crate::format::{FORMATS, Format};
use crate::lines::RECORD_LIMIT;

/// How files of a format belong together, by how their names end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Together {
    /// What has the text.
    pub(crate) text: &'static [&'static str],
    /// What says something about the text of the same name.
    pub(crate) beside: &'static [&'static str],
    /// Names of files that hold for all texts in their folder and below.
    pub(crate) shared: &'static [&'static str],
}

/// A file with those that belong to it.
pub(crate) struct Group {
    /// The text, or a file that stands alone.
    pub(crate) file: InFile,
    /// What it is, where its company tells.
    pub(crate) format: Option<&'static Format>,
    /// The files about the same text.
    pub(crate) beside: Vec<InFile>,
    /// Files that hold for it and the ones behind it.
    pub(crate) shared: Vec<Shared>,
}

/// A file that holds for several texts.
pub(crate) struct Shared {
    /// Its name without folders.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

impl Group {
    fn alone(file: InFile) -> Self {
        Self { file, format: None, beside: Vec::new(), shared: Vec::new() }
    }
}

/// Puts together what belongs together, in the order of the texts. With a `wanted` format, only
/// by its rule.
pub(crate) fn group(files: Files, wanted: Option<&'static Format>) -> Vec<Group> {
    let mut groups: Vec<Group> = files.into_iter().map(Group::alone).collect();
    for format in FORMATS {
        let Some(together) = format.together.filter(|_| wanted.is_none_or(|it| it == *format))
        else {
            continue;
        };
        groups = by(groups, format, together);
    }
    groups
}

/// Groups by the rule of one format.
fn by(groups: Vec<Group>, format: &'static Format, rule: Together) -> Vec<Group> {
    let is = |path: &str, endings: &[&str]| endings.contains(&extension(path).as_str());
    let mut texts = BTreeMap::<(String, String), usize>::new();
    for (idx, group) in groups.iter().enumerate() {
        if group.format.is_none() && is(&group.file.path, rule.text) {
            texts.insert((folder(&group.file.path).into(), stem(&group.file.path).into()), idx);
        }
    }
    // A file about a text lies beside it or in a folder below.
    let text_of = |path: &str| {
        let mut at = folder(path);
        loop {
            if let Some(idx) = texts.get(&(at.to_owned(), stem(path).to_owned())) {
                return Some(*idx);
            }
            if at.is_empty() {
                return None;
            }
            at = folder(at);
        }
    };
    let homes: Vec<Option<usize>> = groups
        .iter()
        .map(|it| {
            let is_about = it.format.is_none() && is(&it.file.path, rule.beside);
            is_about.then(|| text_of(&it.file.path)).flatten()
        })
        .collect();
    if homes.iter().all(Option::is_none) {
        return groups;
    }
    let mut beside = BTreeMap::<usize, Vec<InFile>>::new();
    let (mut kept, mut shared) = (Vec::new(), Vec::new());
    for (idx, (group, home)) in groups.into_iter().zip(homes).enumerate() {
        let is_shared = rule.shared.contains(&name(&group.file.path));
        match home {
            Some(home) => beside.entry(home).or_default().push(group.file),
            None if is_shared => shared.push(group.file),
            None => kept.push((idx, group)),
        }
    }
    let mut shared: Vec<(String, Shared)> = shared.into_iter().filter_map(read_shared).collect();
    for (idx, group) in &mut kept {
        let Some(files) = beside.remove(idx) else { continue };
        group.format = Some(format);
        group.beside = files;
        let here = folder(&group.file.path);
        // The first text that they hold for keeps them.
        let holds = |it: &mut (String, Shared)| is_in(here, &it.0);
        group.shared = shared.extract_if(.., holds).map(|it| it.1).collect();
    }
    merge(kept.into_iter().map(|it| it.1).collect(), format)
}

/// Texts that several folders have alike are one text, with the marks of several annotators.
fn merge(groups: Vec<Group>, format: &'static Format) -> Vec<Group> {
    let mut merged: Vec<Group> = Vec::new();
    let mut by_name = BTreeMap::<String, Vec<usize>>::new();
    for mut group in groups {
        if group.format != Some(format) {
            merged.push(group);
            continue;
        }
        let alike = by_name.entry(stem(&group.file.path).to_owned()).or_default();
        let bytes = if alike.is_empty() { None } else { read_all(&mut group.file) };
        let same =
            alike.iter().find(|it| bytes.is_some() && read_all(&mut merged[**it].file) == bytes);
        if let Some(same) = same {
            merged[*same].beside.append(&mut group.beside);
        } else {
            alike.push(merged.len());
            merged.push(group);
        }
    }
    merged
}

fn read_shared(mut file: InFile) -> Option<(String, Shared)> {
    let (folder, name) = (folder(&file.path).to_owned(), name(&file.path).to_owned());
    let bytes = read_all(&mut file)?;
    Some((folder, Shared { name, bytes }))
}

/// A whole file, unless it cannot be read or is too long; it stands at its start again.
fn read_all(file: &mut InFile) -> Option<Vec<u8>> {
    if RECORD_LIMIT < file.measure().ok()? {
        return None;
    }
    file.bytes.rewind().ok()?;
    let mut bytes = Vec::new();
    file.bytes.by_ref().take(RECORD_LIMIT).read_to_end(&mut bytes).ok()?;
    file.bytes.rewind().ok()?;
    Some(bytes)
}

fn extension(path: &str) -> String {
    name(path).rsplit_once('.').map_or("", |it| it.1).to_ascii_lowercase()
}

/// The name without folders.
fn name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The path of the folder; empty at the top.
pub(crate) fn folder(path: &str) -> &str {
    path.rfind(['/', '\\']).map_or("", |at| &path[..at])
}

/// Whether a folder is another or lies in it.
fn is_in(inner: &str, outer: &str) -> bool {
    outer.is_empty() || inner == outer || inner.starts_with(&format!("{outer}/"))
}
