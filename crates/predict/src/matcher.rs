//! Token patterns: the part of spaCy's `Matcher` that needs no more than the tokens.

use fancy_regex::Regex;
use serde_json::{Map, Value};
use tokenizer::{Attr, dialect, lex};

use crate::{doc::Doc, sentences::is_punct};

/// A pattern that can be looked for.
pub(crate) struct TokenPattern(Vec<Spec>);

/// One token of a pattern.
struct Spec {
    repeat: Repeat,
    /// All of them must hold.
    tests: Vec<Test>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    Once,
    /// One token that does not pass.
    Not,
    Optional,
    Any,
}

/// Something that a token must pass.
#[derive(Clone)]
enum Test {
    Is(What, u64),
    IsIn(What, Vec<u64>),
    IsNotIn(What, Vec<u64>),
    Compares(What, Comparison, i64),
    Matches(What, Regex),
}

/// What of a token is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Attr(Attr),
    Length,
    IsAlpha,
    IsAscii,
    IsDigit,
    IsLower,
    IsUpper,
    IsTitle,
    IsPunct,
    StartsSentence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Different,
    AtLeast,
    AtMost,
    More,
    Less,
}

impl TokenPattern {
    /// Reads a pattern. The error is what in it needs more than Nerine has.
    pub(crate) fn read(json: &str) -> Result<Self, String> {
        let specs: Option<Vec<Map<String, Value>>> = serde_json::from_str(json).ok();
        let specs = specs.ok_or("a pattern that is no list of tokens")?;
        let mut all = Vec::new();
        for spec in specs {
            let tests = tests(&spec)?;
            for repeat in repeats(&spec)? {
                all.push(Spec { repeat, tests: tests.clone() });
            }
        }
        Ok(Self(all))
    }

    /// Every stretch of tokens that it matches, by start, then by end.
    pub(crate) fn find(&self, doc: &Doc<'_>) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let passes: Vec<Vec<bool>> = self
            .0
            .iter()
            .map(|spec| {
                (0..doc.len()).map(|at| spec.tests.iter().all(|it| it.holds(doc, at))).collect()
            })
            .collect();
        for start in 0..doc.len() {
            let mut ends = self.ends(start, &passes, doc.len());
            ends.retain(|end| start < *end);
            found.extend(ends.into_iter().map(|end| (start, end)));
        }
        found
    }

    /// Where matches from `start` on end, in order.
    fn ends(&self, start: usize, passes: &[Vec<bool>], n_tokens: usize) -> Vec<usize> {
        // The places that the pattern's part so far may have come to.
        let mut places = vec![start];
        for (spec, passes) in self.0.iter().zip(passes) {
            let mut next = Vec::new();
            for &at in &places {
                let passes = |at: usize| at < n_tokens && passes[at];
                match spec.repeat {
                    Repeat::Once => next.extend(passes(at).then_some(at + 1)),
                    Repeat::Not => next.extend((at < n_tokens && !passes(at)).then_some(at + 1)),
                    Repeat::Optional => {
                        next.push(at);
                        next.extend(passes(at).then_some(at + 1));
                    }
                    Repeat::Any => {
                        next.push(at);
                        next.extend((at..n_tokens).take_while(|it| passes(*it)).map(|it| it + 1));
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            places = next;
        }
        places
    }
}

/// The highest number in an operator such as `{2,5}`: a step is made for each.
const MOST_REPEATS: usize = 10_000;

/// How often a token may come: spaCy's `OP`.
fn repeats(spec: &Map<String, Value>) -> Result<Vec<Repeat>, String> {
    let operator = spec.iter().find(|(key, _)| key.eq_ignore_ascii_case("OP"));
    let Some(operator) = operator.map(|(_, it)| it.as_str().unwrap_or_default()) else {
        return Ok(vec![Repeat::Once]);
    };
    let unknown = || format!("the operator {operator:?}");
    Ok(match operator {
        "1" => vec![Repeat::Once],
        "!" => vec![Repeat::Not],
        "?" => vec![Repeat::Optional],
        "*" => vec![Repeat::Any],
        "+" => vec![Repeat::Once, Repeat::Any],
        _ => {
            let range = operator.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            let range = range.ok_or_else(unknown)?;
            let (least, most) = range.split_once(',').unwrap_or((range, range));
            let is_near = |it: &usize| *it <= MOST_REPEATS;
            let number =
                |it: &str| it.trim().parse::<usize>().ok().filter(is_near).ok_or_else(unknown);
            let least = if least.is_empty() { 0 } else { number(least)? };
            let mut repeats = vec![Repeat::Once; least];
            match most {
                "" => repeats.push(Repeat::Any),
                most => {
                    let more = number(most)?.checked_sub(least).ok_or_else(unknown)?;
                    repeats.extend(vec![Repeat::Optional; more]);
                }
            }
            repeats
        }
    })
}

fn tests(spec: &Map<String, Value>) -> Result<Vec<Test>, String> {
    let mut tests = Vec::new();
    for (key, value) in spec {
        if key.eq_ignore_ascii_case("OP") {
            continue;
        }
        let what = What::read(key)?;
        match value {
            Value::Object(predicates) => {
                for (name, value) in predicates {
                    tests.push(predicate(what, name, value)?);
                }
            }
            value => tests.push(Test::Is(what, id(value)?)),
        }
    }
    Ok(tests)
}

fn predicate(what: What, name: &str, value: &Value) -> Result<Test, String> {
    let comparison = match name.to_uppercase().as_str() {
        "IN" => return Ok(Test::IsIn(what, ids(value)?)),
        "NOT_IN" => return Ok(Test::IsNotIn(what, ids(value)?)),
        "REGEX" => {
            let pattern = value.as_str().ok_or("a REGEX that is no text")?;
            let regex = Regex::new(&dialect::from_python(pattern))
                .map_err(|error| format!("the regular expression {pattern:?}: {error}"))?;
            return Ok(Test::Matches(what.text()?, regex));
        }
        "==" => Comparison::Equal,
        "!=" => Comparison::Different,
        ">=" => Comparison::AtLeast,
        "<=" => Comparison::AtMost,
        ">" => Comparison::More,
        "<" => Comparison::Less,
        other => return Err(format!("the predicate {other:?}")),
    };
    let number = value.as_i64().ok_or_else(|| format!("the comparison with {value}"))?;
    Ok(Test::Compares(what, comparison, number))
}

fn ids(value: &Value) -> Result<Vec<u64>, String> {
    let items = value.as_array().ok_or_else(|| format!("the list {value}"))?;
    items.iter().map(id).collect()
}

/// A value as spaCy compares it.
fn id(value: &Value) -> Result<u64, String> {
    match value {
        Value::String(text) => Ok(lex::string_id(text)),
        Value::Bool(it) => Ok(u64::from(*it)),
        Value::Number(it) => it.as_u64().ok_or_else(|| format!("the value {it}")),
        other => Err(format!("the value {other}")),
    }
}

impl What {
    fn read(name: &str) -> Result<Self, String> {
        Ok(match name.to_uppercase().as_str() {
            "TEXT" => What::Attr(Attr::Orth),
            "LENGTH" => What::Length,
            "IS_ALPHA" => What::IsAlpha,
            "IS_ASCII" => What::IsAscii,
            "IS_DIGIT" => What::IsDigit,
            "IS_LOWER" => What::IsLower,
            "IS_UPPER" => What::IsUpper,
            "IS_TITLE" => What::IsTitle,
            "IS_PUNCT" => What::IsPunct,
            "IS_SENT_START" | "SENT_START" => What::StartsSentence,
            other => What::Attr(
                Attr::from_name(other).ok_or_else(|| format!("the token attribute {name:?}"))?,
            ),
        })
    }

    /// Itself, if it is a text that a regular expression can read.
    fn text(self) -> Result<Self, String> {
        match self {
            What::Attr(Attr::Orth | Attr::Lower | Attr::Prefix | Attr::Suffix | Attr::Shape) => {
                Ok(self)
            }
            other => Err(format!("a REGEX of {other:?}")),
        }
    }

    /// The value of a token, as spaCy compares it.
    fn of(self, doc: &Doc<'_>, at: usize) -> u64 {
        let word = doc.word(at);
        let flag = match self {
            What::Attr(attr) => return attr.id(&doc.attributes[at]),
            What::Length => return word.chars().count() as u64,
            What::IsAlpha => lex::is_alpha(word),
            What::IsAscii => word.is_ascii(),
            What::IsDigit => lex::is_digit(word),
            What::IsLower => is_cased(word, char::is_lowercase, char::is_uppercase),
            What::IsUpper => is_cased(word, char::is_uppercase, char::is_lowercase),
            What::IsTitle => is_title(word),
            What::IsPunct => is_punct(word),
            What::StartsSentence => doc.starts_sentence(at),
        };
        u64::from(flag)
    }
}

/// Whether Python's `str.islower` or `str.isupper` holds.
fn is_cased(word: &str, wanted: fn(char) -> bool, unwanted: fn(char) -> bool) -> bool {
    word.chars().any(wanted) && !word.chars().any(|it| unwanted(it) || is_titlecase(it))
}

/// Whether a letter is a capital with a small one in it: Unicode's category Lt.
fn is_titlecase(letter: char) -> bool {
    matches!(letter,
        '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}' | '\u{1f88}'..='\u{1f8f}'
        | '\u{1f98}'..='\u{1f9f}' | '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
}

/// Whether Python's `str.istitle` holds: a capital begins each run of letters, small ones follow.
fn is_title(word: &str) -> bool {
    let (mut after_cased, mut any) = (false, false);
    for ch in word.chars() {
        let (upper, lower) = (ch.is_uppercase() || is_titlecase(ch), ch.is_lowercase());
        if upper && after_cased || lower && !after_cased {
            return false;
        }
        after_cased = upper || lower;
        any |= after_cased;
    }
    any
}

impl Test {
    fn holds(&self, doc: &Doc<'_>, at: usize) -> bool {
        match self {
            Test::Is(what, wanted) => what.of(doc, at) == *wanted,
            Test::IsIn(what, wanted) => wanted.contains(&what.of(doc, at)),
            Test::IsNotIn(what, unwanted) => !unwanted.contains(&what.of(doc, at)),
            Test::Compares(what, comparison, with) => {
                let value = i128::from(what.of(doc, at));
                let with = i128::from(*with);
                match comparison {
                    Comparison::Equal => value == with,
                    Comparison::Different => value != with,
                    Comparison::AtLeast => with <= value,
                    Comparison::AtMost => value <= with,
                    Comparison::More => with < value,
                    Comparison::Less => value < with,
                }
            }
            Test::Matches(what, regex) => {
                let word = doc.word(at);
                let text = match what {
                    What::Attr(Attr::Lower) => word.to_lowercase(),
                    What::Attr(Attr::Prefix) => lex::prefix(word).to_owned(),
                    What::Attr(Attr::Suffix) => lex::suffix(word).to_owned(),
                    What::Attr(Attr::Shape) => lex::shape(word),
                    _ => word.to_owned(),
                };
                regex.is_match(&text).unwrap_or(false)
            }
        }
    }
}
