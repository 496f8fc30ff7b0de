//! `config.cfg`: sections of JSON values with references between them, as `confection` reads them.

use std::cell::Cell;

use serde_json::{Map, Value};

use crate::PipelineError;

/// The settings of a pipeline, section in section, references replaced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config(Map<String, Value>);

/// How deep references may refer to references, as in Python's `configparser`.
const MAX_DEPTH: usize = 10;

/// How deep sections may lie in sections.
const MAX_SECTIONS: usize = 64;

/// How many references are followed, and how many values they may become. A pipeline has some
/// hundred of them; a file that has more is made to fill the memory.
const MAX_REFERENCES: u32 = 100_000;

/// A setting as it is written.
struct Raw {
    section: String,
    key: String,
    value: String,
    line: usize,
}

/// Where a setting is written.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) section: String,
    pub(super) key: String,
    /// The line, from 1.
    pub(super) line: usize,
}

/// All settings, in the order of the file.
pub(super) fn places(text: &str) -> Result<Vec<Place>, PipelineError> {
    let place = |Raw { section, key, line, .. }| Place { section, key, line };
    Ok(lines(text)?.1.into_iter().map(place).collect())
}

/// What references are looked up in.
struct Lookup<'l> {
    settings: &'l [Raw],
    sections: &'l [(String, usize)],
    /// How many may still be followed.
    left: Cell<u32>,
}

impl Lookup<'_> {
    /// Takes some off what is left.
    fn spend(&self, n: u32, line: usize) -> Result<(), PipelineError> {
        let left = self.left.get().checked_sub(n);
        let too_many =
            || bad(line, format!("references grow to more than {MAX_REFERENCES} values"));
        self.left.set(left.ok_or_else(too_many)?);
        Ok(())
    }
}

impl Config {
    /// Reads a configuration.
    pub fn read(text: &str) -> Result<Self, PipelineError> {
        let (sections, settings) = lines(text)?;
        let lookup =
            Lookup { settings: &settings, sections: &sections, left: Cell::new(MAX_REFERENCES) };
        let mut root = Map::new();
        for (section, line) in &sections {
            let path: Vec<&str> = section.split('.').collect();
            if MAX_SECTIONS < path.len() {
                return Err(bad(
                    *line,
                    format!("a section lies in more than {MAX_SECTIONS} others"),
                ));
            }
            node(&mut root, &path).ok_or_else(|| {
                bad(*line, format!("the section [{section}] is also a value: rename one"))
            })?;
        }
        let mut references = Vec::new();
        for raw in &settings {
            let text = replace(&raw.value, raw, &lookup, 0)?;
            let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
            let path: Vec<&str> = raw.section.split('.').collect();
            let section = node(&mut root, &path).ok_or_else(|| {
                bad(raw.line, format!("the section [{}] is also a value: rename one", raw.section))
            })?;
            if let Some(of) = value.as_str().and_then(|it| it.strip_prefix(SECTION)) {
                references.push((path_of(&raw.section, &raw.key), of.to_owned(), raw.line));
            }
            if section.get(&raw.key).is_some_and(Value::is_object) {
                return Err(bad(
                    raw.line,
                    format!("{:?} is both a value and a section: rename one", raw.key),
                ));
            }
            section.insert(raw.key.clone(), value);
        }
        for (at, of, line) in references {
            let section = find(&root, &of);
            lookup.spend(section.map_or(0, n_values), line)?;
            let section = section.cloned().unwrap_or(Value::Null);
            let path: Vec<&str> = at.split('.').collect();
            if let Some((key, path)) = path.split_last()
                && let Some(node) = node(&mut root, path)
            {
                node.insert((*key).to_owned(), section);
            }
        }
        Ok(Self(root))
    }

    /// A setting by its path, such as `nlp.lang`.
    pub fn get(&self, path: &str) -> Option<&Value> {
        find(&self.0, path)
    }

    /// A setting that must be there.
    pub fn need(&self, path: &str) -> Result<&Value, PipelineError> {
        self.get(path).ok_or_else(|| PipelineError::NoSetting { key: path.to_owned() })
    }

    /// A text that must be there.
    pub fn text(&self, path: &str) -> Result<&str, PipelineError> {
        let text = self.need(path)?.as_str();
        text.ok_or_else(|| PipelineError::NoSetting { key: path.to_owned() })
    }

    /// A list of texts; empty where there is none.
    pub fn texts(&self, path: &str) -> Vec<String> {
        let items = self.get(path).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A number that must be there and counts something.
    pub fn count(&self, path: &str) -> Result<u32, PipelineError> {
        let count = self.need(path)?.as_u64().and_then(|it| u32::try_from(it).ok());
        count.ok_or_else(|| PipelineError::NoSetting { key: path.to_owned() })
    }

    /// Whether a setting is on; off where there is none.
    pub fn flag(&self, path: &str) -> bool {
        self.get(path).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// What stands for a whole section until all are read.
const SECTION: &str = "__SECTION__:";

fn path_of(section: &str, key: &str) -> String {
    format!("{section}.{key}")
}

fn find<'m>(root: &'m Map<String, Value>, path: &str) -> Option<&'m Value> {
    let mut parts = path.split('.');
    let mut value = root.get(parts.next()?)?;
    for part in parts {
        value = value.get(part)?;
    }
    Some(value)
}

/// The section of a path, which is made if need be. None where a value is in its way.
fn node<'m>(root: &'m mut Map<String, Value>, path: &[&str]) -> Option<&'m mut Map<String, Value>> {
    let mut node = root;
    for part in path {
        let next = node.entry(*part).or_insert_with(|| Value::Object(Map::new()));
        node = next.as_object_mut()?;
    }
    Some(node)
}

/// How many values there are in one.
fn n_values(value: &Value) -> u32 {
    match value {
        Value::Object(map) => map.values().map(n_values).fold(1, u32::saturating_add),
        Value::Array(items) => items.iter().map(n_values).fold(1, u32::saturating_add),
        _ => 1,
    }
}

fn bad(line: usize, why: String) -> PipelineError {
    PipelineError::BadConfig { line, why }
}

type Sections = Vec<(String, usize)>;

/// The sections and their settings, in order. An indented line goes on with the value before it.
fn lines(text: &str) -> Result<(Sections, Vec<Raw>), PipelineError> {
    let mut sections: Sections = Vec::new();
    let mut settings: Vec<Raw> = Vec::new();
    for (idx, line) in text.lines().enumerate() {
        let (line_no, trimmed) = (idx + 1, line.trim());
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t'])
            && let Some(last) = settings.last_mut()
        {
            last.value.push('\n');
            last.value.push_str(trimmed);
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            if sections.iter().any(|(it, _)| it == name) {
                return Err(bad(
                    line_no,
                    format!("the section [{name}] is there twice: join them"),
                ));
            }
            sections.push((name.to_owned(), line_no));
            continue;
        }
        let Some((section, _)) = sections.last() else {
            return Err(bad(line_no, "a value stands before the first [section]".to_owned()));
        };
        let Some(at) = trimmed.find(['=', ':']) else {
            return Err(bad(line_no, format!("{trimmed:?} is no `name = value`")));
        };
        settings.push(Raw {
            section: section.clone(),
            key: trimmed[..at].trim_end().to_owned(),
            value: trimmed[at + 1..].trim_start().to_owned(),
            line: line_no,
        });
    }
    Ok((sections, settings))
}

/// A value with its references replaced, still as it would be written.
///
/// A reference that is the whole value keeps its type; inside a longer value it becomes text, as
/// in confection's `_CustomInterpolation`.
fn replace(
    value: &str,
    raw: &Raw,
    lookup: &Lookup<'_>,
    depth: usize,
) -> Result<String, PipelineError> {
    if !value.contains('$') {
        return Ok(value.to_owned());
    }
    if MAX_DEPTH < depth {
        return Err(bad(raw.line, format!("{:?} refers to itself: give it a value", raw.key)));
    }
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        if 0 < at {
            pieces.push(rest[..at].to_owned());
        }
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            pieces.push("$".to_owned());
            rest = after;
            continue;
        }
        let end = rest.starts_with('{').then(|| rest.find('}')).flatten();
        let Some(end) = end else {
            return Err(bad(raw.line, format!("{value:?} has a $ that begins no ${{…}}")));
        };
        let name = rest[1..end].replace(':', ".");
        pieces.push(referred(&name, raw, lookup, depth)?);
        rest = &rest[end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(rest.to_owned());
    }
    match <[String; 1]>::try_from(pieces) {
        Ok([whole]) => Ok(whole),
        Err(pieces) => Ok(pieces.iter().map(|it| as_text(it)).collect()),
    }
}

/// What a reference stands for: a value, or a whole section.
fn referred(
    name: &str,
    raw: &Raw,
    lookup: &Lookup<'_>,
    depth: usize,
) -> Result<String, PipelineError> {
    lookup.spend(1, raw.line)?;
    let (section, key) = name.rsplit_once('.').unwrap_or((&raw.section, name));
    let found = lookup.settings.iter().find(|it| it.section == section && it.key == key);
    if let Some(found) = found
        && !(found.section == raw.section && found.key == raw.key)
    {
        return replace(&found.value, found, lookup, depth + 1);
    }
    if lookup.sections.iter().any(|(it, _)| it == name) {
        return Ok(format!("\"{SECTION}{name}\""));
    }
    Err(bad(
        raw.line,
        format!(
            "{:?} refers to ${{{name}}}, which is not there: add that, or write a value",
            raw.key
        ),
    ))
}

/// A piece of a longer value as text: JSON text without its quotes, other JSON as it is.
fn as_text(piece: &str) -> String {
    match serde_json::from_str(piece) {
        Ok(Value::String(text)) => text,
        Ok(value) => value.to_string().replace('"', "\\\""),
        Err(_) => piece.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "reads better in the cases")]
    #[track_caller]
    fn check(text: &str, expect: Expect) {
        match Config::read(text) {
            Ok(config) => expect.assert_eq(&Value::Object(config.0).to_string()),
            Err(error) => expect.assert_eq(&error.to_string()),
        }
    }

    #[test]
    fn values_are_json_or_text() {
        check(
            "# comment\n[a]\nx = 1\ny = \"two\"\nz = plain words\nlist = [1,\n  2]\n\n[a.b]\n@f = null",
            expect![[r#"{"a":{"b":{"@f":null},"x":1,"y":"two","z":"plain words","list":[1,2]}}"#]],
        );
    }

    #[test]
    fn references_keep_their_type_or_become_text() {
        check(
            "[p]\nwidth = 96\nroot = \"data\"\nfile = \"${p.root}/x\"\n\n[q]\nw = ${p.width}\nv = ${p:root}\nt = \"w${q.w}\"\ns = ${p}\nd = $$",
            expect![[
                r#"{"p":{"width":96,"root":"data","file":"data/x"},"q":{"w":96,"v":"data","t":"w96","s":{"width":96,"root":"data","file":"data/x"},"d":"$"}}"#
            ]],
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        check("x = 1", expect!["config.cfg, line 1: a value stands before the first [section]"]);
        check("[a]\nx", expect![[r#"config.cfg, line 2: "x" is no `name = value`"#]]);
        check(
            "[a]\nx = ${b.y}",
            expect![[
                r#"config.cfg, line 2: "x" refers to ${b.y}, which is not there: add that, or write a value"#
            ]],
        );
        check(
            "[a]\nx = ${a.y}\ny = ${a.x}",
            expect![[r#"config.cfg, line 3: "y" refers to itself: give it a value"#]],
        );
        check("[a]\n[a]", expect!["config.cfg, line 2: the section [a] is there twice: join them"]);
        check(
            &format!("[a{}]", ".a".repeat(64)),
            expect!["config.cfg, line 1: a section lies in more than 64 others"],
        );
        let of_ten =
            |key: &str, of: &str| format!("{key} = {}\n", format!("${{a.{of}}}").repeat(10));
        let levels = ["b", "c", "d", "e", "f", "g"];
        let values = levels.windows(2).map(|it| of_ten(it[1], it[0])).collect::<String>();
        check(
            &format!("[a]\nb = 1\n{values}"),
            expect!["config.cfg, line 3: references grow to more than 100000 values"],
        );
        check(
            "[a]\nb = 1\n[a.b]",
            expect![[r#"config.cfg, line 2: "b" is both a value and a section: rename one"#]],
        );
    }
}
