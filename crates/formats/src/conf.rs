//! brat's `annotation.conf`: four sections that name the types.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::standoff::Types;

const SECTIONS: [&str; 4] = ["entities", "relations", "events", "attributes"];

/// How a configuration begins that only follows from the marks.
const MADE: &str = "# Nerine made this from the marks. It keeps a configuration without this line.";

/// Whether a configuration only follows from the marks.
pub(crate) fn is_made(conf: &str) -> bool {
    conf.starts_with(MADE)
}

/// A configuration with the types that it lacks. Lines that are there stay as they are.
pub(crate) fn extended(conf: Option<&str>, types: &Types) -> String {
    let mut head = if conf.is_none() { format!("{MADE}\n\n") } else { String::new() };
    let conf = conf.unwrap_or_default();
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for line in conf.lines() {
        let name = line.trim().strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        match (name, sections.last_mut()) {
            (Some(name), _) => sections.push((name.to_owned(), Vec::new())),
            (None, Some((_, lines))) => lines.push(line.to_owned()),
            (None, None) => {
                let _ = writeln!(head, "{line}");
            }
        }
    }
    for name in SECTIONS {
        if sections.iter().all(|it| it.0 != name) {
            sections.push((name.to_owned(), Vec::new()));
        }
    }
    let mut conf = head;
    for (name, lines) in &sections {
        let known: BTreeSet<&str> = lines.iter().flat_map(|it| names(it)).collect();
        let new: Vec<String> = lines_of(name, types, &known);
        let kept: Vec<&str> = lines.iter().map(String::as_str).collect();
        let kept = kept.join("\n");
        let _ = writeln!(conf, "[{name}]");
        for line in kept.trim_end().lines() {
            let _ = writeln!(conf, "{line}");
        }
        for line in new {
            let _ = writeln!(conf, "{line}");
        }
        conf.push('\n');
    }
    conf
}

/// The names that a line defines: `!Type|GO:1 Theme:Protein` defines two.
fn names(line: &str) -> Vec<&str> {
    let line = line.trim_start();
    if line.starts_with(['#', '<']) || line.starts_with("--") {
        return Vec::new();
    }
    let first = line.split([' ', '\t']).next().unwrap_or_default();
    first.trim_start_matches('!').split('|').collect()
}

/// The lines that a section lacks.
fn lines_of(section: &str, types: &Types, known: &BTreeSet<&str>) -> Vec<String> {
    let is_new = |it: &&String| !known.contains(it.as_str());
    match section {
        "entities" => types.entities.iter().filter(is_new).cloned().collect(),
        "relations" => {
            let line = |it: &String| format!("{it}\tArg1:<ANY>, Arg2:<ANY>");
            types.relations.iter().filter(is_new).map(line).collect()
        }
        "events" => {
            let new = types.events.iter().filter(|it| is_new(&it.0));
            let role = |it: &String| format!("{it}*:<ANY>");
            let line = |(name, roles): (&String, &BTreeSet<String>)| {
                let roles: Vec<String> = roles.iter().map(role).collect();
                format!("{name}\t{}", roles.join(", "))
            };
            new.map(line).map(|it| it.trim_end().to_owned()).collect()
        }
        "attributes" => {
            let new = types.attributes.iter().filter(|it| is_new(&it.0));
            let line = |(name, values): (&String, &BTreeSet<String>)| {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                match values.is_empty() {
                    true => format!("{name}\tArg:<ANY>"),
                    false => format!("{name}\tArg:<ANY>, Value:{}", values.join("|")),
                }
            };
            new.map(line).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> Types {
        let set = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
        Types {
            entities: set(&["Gene", "Protein"]),
            relations: set(&["Part-of"]),
            events: [("Binding".to_owned(), set(&["Theme"]))].into(),
            attributes: [("Negation".to_owned(), set(&[])), ("Sure".to_owned(), set(&["a", "b"]))]
                .into(),
        }
    }

    #[test]
    fn all_four_sections_are_there() {
        let expected = "[entities]\nGene\nProtein\n\n[relations]\nPart-of\tArg1:<ANY>, Arg2:<ANY>\n\n\
                        [events]\nBinding\tTheme*:<ANY>\n\n[attributes]\nNegation\tArg:<ANY>\n\
                        Sure\tArg:<ANY>, Value:a|b\n\n";
        let made = extended(None, &types());
        assert!(is_made(&made) && !is_made(expected));
        assert_eq!(made.strip_prefix(MADE).unwrap().trim_start(), expected);
        assert_eq!(extended(Some(expected), &types()), expected);
    }

    #[test]
    fn what_a_configuration_says_stays() {
        let conf =
            "# Types\n[entities]\nProtein\n\t!Gene|HGNC:1\n------\n\n[relations]\n\n[mine]\nx\n";
        let found = extended(Some(conf), &types());
        assert!(
            found.starts_with(
                "# Types\n[entities]\nProtein\n\t!Gene|HGNC:1\n------\n\n[relations]\nPart-of\t"
            ),
            "{found}"
        );
        assert!(found.contains("[mine]\nx\n"));
    }
}
