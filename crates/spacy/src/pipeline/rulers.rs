//! Components that follow rules: `sentencizer`, `entity_ruler`, `span_ruler`.

use std::collections::BTreeMap;

use model::{Kept, Pattern, PatternWhat, Ruler, RulerKind, Sentencizer, Step, Touches};
use serde_json::Value;

use super::Config;
use crate::{PipelineError, msgpack};

/// What ends a sentence where nothing else is said: spaCy's `Sentencizer.default_punct_chars`.
const ENDS: &str = "! . ? ։ ؟ ۔ ܀ ܁ ܂ ߹ । ॥ ၊ ။ ። ፧ ፨ ᙮ ᜵ ᜶ ᠃ ᠉ ᥄ ᥅ ᪨ ᪩ ᪪ ᪫ ᭚ ᭛ ᭞ ᭟ ᰻ ᰼ ᱾ ᱿ ‼ ‽ ⁇ ⁈ ⁉ ⸮ ⸼ ꓿ ꘎ ꘏ ꛳ ꛷ ꡶ ꡷ ꣎ ꣏ ꤯ ꧈ ꧉ ꩝ ꩞ ꩟ ꫰ ꫱ ꯫ ﹒ ﹖ ﹗ ！ ． ？ 𐩖 𐩗 𑁇 𑁈 𑂾 𑂿 𑃀 𑃁 𑅁 𑅂 𑅃 𑇅 𑇆 𑇍 𑇞 𑇟 𑈸 𑈹 𑈻 𑈼 𑊩 𑑋 𑑌 𑗂 𑗃 𑗉 𑗊 𑗋 𑗌 𑗍 𑗎 𑗏 𑗐 𑗑 𑗒 𑗓 𑗔 𑗕 𑗖 𑗗 𑙁 𑙂 𑜼 𑜽 𑜾 𑩂 𑩃 𑪛 𑪜 𑱁 𑱂 𖩮 𖩯 𖫵 𖬷 𖬸 𖭄 𛲟 𝪈 ｡ 。";

pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Reads a sentencizer: `NAME.json`.
pub(super) fn sentencizer(name: &str, files: &Files) -> Result<Sentencizer, PipelineError> {
    let settings = json(&format!("{name}.json"), files)?.unwrap_or_default();
    let ends = match &settings["punct_chars"] {
        Value::Array(ends) => ends.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => ENDS.split(' ').map(str::to_owned).collect(),
    };
    Ok(Sentencizer { ends, overwrite: settings["overwrite"].as_bool().unwrap_or(false) })
}

fn json(path: &str, files: &Files) -> Result<Option<Value>, PipelineError> {
    let Some(bytes) = files.get(path) else { return Ok(None) };
    let bad = |error: serde_json::Error| PipelineError::BadFile {
        path: path.to_owned(),
        why: error.to_string(),
    };
    serde_json::from_slice(bytes).map(Some).map_err(bad)
}

/// What an attribute ruler's rules in `NAME/patterns` set of tokens decides whether entities depend
/// on it: tags and lemmas come to nothing there, sentence starts and norms do not.
pub(super) fn attribute_ruler(name: &str, files: &Files) -> Kept {
    let rules = files.get(&format!("{name}/patterns")).and_then(|it| msgpack::read(it));
    let rules = rules.as_ref().and_then(msgpack::array).unwrap_or_default();
    let attrs = rules.iter().filter_map(|it| msgpack::map(msgpack::get(it, "attrs")?)).flatten();
    let sets = |names: &[&str]| {
        let mut set = attrs.clone().filter_map(|(key, _)| msgpack::text(key));
        set.any(|it| names.iter().any(|name| it.eq_ignore_ascii_case(name)))
    };
    let (touches, why) = if sets(&["SENT_START", "IS_SENT_START"]) {
        (Touches::Sentences, "sets where sentences start")
    } else if sets(&["NORM"]) {
        (Touches::Vectors, "sets the NORM of tokens")
    } else {
        (Touches::Nothing, "does not touch entities")
    };
    Kept { touches, why: why.to_owned() }
}

/// Reads an entity ruler: `NAME/cfg` and `NAME/patterns.jsonl`, or `NAME.jsonl`.
pub(super) fn entity_ruler(name: &str, files: &Files) -> Result<Step, PipelineError> {
    let settings = json(&format!("{name}/cfg"), files)?.unwrap_or_default();
    let paths = [format!("{name}.jsonl"), format!("{name}/patterns.jsonl")];
    Ok(Step::Ruler(Ruler {
        kind: RulerKind::Entity,
        overwrite: settings["overwrite"].as_bool().unwrap_or(false),
        phrase_attr: attr(&settings["phrase_matcher_attr"]),
        patterns: patterns(name, &paths, files)?,
    }))
}

/// Reads a span ruler: its settings in config.cfg, its rules in `NAME/patterns`.
pub(super) fn span_ruler(
    name: &str,
    factory: &str,
    config: &Config,
    files: &Files,
) -> Result<Step, PipelineError> {
    let setting = |key: &str| format!("components.{name}.{key}");
    let paths = [format!("{name}/patterns")];
    let filter =
        config.text(&setting("ents_filter.@misc")).unwrap_or("spacy.first_longest_spans_filter.v1");
    let (kind, overwrite) = match (factory, filter) {
        ("future_entity_ruler", _) if config.flag(&setting("overwrite_ents")) => {
            (RulerKind::NewFirst, false)
        }
        ("future_entity_ruler", _) => (RulerKind::OldFirst, false),
        _ if !config.flag(&setting("annotate_ents")) => {
            let why = "marks spans beside the entities".to_owned();
            return Ok(Step::Kept(Kept { touches: Touches::Nothing, why }));
        }
        (_, "spacy.first_longest_spans_filter.v1") => {
            (RulerKind::Longest, config.flag(&setting("overwrite")))
        }
        (_, "spacy.prioritize_new_ents_filter.v1") => {
            (RulerKind::NewFirst, config.flag(&setting("overwrite")))
        }
        (_, "spacy.prioritize_existing_ents_filter.v1") => {
            (RulerKind::OldFirst, config.flag(&setting("overwrite")))
        }
        (_, other) => {
            let why = format!("settles overlaps by {other:?}, which Nerine does not have");
            return Ok(Step::Kept(Kept { touches: Touches::Entities, why }));
        }
    };
    let phrase_attr = config.get(&setting("phrase_matcher_attr")).map_or("ORTH".to_owned(), attr);
    let patterns = patterns(name, &paths, files)?;
    Ok(Step::Ruler(Ruler { kind, overwrite, phrase_attr, patterns }))
}

/// An attribute's name; `ORTH` where none is said.
fn attr(value: &Value) -> String {
    match value {
        Value::String(name) if name.eq_ignore_ascii_case("text") => "ORTH".to_owned(),
        Value::String(name) => name.to_uppercase(),
        Value::Number(id) => {
            let name = id.as_u64().and_then(tokenizer::lex::symbol);
            name.map_or_else(|| id.to_string(), str::to_owned)
        }
        _ => "ORTH".to_owned(),
    }
}

fn patterns(
    component: &str,
    paths: &[String],
    files: &Files,
) -> Result<Vec<Pattern>, PipelineError> {
    let Some(bytes) = paths.iter().find_map(|it| files.get(it)) else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().filter(|it| !it.trim().is_empty());
    let pattern = |(idx, line): (usize, &str)| {
        let rule: Value = serde_json::from_str(line).unwrap_or_default();
        let what = match &rule["pattern"] {
            Value::String(phrase) => Some(PatternWhat::Phrase(phrase.clone())),
            Value::Array(_) => Some(PatternWhat::Tokens(rule["pattern"].to_string())),
            _ => None,
        };
        let (Some(label), Some(what)) = (rule["label"].as_str(), what) else {
            return Err(PipelineError::Rule { component: component.to_owned(), number: idx + 1 });
        };
        let id = rule["id"].as_str().map(str::to_owned);
        Ok(Pattern { label: label.to_owned(), id, what })
    };
    lines.enumerate().map(pattern).collect()
}
