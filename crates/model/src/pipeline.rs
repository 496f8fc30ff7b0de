use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Array, Rules, Vectors};

/// A spaCy pipeline at rest: what text goes through, in order, and every file that it came with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Its language, such as `en`.
    pub lang: String,
    /// Its name without the language, such as `core_web_sm`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How text becomes tokens.
    pub tokenizer: Rules,
    /// Norms that the pipeline gives to words, by the word's string id.
    pub norms: BTreeMap<u64, String>,
    /// Its word vectors, if it has any.
    pub vectors: Option<Vectors>,
    /// What tokens go through, in this order.
    pub components: Vec<Component>,
    /// Files that are not made from the fields above, by path inside the pipeline's folder. They
    /// are written as they were read.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Its name in the pipeline, which is also its folder.
    pub name: String,
    /// What makes it, such as `ner`.
    pub factory: String,
    /// Whether it runs. What does not is written all the same.
    pub enabled: bool,
    /// What it does.
    pub step: Step,
}

/// What a component does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Gives each token a vector that later components listen to.
    Tok2Vec(Tok2Vec),
    /// Finds entities, one transition a token.
    Ner(Transitions),
    /// Parses by the arc-eager system; its sentence starts bind later entities.
    Parser(Transitions),
    /// Says of each token whether a sentence starts there.
    Senter(Senter),
    /// Starts sentences behind punctuation.
    Sentencizer(Sentencizer),
    /// Marks entities by rules.
    Ruler(Ruler),
    /// Kept and not run.
    Kept(Kept),
}

/// Why a component does not run, and what that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What entities could differ by, if it stands before them.
    pub touches: Touches,
    /// Why it is not run, as a sentence's end: "is a …".
    pub why: String,
}

/// What a component writes, as far as entities found later depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Touches {
    /// Nothing that entities depend on.
    Nothing,
    /// Sentence starts, across which no entity reaches.
    Sentences,
    /// Entities, which later ones respect.
    Entities,
    /// The tokens themselves.
    Tokens,
    /// The vectors that later components listen to.
    Vectors,
    /// Nobody here knows.
    Unknown,
}

/// Hashed features through a convolution: `MultiHashEmbed` and `MaxoutWindowEncoder` of spaCy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tok2Vec {
    /// One table for each feature of a token.
    pub embeds: Vec<HashEmbed>,
    /// What word vectors are multiplied with: `[width, vector width]`. None: not read.
    pub vectors: Option<Array>,
    /// Mixes the features of one token: input is `embeds`, then vectors.
    pub mix: Maxout,
    /// The convolution, layer by layer: each reads a window and adds to its input.
    pub encode: Vec<Maxout>,
    /// How many tokens on either side a layer reads.
    pub window: u32,
    /// The layers in which spaCy saves it.
    pub layers: Vec<Layer>,
}

/// A table of vectors of which each feature's hash picks four.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HashEmbed {
    /// The feature, as spaCy names it: `NORM`, `PREFIX`, …
    pub attr: String,
    /// What its hash is seeded with.
    pub seed: u32,
    /// `[rows, width]`.
    pub table: Array,
}

/// The largest of several linear maps, then layer normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Maxout {
    /// `[outputs, pieces, inputs]`.
    pub weight: Array,
    /// `[outputs, pieces]`.
    pub bias: Array,
    /// What the normalised output is multiplied with: `[outputs]`.
    pub gain: Array,
    /// What is then added: `[outputs]`.
    pub shift: Array,
}

/// A linear map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// `[outputs, inputs]`.
    pub weight: Array,
    /// `[outputs]`.
    pub bias: Array,
}

/// Where a component takes its token vectors from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// From a tok2vec component before it, by name; `*` for any.
    Listener(String),
    /// From its own.
    Own(Box<Tok2Vec>),
}

/// A model that chooses one transition after the other: spaCy's `TransitionBasedParser`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transitions {
    /// Where its token vectors come from.
    pub source: Source,
    /// Narrows them to the hidden width.
    pub narrow: Linear,
    /// Adds up the tokens of a state.
    pub lower: Lower,
    /// Scores a state's classes. None: the sum has them already.
    pub upper: Option<Linear>,
    /// Its classes.
    pub moves: Moves,
    /// How many parses it keeps while it searches; Nerine keeps one.
    pub beam_width: u32,
    /// The layers in which spaCy saves it, those of its own [`Source`] last.
    pub layers: Vec<Layer>,
}

/// The sum over the tokens that a state looks at, and its largest piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lower {
    /// `[features, outputs, pieces, inputs]`.
    pub weight: Array,
    /// `[outputs, pieces]`.
    pub bias: Array,
    /// What stands for a token that is not there: `[1, features, outputs, pieces]`.
    pub pad: Array,
}

/// The labels of each action with their frequencies, as spaCy keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves(pub BTreeMap<u32, Vec<(String, i64)>>);

/// A class: an action and its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The action's number in its system.
    pub action: u32,
    /// Its label; empty for none.
    pub label: String,
}

impl Moves {
    /// The classes of a model that finds entities of these labels, before it has seen any.
    pub fn of_ner(labels: &[&str]) -> Self {
        let each: Vec<(String, i64)> = labels.iter().map(|it| ((*it).to_owned(), 1)).collect();
        let none = (String::new(), 1);
        let mut unit = each.clone();
        unit.push(none.clone());
        Self(BTreeMap::from([
            (0, Vec::new()),
            (1, each.clone()),
            (2, each.clone()),
            (3, each),
            (4, unit),
            (5, vec![none]),
        ]))
    }

    /// The classes in the order of the model's output: spaCy's
    /// `TransitionSystem.initialize_actions`.
    pub fn classes(&self) -> Vec<Move> {
        let mut classes: Vec<Move> = Vec::new();
        let mut add = |action: u32, label: &str| {
            let it = Move { action, label: label.to_owned() };
            if !classes.contains(&it) {
                classes.push(it);
            }
        };
        let mut late: Vec<(i64, &str)> = Vec::new();
        for (&action, labels) in &self.0 {
            let mut labels: Vec<(i64, &str)> =
                labels.iter().map(|(label, freq)| (*freq, label.as_str())).collect();
            labels.sort_unstable_by(|a, b| b.cmp(a));
            for (freq, label) in labels {
                match freq < 0 {
                    true => late.push((freq, label)),
                    false => add(action, label),
                }
            }
        }
        late.sort_unstable_by(|a, b| b.cmp(a));
        late.dedup_by_key(|it| it.1);
        for (_, label) in late {
            for (&action, labels) in &self.0 {
                if labels.iter().any(|(it, freq)| it == label && *freq < 0) {
                    add(action, label);
                }
            }
        }
        classes
    }
}

impl Transitions {
    /// Adds an entity label behind the others, with weights of zero: spaCy's
    /// `BiluoPushDown.add_action` for each action. A label that is there stays as it is.
    pub fn add_ner_label(&mut self, label: &str) {
        for action in 1..=4 {
            let labels = self.moves.0.entry(action).or_default();
            if labels.iter().any(|(it, _)| it == label) {
                return;
            }
            let least = labels.iter().map(|(_, freq)| *freq).min().unwrap_or(0).min(0);
            labels.push((label.to_owned(), least - 1));
        }
        if let Some(upper) = &mut self.upper {
            upper.weight.grow(0, 4);
            upper.bias.grow(0, 4);
        } else {
            self.lower.weight.grow(1, 4);
            self.lower.bias.grow(0, 4);
            self.lower.pad.grow(2, 4);
        }
    }
}

/// A model that says of each token whether a sentence starts there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Senter {
    /// Where its token vectors come from.
    pub source: Source,
    /// Scores "goes on" and "starts".
    pub output: Linear,
    /// Whether it changes what an earlier component said.
    pub overwrite: bool,
    /// The layers in which spaCy saves it.
    pub layers: Vec<Layer>,
}

/// Starts sentences behind these tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentencizer {
    /// Tokens that end a sentence.
    pub ends: Vec<String>,
    /// Whether it changes what an earlier component said.
    pub overwrite: bool,
}

/// Marks entities by rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ruler {
    /// Which of spaCy's two components it is; they settle overlaps differently.
    pub kind: RulerKind,
    /// Whether it changes entities that are there already.
    pub overwrite: bool,
    /// The attribute by which phrases are compared, such as `ORTH` or `LOWER`.
    pub phrase_attr: String,
    /// The rules, in order.
    pub patterns: Vec<Pattern>,
}

/// How a [`Ruler`] settles overlaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RulerKind {
    /// spaCy's `EntityRuler`.
    Entity,
    /// spaCy's `SpanRuler` with `filter_chain_spans`: longest first, those that are there count.
    Longest,
    /// The same, where new spans replace entities.
    NewFirst,
    /// The same, where entities stay.
    OldFirst,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// What a match is called.
    pub label: String,
    /// An id that tells rules of one label apart.
    pub id: Option<String>,
    /// What it matches.
    pub what: PatternWhat,
}

/// What a rule matches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PatternWhat {
    /// These words.
    Phrase(String),
    /// Tokens, as JSON in the language of spaCy's `Matcher`.
    Tokens(String),
}

/// One layer as spaCy's thinc saves it, without its numbers. Layers lie breadth first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its name, made of those of its parts.
    pub name: String,
    /// Its sizes; none while unknown.
    pub dims: Vec<(String, Option<u32>)>,
    /// Layers that it points to.
    pub refs: Vec<(String, Option<u32>)>,
    /// Settings, as bytes of msgpack.
    pub attrs: Vec<(String, Vec<u8>)>,
    /// The names of its arrays, and whether each is there.
    pub params: Vec<(String, bool)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ordered_by_frequency_then_label_and_late_ones_come_last() {
        let labels = |labels: &[(&str, i64)]| {
            labels.iter().map(|(label, freq)| ((*label).to_owned(), *freq)).collect()
        };
        let moves = Moves(BTreeMap::from([
            (0, labels(&[])),
            (1, labels(&[("A", 2), ("B", 2), ("C", 5), ("New", -1)])),
            (2, labels(&[("A", 1), ("New", -1)])),
            (5, labels(&[("", 1)])),
        ]));
        let classes = moves.classes();
        let names: Vec<_> = classes.iter().map(|it| (it.action, it.label.as_str())).collect();
        let expected = [(1, "C"), (1, "B"), (1, "A"), (2, "A"), (5, ""), (1, "New"), (2, "New")];
        assert_eq!(names, expected);
    }
}
