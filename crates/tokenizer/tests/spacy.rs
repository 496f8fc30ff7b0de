//! Tokens and attributes against those that spaCy makes.

use std::{fs, path::Path};

use serde_json::Value;
use testkit::shared;
use tokenizer::{Attr, Base, Rules, Token, Tokenizer, attributes, lex};

/// A token as spaCy sees it: offsets in code points, then the strings of its attributes.
#[derive(serde::Deserialize)]
struct Expected(usize, usize, String, String, String, String, String, bool, bool);

#[test]
fn our_texts() {
    let tokenizer = Tokenizer::new(Base::BlankEn);
    let golden = Path::new("tests/golden/tokens.jsonl");
    let mut n_texts = 0;
    for line in read_lines(golden) {
        let text = line["text"].as_str().expect("a text");
        let expected: Vec<Expected> =
            serde_json::from_value(line["tokens"].clone()).expect("tokens");
        let tokens = tokenizer.tokenize(text);
        let offsets: Vec<_> = expected.iter().map(|it| [it.0, it.1]).collect();
        assert_eq!(in_code_points(text, &tokens), offsets, "{text:?}");
        for (token, expected) in tokens.iter().zip(&expected) {
            check_attributes(text, token, expected);
        }
        n_texts += 1;
    }
    assert!(100 <= n_texts, "{n_texts}");
}

#[track_caller]
fn check_attributes(text: &str, token: &Token, expected: &Expected) {
    let Expected(_, _, norm, lower, prefix, suffix, shape, space, is_space) = expected;
    let word = token.text(text);
    let ids = [norm, lower, word, prefix, suffix, shape].map(lex::string_id);
    let flags = [*space, *is_space].map(u64::from);
    let actual = attributes(text, token);
    let actual = Attr::ALL.map(|it| it.id(&actual));
    assert_eq!(actual[..6], ids, "{word:?} in {text:?}");
    assert_eq!(actual[6..], flags, "{word:?} in {text:?}");
    assert_eq!(lex::prefix(word), prefix);
    assert_eq!(lex::suffix(word), suffix);
    assert_eq!(lex::shape(word), *shape);
}

#[test]
fn our_string_ids() {
    let golden = Path::new("tests/golden/ids.jsonl");
    let mut n_strings = 0;
    for line in read_lines(golden) {
        let (text, id): (String, String) = serde_json::from_value(line).expect("string and id");
        assert_eq!(lex::string_id(&text).to_string(), id, "{text:?}");
        n_strings += 1;
    }
    assert!(1000 <= n_strings, "{n_strings}");
}

#[test]
fn our_texts_with_other_bases() {
    for (base, suffix) in BASES.into_iter().filter(|it| it.0 != Base::BlankEn) {
        let golden = format!("tests/golden/{}.jsonl", suffix.trim_start_matches('-'));
        let tokenizer = Tokenizer::new(base);
        let expected = read_lines(golden.as_ref());
        let texts = read_texts();
        assert_eq!(texts.len(), expected.len());
        for (text, expected) in texts.iter().zip(expected) {
            let expected: Vec<[usize; 2]> = serde_json::from_value(expected).expect("offsets");
            let tokens = tokenizer.tokenize(text);
            assert_eq!(in_code_points(text, &tokens), expected, "{base}: {text:?}");
        }
    }
}

#[test]
fn shared_texts_with_every_base() {
    for (base, suffix) in BASES {
        let golden = format!("spacy/golden/tokenizer-golden{suffix}.jsonl");
        let Some(golden) = shared(&golden) else { return };
        check_shared(&Tokenizer::new(base), &golden);
    }
}

/// The rules that we ship in short are those that spaCy has, word by word.
#[test]
fn shared_rules_are_ours() {
    for base in Base::ALL {
        let Some(ours) = base.rules() else { continue };
        let name = match base {
            Base::SciSpacy => "en-scispacy",
            _ => base.lang(),
        };
        let Some(rules) = shared(&format!("spacy/spacy-blank-{name}-rules.json")) else { return };
        let rules = fs::read_to_string(rules).expect("the rules can be read");
        let rules: Rules = serde_json::from_str(&rules).expect("rules");
        assert!(rules == ours, "{base}");
        // What is worked out ahead of time is what is worked out here.
        let slow = Tokenizer::from_rules(&rules).expect("spaCy's rules are valid");
        let fast = Tokenizer::new(base);
        let text: String = rules.exceptions.keys().flat_map(|it| [it.as_str(), " "]).collect();
        assert_eq!(fast.tokenize(&text), slow.tokenize(&text), "{base}");
    }
}

/// The bases, each with the ending of its golden files.
const BASES: [(Base, &str); 7] = [
    (Base::BlankEn, ""),
    (Base::BlankDe, "-de"),
    (Base::BlankFr, "-fr"),
    (Base::BlankEs, "-es"),
    (Base::BlankXx, "-xx"),
    (Base::BlankZh, "-zh-char"),
    (Base::SciSpacy, "-scispacy"),
];

#[track_caller]
fn check_shared(tokenizer: &Tokenizer, golden: &Path) {
    let mut n_texts = 0;
    for line in read_lines(golden) {
        let text = line["text"].as_str().expect("a text");
        let expected: Vec<[usize; 2]> =
            serde_json::from_value(line["tokens"].clone()).expect("offsets");
        assert_eq!(in_code_points(text, &tokenizer.tokenize(text)), expected, "{text:?}");
        n_texts += 1;
    }
    assert!(0 < n_texts, "{} is empty", golden.display());
}

#[test]
fn shared_attributes() {
    let Some(golden) = shared("spacy/golden/lex-golden.jsonl") else { return };
    let tokenizer = Tokenizer::new(Base::BlankEn);
    let mut n_texts = 0;
    for line in read_lines(&golden) {
        type Lexeme = (String, String, String, String, String, u8, u8);
        let text = line["text"].as_str().expect("a text");
        let expected: Vec<Lexeme> = serde_json::from_value(line["tokens"].clone()).expect("tokens");
        let tokens = tokenizer.tokenize(text);
        assert_eq!(tokens.len(), expected.len(), "{text:?}");
        for (token, (word, norm, prefix, suffix, shape, space, is_space)) in
            tokens.iter().zip(&expected)
        {
            assert_eq!(token.text(text), word, "{text:?}");
            let actual = attributes(text, token);
            let ids = [actual.norm, actual.orth, actual.prefix, actual.suffix, actual.shape];
            assert_eq!(ids, [norm, word, prefix, suffix, shape].map(|it| lex::string_id(it)));
            let flags = [actual.spacy, actual.is_space].map(u8::from);
            assert_eq!(flags, [*space, *is_space], "{word:?} in {text:?}");
        }
        n_texts += 1;
    }
    assert!(0 < n_texts);
}

#[test]
fn letters_are_classed_as_in_python() {
    let Some(ranges) = shared("spacy/python-unicode-ranges.json") else { return };
    let ranges = fs::read_to_string(ranges).expect("the ranges can be read");
    let ranges: Value = serde_json::from_str(&ranges).expect("ranges");
    let is_in = |name: &str, ch: char| {
        let ranges = ranges[name].as_array().expect("ranges");
        let idx = ranges.partition_point(|it| it[1].as_u64() < Some(u64::from(ch)));
        ranges.get(idx).is_some_and(|it| it[0].as_u64() <= Some(u64::from(ch)))
    };
    for ch in '\0'..=char::MAX {
        let expected = match ch {
            _ if is_in("isalpha", ch) && is_in("isupper", ch) => 'X',
            _ if is_in("isalpha", ch) => 'x',
            _ if is_in("isdigit", ch) => 'd',
            _ => ch,
        };
        assert_eq!(lex::shape(&ch.to_string()), expected.to_string(), "{ch:?}");
        assert_eq!(lex::is_whitespace(ch), is_in("isspace", ch), "{ch:?}");
    }
}

/// Bytes to code points, spaCy's unit.
fn in_code_points(text: &str, tokens: &[Token]) -> Vec<[usize; 2]> {
    let mut code_points = vec![0; text.len() + 1];
    let mut n_chars = 0;
    for (at, _) in text.char_indices() {
        code_points[at] = n_chars;
        n_chars += 1;
    }
    code_points[text.len()] = n_chars;
    tokens.iter().map(|it| [it.start, it.end].map(|at| code_points[at as usize])).collect()
}

/// The texts of our golden files.
fn read_texts() -> Vec<String> {
    let golden = Path::new("tests/golden/tokens.jsonl");
    let text = |line: Value| line["text"].as_str().expect("a text").to_owned();
    read_lines(golden).into_iter().map(text).collect()
}

fn read_lines(path: &Path) -> Vec<Value> {
    let lines = fs::read_to_string(path).expect("the golden file can be read");
    lines.lines().map(|it| serde_json::from_str(it).expect("a line of JSON")).collect()
}
