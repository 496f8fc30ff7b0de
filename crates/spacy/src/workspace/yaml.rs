//! `project.yml`. Strings are written as JSON, which YAML reads.

use std::fmt::Write;

use serde_json::json;

use super::Run;

pub(super) fn project(title: &str, runs: &[Run]) -> String {
    let mut text = format!(
        "title: {}\ndescription: \"Bases that were compared in Nerine, trained by spaCy\"\n\
         directories: [\"bases\", \"configs\", \"corpus\", \"training\", \"metrics\", \"scripts\"]\n\
         \nworkflows:\n  all:\n",
        json!(title)
    );
    let mut put = |line: std::fmt::Arguments<'_>| {
        text.write_fmt(line).expect("a string takes everything");
    };
    for run in runs {
        put(format_args!("    - {}\n", json!(run.name)));
    }
    put(format_args!("    - \"table\"\n\ncommands:\n"));
    for run in runs {
        put(format_args!("  - name: {}\n    script:\n", json!(run.name)));
        for command in &run.commands {
            let line = format!("python -m spacy {}", command.join(" "));
            put(format_args!("      - {}\n", json!(line)));
        }
        put(format_args!("    deps: {}\n", json!(run.needs)));
        put(format_args!("    outputs: {}\n", json!(run.makes)));
    }
    put(format_args!(
        "  - name: \"table\"\n    help: \"The scores of all runs\"\n    script:\n      \
         - \"python scripts/table.py\"\n    no_skip: true\n"
    ));
    text
}
