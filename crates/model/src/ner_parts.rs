use serde::{Deserialize, Serialize};

use crate::{Kept, Pipeline, Source, Step, Touches};

/// The components of a pipeline, as far as they bear on its entities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NerParts {
    /// The names of those that run, in order.
    pub components: Vec<String>,
    /// Whether `ner` reads the vectors of a shared `tok2vec` (or transformer), and has none of
    /// its own.
    pub ner_listens: bool,
    /// Other components that read the same `tok2vec`: training it changes what they find.
    pub other_listeners: Vec<String>,
    /// The component that sets sentence starts before `ner` runs; spaCy's `ner` never crosses
    /// one.
    pub sets_sentences: Option<String>,
    /// Components without which the same entities are found.
    #[serde(default)]
    pub idle: Vec<String>,
}

impl Pipeline {
    /// Its components, as far as they bear on its entities.
    pub fn ner_parts(&self) -> NerParts {
        let on = || self.components.iter().filter(|it| it.enabled);
        let listens = |step: &Step| match step {
            Step::Ner(it) | Step::Parser(it) => matches!(it.source, Source::Listener(_)),
            Step::Senter(it) => matches!(it.source, Source::Listener(_)),
            _ => false,
        };
        let is_ner = |step: &Step| matches!(step, Step::Ner(_));
        let sets =
            |step: &Step| matches!(step, Step::Parser(_) | Step::Senter(_) | Step::Sentencizer(_));
        let before_ner = || on().take_while(|it| !is_ner(&it.step));
        let has_ner = on().any(|it| is_ner(&it.step));
        let sets_sentences =
            before_ner().filter(|it| has_ner && sets(&it.step)).last().map(|it| it.name.clone());
        let is_idle = |step: &Step, name: &String| match step {
            Step::Kept(Kept { touches: Touches::Nothing, .. }) => true,
            step => sets(step) && sets_sentences.as_ref() != Some(name),
        };
        NerParts {
            components: on().map(|it| it.name.clone()).collect(),
            ner_listens: on().any(|it| is_ner(&it.step) && listens(&it.step)),
            other_listeners: on()
                .filter(|it| !is_ner(&it.step) && listens(&it.step))
                .map(|it| it.name.clone())
                .collect(),
            idle: on().filter(|it| is_idle(&it.step, &it.name)).map(|it| it.name.clone()).collect(),
            sets_sentences,
        }
    }
}
