//! Training configurations: golden files of `spacy init config`, one written for a transformer, one
//! with little in it, and broken ones.

use std::fmt::Write;
use std::fs;

use expect_test::{Expect, expect, expect_file};
use spacy::training_config;

/// What is taken over, a line each, then what is not.
fn shown(text: &str) -> String {
    let config = match training_config(text) {
        Ok(config) => config,
        Err(error) => return format!("{error}\n"),
    };
    let not_taken = config.not_taken.clone();
    let patience = config.patience();
    let config = spacy::TrainingConfig { not_taken: Vec::new(), ..config };
    let mut out = format!("{config:#?}\npatience in looks: {patience:?}\n");
    for it in not_taken {
        writeln!(out, "! {it}").expect("a string takes everything");
    }
    out
}

#[test]
fn configurations_are_read_as_their_golden_files_say() {
    for name in ["efficiency", "accuracy", "transformer", "partial"] {
        let path = |ending: &str| {
            format!("{}/tests/golden/training_config/{name}.{ending}", env!("CARGO_MANIFEST_DIR"))
        };
        let text = fs::read_to_string(path("cfg")).expect("it is part of the project");
        expect_file![path("expected")].assert_eq(&shown(&text));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "reads better in the cases")]
#[track_caller]
fn check(text: &str, expect: Expect) {
    expect.assert_eq(&shown(text));
}

#[test]
fn what_is_wrong_is_said_with_line_and_remedy() {
    check(
        "",
        expect![[r#"
        config.cfg, line 1: no section of it is one of a training: choose a file that spacy init config wrote
    "#]],
    );
    check(
        "{\"lang\": \"en\"}",
        expect![[r#"
        config.cfg, line 1: a value stands before the first [section]
    "#]],
    );
    check(
        "[project]\nname = 1",
        expect![[r#"
        config.cfg, line 1: no section of it is one of a training: choose a file that spacy init config wrote
    "#]],
    );
    check(
        "[training]\ndropout = 2",
        expect![[r#"
        config.cfg, line 2: dropout = 2 does not fit: give a number from 0 to 0.9
    "#]],
    );
    check(
        "[training]\n\nmax_steps = \"many\"",
        expect![[r#"
        config.cfg, line 3: max_steps = "many" is no count: give a whole number from 0
    "#]],
    );
    check(
        "[training]\nseed = ${system.seed}",
        expect![[r#"
        config.cfg, line 2: "seed" refers to ${system.seed}, which is not there: add that, or write a value
    "#]],
    );
    check(
        "[nlp]\nlang = 3",
        expect![[r#"
        config.cfg, line 2: lang = 3 is no text: put it in quotes
    "#]],
    );
    check(
        "[nlp]\npipeline = [\"textcat\"]",
        expect![[r#"
        config.cfg, line 2: pipeline = ["textcat"] has no ner, which is what Nerine trains: add one
    "#]],
    );
    check(
        "[training.batcher.size]\n@schedules = \"compounding.v1\"\nstart = 0",
        expect![[r#"
            config.cfg, line 3: start = 0 does not fit: give a number from 1
        "#]],
    );
    check(
        "[components.tok2vec.model]\n@architectures = \"spacy.HashEmbedCNN.v2\"\nwidth = 8",
        expect![[r#"
            config.cfg does not say "components.tok2vec.model.embed_size": fill it with `spacy init fill-config`
        "#]],
    );
}
