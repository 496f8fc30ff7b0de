//! Entities by rules: spaCy's `EntityRuler` and `SpanRuler`.

use std::{cmp::Reverse, ops::Range};

use model::{PatternWhat, Ruler as Rules, RulerKind};
use rustc_hash::{FxHashMap, FxHashSet};
use tokenizer::{Attr, Norms, Tokenizer, lex};

use crate::{
    doc::{Doc, LabelId, Labels},
    matcher::TokenPattern,
    python_set,
};

/// A component that marks entities by rules.
pub(crate) struct Ruler {
    kind: RulerKind,
    overwrite: bool,
    attr: Attr,
    /// Phrases by their first token's value: the values of all their tokens, and the rule.
    phrases: FxHashMap<u64, Vec<(Vec<u64>, Rule)>>,
    patterns: Vec<(TokenPattern, Rule)>,
    /// The string ids of labels, by which spaCy sorts spans of equal place.
    string_ids: FxHashMap<LabelId, u64>,
}

type Entity = (Range<usize>, LabelId);

/// What a match is called, and the string id of that and of the rule's own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Rule {
    label: LabelId,
    key: u64,
}

type Match = (Range<usize>, Rule);

impl Ruler {
    /// Makes a ruler. The error is what in its rules needs more than Nerine has.
    pub(crate) fn new(
        rules: &Rules,
        tokenizer: &Tokenizer,
        norms: &Norms,
        labels: &mut Labels,
    ) -> Result<Self, String> {
        let attr = Attr::from_name(&rules.phrase_attr)
            .ok_or_else(|| format!("phrases compared by {:?}", rules.phrase_attr))?;
        let mut ruler = Self {
            kind: rules.kind,
            overwrite: rules.overwrite,
            attr,
            phrases: FxHashMap::default(),
            patterns: Vec::new(),
            string_ids: FxHashMap::default(),
        };
        for pattern in &rules.patterns {
            let label = labels.add(&pattern.label);
            ruler.string_ids.insert(label, lex::string_id(&pattern.label));
            let key = match &pattern.id {
                Some(id) => lex::string_id(&format!("{}||{id}", pattern.label)),
                None => lex::string_id(&pattern.label),
            };
            let rule = Rule { label, key };
            match &pattern.what {
                PatternWhat::Tokens(json) => {
                    ruler.patterns.push((TokenPattern::read(json)?, rule));
                }
                PatternWhat::Phrase(phrase) => {
                    let doc = Doc::new(phrase, tokenizer, norms);
                    let values: Vec<u64> = doc.attributes.iter().map(|it| attr.id(it)).collect();
                    if let Some(first) = values.first() {
                        ruler.phrases.entry(*first).or_default().push((values, rule));
                    }
                }
            }
        }
        Ok(ruler)
    }

    pub(crate) fn apply(&self, docs: &mut [Doc<'_>]) {
        for doc in docs {
            let found = self.find(doc);
            match self.kind {
                RulerKind::Entity => self.mark(doc, in_order_of_set(&found)),
                kind => {
                    let found = found.into_iter().map(|(tokens, rule)| (tokens, rule.label));
                    self.mark_spans(doc, found.collect(), kind);
                }
            }
        }
    }

    /// All matches: those of token patterns, then those of phrases.
    fn find(&self, doc: &Doc<'_>) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        for (pattern, rule) in &self.patterns {
            found.extend(pattern.find(doc).into_iter().map(|(start, end)| (start..end, *rule)));
        }
        found.sort_by_key(|(tokens, _)| (tokens.end, tokens.start));
        let values: Vec<u64> = doc.attributes.iter().map(|it| self.attr.id(it)).collect();
        for (start, value) in values.iter().enumerate() {
            let phrases = self.phrases.get(value).into_iter().flatten();
            let matching = phrases.filter(|(phrase, _)| values[start..].starts_with(phrase));
            let matching = matching.map(|(phrase, rule)| (start..start + phrase.len(), *rule));
            let first = found.len();
            found.extend(matching);
            // Those of one phrase come in the order of the map that spaCy keeps them in.
            found[first..].sort_by_key(|(tokens, rule)| (tokens.end, rule.key % 8));
        }
        let mut seen = FxHashSet::default();
        found.retain(|it| seen.insert(it.clone()));
        found
    }

    /// spaCy's `EntityRuler.set_annotations`. Of matches of the same tokens the first wins.
    fn mark(&self, doc: &mut Doc<'_>, mut found: Vec<Entity>) {
        found.sort_by_key(longest_first);
        let mut entities = doc.entities();
        let mut new: Vec<Entity> = Vec::new();
        let mut seen = FxHashSet::default();
        for (tokens, label) in found {
            let is_taken = doc.ents[tokens.clone()].iter().any(|it| it.label != LabelId::NONE);
            if is_taken && !self.overwrite {
                continue;
            }
            if !seen.contains(&tokens.start) && !seen.contains(&(tokens.end - 1)) {
                entities.retain(|(it, _)| !overlap(it, &tokens));
                seen.extend(tokens.clone());
                new.push((tokens, label));
            }
        }
        entities.extend(new);
        doc.replace_entities(&entities);
    }

    /// spaCy's `SpanRuler.set_annotations` with one of its filters.
    fn mark_spans(&self, doc: &mut Doc<'_>, mut found: Vec<Entity>, kind: RulerKind) {
        found.sort_by_key(|(tokens, label)| {
            (tokens.start, tokens.end, self.string_ids.get(label).copied())
        });
        let mut entities = if self.overwrite { Vec::new() } else { doc.entities() };
        if kind == RulerKind::Longest {
            entities.extend(found);
            found = std::mem::take(&mut entities);
        }
        found.sort_by_key(longest_first);
        let mut seen: FxHashSet<usize> = FxHashSet::default();
        if kind == RulerKind::OldFirst {
            seen.extend(entities.iter().flat_map(|(it, _)| it.clone()));
        }
        let mut new: Vec<Entity> = Vec::new();
        for (tokens, label) in found {
            if tokens.clone().any(|it| seen.contains(&it)) {
                continue;
            }
            if kind == RulerKind::NewFirst {
                entities.retain(|(it, _)| !overlap(it, &tokens));
            }
            seen.extend(tokens.clone());
            new.push((tokens, label));
        }
        entities.extend(new);
        doc.replace_entities(&entities);
    }
}

/// Matches in the order of the Python set that spaCy puts them in.
fn in_order_of_set(found: &[Match]) -> Vec<Entity> {
    let tuple = |(tokens, rule): &Match| [rule.key, tokens.start as u64, tokens.end as u64];
    let tuples: Vec<[u64; 3]> = found.iter().map(tuple).collect();
    let entity = |at: usize| (found[at].0.clone(), found[at].1.label);
    python_set::order(&tuples).into_iter().map(entity).collect()
}

fn longest_first((tokens, _): &Entity) -> (Reverse<usize>, usize) {
    (Reverse(tokens.len()), tokens.start)
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}
