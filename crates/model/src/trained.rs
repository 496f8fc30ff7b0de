//! What training changes of a pipeline, apart from all that it leaves as it was: word vectors,
//! tokenizer, other components and files are those of the base.

use std::collections::BTreeMap;
use std::mem;

use crate::{
    Architecture, Array, Component, Maxout, Model, ModelError, Moves, Pipeline, Rules, Shape,
    Source, Step, Tok2Vec, Touches, Transitions,
};

/// The [`Architecture`] of what is trained of a pipeline: its last `ner` and the tok2vec that this
/// reads.
pub const SPACY_NER: (&str, u32) = ("spacy-ner", 1);

/// What training keeps of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// Tokens, norms and word vectors; its components are left out.
    Tokens,
    /// Everything, its components too.
    All,
    /// Everything as it was. What is trained is an `ner` beside it, with a tok2vec of its own: it
    /// runs before whatever else finds entities, and that fills in what it leaves.
    Beside,
}

/// The number of a [`Model`] that says what it keeps; [`Keeps::Tokens`] is 0, [`Keeps::All`] 1.
const KEEPS: &str = "keeps_all";

/// What an `ner` beside the components of a base is called, where that is no name of theirs.
const NEW_NER: &str = "ner_new";

/// The action whose labels are those of all entities: spaCy's `UNIT`.
const UNIT: u32 = 4;

impl Pipeline {
    /// The `ner` that is trained: the last that runs.
    pub fn trained_ner(&self) -> Option<&Transitions> {
        match &self.components[self.places()?.0].step {
            Step::Ner(it) => Some(it),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn trained_ner_mut(&mut self) -> Option<&mut Transitions> {
        let place = self.places()?.0;
        match &mut self.components[place].step {
            Step::Ner(it) => Some(it),
            _ => None,
        }
    }

    /// The tok2vec that this `ner` reads: its own, or the one that it listens to.
    pub fn trained_tok2vec(&self) -> Option<&Tok2Vec> {
        match &self.components[self.places()?.1].step {
            Step::Tok2Vec(it) => Some(it),
            Step::Ner(Transitions { source: Source::Own(it), .. }) => Some(it),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn trained_tok2vec_mut(&mut self) -> Option<&mut Tok2Vec> {
        let place = self.places()?.1;
        match &mut self.components[place].step {
            Step::Tok2Vec(it) => Some(it),
            Step::Ner(Transitions { source: Source::Own(it), .. }) => Some(it),
            _ => None,
        }
    }

    /// The places of that `ner` and of the component that has its tok2vec.
    fn places(&self) -> Option<(usize, usize)> {
        let components = &self.components;
        let is_ner = |it: &Component| it.enabled && matches!(it.step, Step::Ner(_));
        let ner = components.iter().rposition(is_ner)?;
        let Step::Ner(model) = &components[ner].step else { return None };
        let Source::Listener(upstream) = &model.source else { return Some((ner, ner)) };
        let is_upstream = |it: &Component| {
            matches!(it.step, Step::Tok2Vec(_)) && (upstream == "*" || it.name == *upstream)
        };
        Some((ner, components[..ner].iter().rposition(is_upstream)?))
    }

    /// The weights of what is trained, and its labels. `base` is what training started from, and
    /// `keeps` what it kept of that.
    pub fn to_model(&self, base: &str, keeps: Keeps) -> Result<Model, ModelError> {
        let mut ner = self.trained_ner().ok_or(ModelError::NoNer)?.clone();
        let mut tok2vec = self.trained_tok2vec().ok_or(ModelError::NoNer)?.clone();
        let arrays = ner_arrays(&mut ner).into_iter().chain(tok2vec_arrays(&mut tok2vec));
        let take = |it: &mut Array| mem::replace(it, Array::filled(&[0], 0.0));
        let arrays = arrays.map(|(name, array)| (name, take(array))).collect();
        let mut shape = ner.moves.numbers();
        shape.insert(KEEPS.to_owned(), keeps.number());
        Ok(Model {
            architecture: Architecture { name: SPACY_NER.0.to_owned(), version: SPACY_NER.1 },
            base: base.to_owned(),
            arrays,
            labels: ner.moves.labels(),
            shape,
        })
    }

    /// What training made of this pipeline, which was its base.
    pub fn trained(self, model: &Model) -> Result<Self, ModelError> {
        match Keeps::of(model)? {
            Keeps::Tokens => self.bare().with_new(model),
            Keeps::All => self.with_weights(model),
            Keeps::Beside => {
                let new = Self::of_tokens(&self.lang, Rules::default()).with_new(model)?;
                Ok(self.with_beside(new))
            }
        }
    }

    /// What training made of this pipeline, which was its base, without the components that stand
    /// beside what was trained.
    pub fn trained_alone(self, model: &Model) -> Result<Self, ModelError> {
        match Keeps::of(model)? {
            Keeps::Tokens | Keeps::Beside => self.bare().with_new(model),
            Keeps::All => self.with_weights(model),
        }
    }

    /// Adds a tok2vec and an `ner` that were trained from nothing.
    fn with_new(mut self, model: &Model) -> Result<Self, ModelError> {
        self.push_untrained(&Shape::of(model)?, Moves::from_numbers(&model.shape)?);
        self.with_weights(model)
    }

    /// Takes the weights of what was trained.
    fn with_weights(mut self, model: &Model) -> Result<Self, ModelError> {
        let moves = Moves::from_numbers(&model.shape)?;
        let ner = self.trained_ner_mut().ok_or(ModelError::NoNer)?;
        if moves != ner.moves {
            ner.set_moves(moves);
        }
        set_all(ner_arrays(ner), model)?;
        let tok2vec = self.trained_tok2vec_mut().ok_or(ModelError::NoNer)?;
        set_all(tok2vec_arrays(tok2vec), model)?;
        Ok(self)
    }

    /// Takes the tok2vec and the `ner` of `new` as one component, before all that find entities.
    fn with_beside(mut self, new: Self) -> Self {
        let mut new = new.components.into_iter().map(|it| it.step);
        let (Some(Step::Tok2Vec(tok2vec)), Some(Step::Ner(ner))) = (new.next(), new.next()) else {
            return self;
        };
        let ner = Transitions { source: Source::Own(Box::new(tok2vec)), ..ner };
        let is_taken = |name: &str| self.components.iter().any(|it| it.name == name);
        let mut names = (2..).map(|n| format!("{NEW_NER}_{n}"));
        let mut name = NEW_NER.to_owned();
        while is_taken(&name) {
            name = names.next().unwrap_or_default();
        }
        let finds_entities = |it: &Component| match &it.step {
            Step::Ner(_) | Step::Ruler(_) => true,
            Step::Kept(it) => it.touches == Touches::Entities,
            _ => false,
        };
        let place = self.components.iter().position(finds_entities);
        let place = place.unwrap_or(self.components.len());
        let step = Step::Ner(ner);
        let new = Component { name, factory: "ner".to_owned(), enabled: true, step };
        self.components.insert(place, new);
        self
    }
}

impl Keeps {
    /// What a model of a pipeline keeps. Other models are refused.
    fn of(model: &Model) -> Result<Self, ModelError> {
        let Architecture { name, version } = &model.architecture;
        if (name.as_str(), *version) != SPACY_NER {
            return Err(ModelError::UnknownArchitecture { name: name.clone(), version: *version });
        }
        let number = model.size(KEEPS)?;
        let all = [Keeps::Tokens, Keeps::All, Keeps::Beside];
        let named = all.into_iter().find(|it| it.number() as usize == number);
        named.ok_or_else(|| ModelError::MissingShape { name: KEEPS.to_owned() })
    }

    fn number(self) -> u32 {
        match self {
            Keeps::Tokens => 0,
            Keeps::All => 1,
            Keeps::Beside => 2,
        }
    }
}

fn set_all(arrays: Vec<(String, &mut Array)>, model: &Model) -> Result<(), ModelError> {
    for (name, array) in arrays {
        let wanted: Vec<usize> = array.shape().iter().map(|it| *it as usize).collect();
        array.clone_from(model.array(&name, &wanted)?);
    }
    Ok(())
}

/// The arrays of an `ner`, by name, without those of its own tok2vec.
fn ner_arrays(ner: &mut Transitions) -> Vec<(String, &mut Array)> {
    let mut arrays = vec![
        ("ner.narrow.weight", &mut ner.narrow.weight),
        ("ner.narrow.bias", &mut ner.narrow.bias),
        ("ner.lower.weight", &mut ner.lower.weight),
        ("ner.lower.bias", &mut ner.lower.bias),
        ("ner.lower.pad", &mut ner.lower.pad),
    ];
    if let Some(upper) = &mut ner.upper {
        arrays.push(("ner.upper.weight", &mut upper.weight));
        arrays.push(("ner.upper.bias", &mut upper.bias));
    }
    arrays.into_iter().map(|(name, array)| (name.to_owned(), array)).collect()
}

/// The arrays of a tok2vec, by name. Tables and layers are numbered in their order.
fn tok2vec_arrays(tok2vec: &mut Tok2Vec) -> Vec<(String, &mut Array)> {
    let mut arrays = Vec::new();
    for (at, it) in tok2vec.embeds.iter_mut().enumerate() {
        arrays.push((format!("{EMBED}{at:02}.{}", it.attr), &mut it.table));
    }
    if let Some(it) = &mut tok2vec.vectors {
        arrays.push((VECTORS.to_owned(), it));
    }
    arrays.extend(maxout_arrays(MIX, &mut tok2vec.mix));
    for (at, it) in tok2vec.encode.iter_mut().enumerate() {
        arrays.extend(maxout_arrays(&encode(at), it));
    }
    arrays
}

fn maxout_arrays<'m>(
    name: &str,
    Maxout { weight, bias, gain, shift }: &'m mut Maxout,
) -> [(String, &'m mut Array); 4] {
    [("weight", weight), ("bias", bias), ("gain", gain), ("shift", shift)]
        .map(|(part, array)| (format!("{name}.{part}"), array))
}

const EMBED: &str = "tok2vec.embed.";
const VECTORS: &str = "tok2vec.vectors";
const MIX: &str = "tok2vec.mix";

fn encode(layer: usize) -> String {
    format!("tok2vec.encode.{layer:02}")
}

impl Shape {
    /// The shape of a network that was trained from nothing.
    fn of(model: &Model) -> Result<Self, ModelError> {
        let side = |name: &str, side: usize| {
            let missing = || ModelError::MissingArray { name: name.to_owned() };
            let array = model.arrays.get(name).ok_or_else(missing)?;
            array.shape().get(side).copied().ok_or_else(missing)
        };
        let table = |(name, array): (&String, &Array)| {
            let (_, attr) = name.strip_prefix(EMBED)?.split_once('.')?;
            Some((attr.to_owned(), *array.shape().first()?))
        };
        let width = side(&format!("{MIX}.gain"), 0)?;
        let is_layer = |at: &usize| model.arrays.contains_key(&format!("{}.gain", encode(*at)));
        let depth = (0..model.arrays.len()).take_while(is_layer).count() as u32;
        let (mut window, mut pieces) = (Self::default().window, Self::default().pieces);
        if depth != 0 {
            pieces = side(&format!("{}.bias", encode(0)), 1)?;
            let n_inputs = side(&format!("{}.weight", encode(0)), 2)?;
            window = (n_inputs / width.max(1)).saturating_sub(1) / 2;
        }
        Ok(Self {
            tables: model.arrays.iter().filter_map(table).collect(),
            width,
            depth,
            window,
            pieces,
            hidden: side("ner.narrow.weight", 0)?,
            vectors: side(VECTORS, 1).ok(),
        })
    }
}

impl Moves {
    /// The labels of entities, in the order of their classes.
    pub fn labels(&self) -> Vec<String> {
        let units = self.classes().into_iter().filter(|it| it.action == UNIT);
        units.map(|it| it.label).filter(|it| !it.is_empty()).collect()
    }

    /// The frequencies as numbers with names, such as `moves.1.0000.GENE`. A negative one is
    /// wrapped, so that it becomes large.
    fn numbers(&self) -> BTreeMap<String, u32> {
        let each = self.0.iter().flat_map(|(action, labels)| {
            let empty = labels.is_empty().then(|| (format!("moves.{action}"), 0));
            let number = move |(at, (label, frequency)): (usize, &(String, i64))| {
                let frequency = (*frequency).clamp(i32::MIN.into(), i32::MAX.into()) as i32;
                (format!("moves.{action}.{at:04}.{label}"), frequency.cast_unsigned())
            };
            empty.into_iter().chain(labels.iter().enumerate().map(number))
        });
        each.collect()
    }

    fn from_numbers(numbers: &BTreeMap<String, u32>) -> Result<Self, ModelError> {
        let mut moves = Self::default();
        for (name, number) in numbers {
            let Some(name) = name.strip_prefix("moves.") else { continue };
            let mut parts = name.splitn(3, '.');
            let action = parts.next().and_then(|it| it.parse().ok());
            let missing = || ModelError::MissingShape { name: name.to_owned() };
            let labels = moves.0.entry(action.ok_or_else(missing)?).or_default();
            if let (Some(_place), Some(label)) = (parts.next(), parts.next()) {
                labels.push((label.to_owned(), number.cast_signed().into()));
            }
        }
        Ok(moves)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{VectorMode, Vectors};

    fn shape(vectors: Option<u32>) -> Shape {
        let tables = [("NORM", 7), ("SHAPE", 5)].map(|(it, rows)| (it.to_owned(), rows)).into();
        Shape { tables, width: 3, depth: 2, window: 2, pieces: 4, hidden: 6, vectors }
    }

    /// A pipeline in which no two numbers are alike.
    fn pipeline(labels: &[&str], vectors: Option<u32>) -> Pipeline {
        let mut it = Pipeline::of_tokens("en", Rules::default());
        it.push_untrained(&shape(vectors), Moves::of_ner(labels));
        let mut next = 0.0;
        let mut fill = |arrays: Vec<(String, &mut Array)>| {
            for value in arrays.into_iter().flat_map(|(_, it)| &mut it.values) {
                next += 1.0;
                *value = next;
            }
        };
        fill(ner_arrays(it.trained_ner_mut().unwrap()));
        fill(tok2vec_arrays(it.trained_tok2vec_mut().unwrap()));
        it
    }

    #[test]
    fn what_is_trained_comes_back_from_nothing() {
        for vectors in [None, Some(4)] {
            let mut whole = pipeline(&["A.B", "C"], vectors);
            whole.trained_ner_mut().unwrap().add_ner_label("late");
            let mode = VectorMode::Table(vec![(7, 0)]);
            whole.vectors = vectors.map(|width| Vectors { width, rows: vec![0.5; 4], mode });
            whole.files.insert("vocab/lookups.bin".to_owned(), vec![0x80]);
            let model = whole.to_model("base", Keeps::Tokens).unwrap();
            assert_eq!(model.labels, ["C", "A.B", "late"]);
            // Of the base, other components and what they came with are left out.
            let mut base = whole.clone();
            base.components.reverse();
            base.files.insert("config.cfg".to_owned(), b"[nlp]".to_vec());
            assert_eq!(base.trained(&model), Ok(whole));
        }
    }

    #[test]
    fn a_base_takes_what_was_trained_and_keeps_the_rest() {
        let trained = pipeline(&["A", "B", "C"], None);
        let mut base = pipeline(&["D"], None);
        base.files.insert("meta.json".to_owned(), b"{}".to_vec());
        let new = base.trained(&trained.to_model("base", Keeps::All).unwrap()).unwrap();
        assert_eq!(new.components, trained.components);
        assert_eq!(new.files.len(), 1);
    }

    #[test]
    fn what_is_trained_beside_a_base_leaves_it_as_it_was() {
        let base = pipeline(&["D"], None);
        let trained = pipeline(&["A", "B"], None);
        let model = trained.to_model("base", Keeps::Beside).unwrap();
        let both = base.clone().trained(&model).unwrap();
        let names: Vec<&str> = both.components.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["tok2vec", "ner_new", "ner"]);
        let [shared, new, old] = &both.components[..] else { panic!("there are three") };
        assert_eq!([shared, old], [&base.components[0], &base.components[1]]);
        let Step::Ner(ner) = &new.step else { panic!("it finds entities") };
        assert_eq!(ner.moves.labels(), trained.trained_ner().unwrap().moves.labels());
        assert_eq!(ner.lower, trained.trained_ner().unwrap().lower);
        let own = trained.trained_tok2vec().unwrap().clone();
        assert_eq!(ner.source, Source::Own(Box::new(own)));

        // Once more beside it, and alone.
        let twice = both.trained(&model).unwrap();
        let names: Vec<&str> = twice.components.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["tok2vec", "ner_new_2", "ner_new", "ner"]);
        let alone = base.trained_alone(&model).unwrap();
        assert_eq!(alone.components, trained.components);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let model = pipeline(&["A"], None).to_model("base", Keeps::All).unwrap();
        let of = |change: &dyn Fn(&mut Model)| {
            let mut changed = model.clone();
            change(&mut changed);
            pipeline(&["A"], None).trained(&changed).map(|_| ())
        };
        assert_eq!(of(&|_| ()), Ok(()));
        let missing = of(&|it| drop(it.arrays.remove("tok2vec.mix.gain")));
        assert!(matches!(missing, Err(ModelError::MissingArray { .. })), "{missing:?}");
        let other = of(&|it| it.shape.retain(|name, _| name != "moves.1.0000.A"));
        assert!(matches!(other, Err(ModelError::WrongShape { .. })), "{other:?}");
        let unsaid = of(&|it| it.shape.retain(|name, _| name != KEEPS));
        assert!(matches!(unsaid, Err(ModelError::MissingShape { .. })), "{unsaid:?}");
        let later = of(&|it| it.architecture.version += 1);
        assert!(matches!(later, Err(ModelError::UnknownArchitecture { .. })), "{later:?}");
        let mut without = pipeline(&["A"], None);
        without.components.pop();
        assert_eq!(without.trained(&model), Err(ModelError::NoNer));
    }
}
