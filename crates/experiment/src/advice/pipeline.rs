//! Which components of a pipeline bear on its entities.
//!
//! spaCy's `ner` reads a text's tokens through a `tok2vec`. That is its own, or one that it shares
//! with other components through a listener: then training `ner` moves the vectors under the
//! others. Its transition system (`ner.pyx`) begins and continues no entity over a sentence start
//! that an earlier component has set. Nothing else in a pipeline reaches it.

use super::{Rule, Sentence, sentence};
use crate::{BaseKey, Comparison, words};

pub(super) fn explain(comparison: &Comparison, key: &BaseKey, said: &mut Vec<Sentence>) {
    let Some((base, parts)) = comparison.base(key).and_then(|it| Some((it, it.parts.as_ref()?)))
    else {
        return;
    };
    let mut say = |text| said.push(sentence(Rule::Pipeline, text, &[]));
    let listeners = words::list(&parts.other_listeners);
    match (parts.ner_listens, parts.other_listeners.is_empty(), base.is_trained()) {
        (true, false, true) => say(format!(
            "In {}, ner shares its tok2vec with {listeners}: training ner changes what they find. \
             If you need them, freeze tok2vec or give ner one of its own.",
            base.name
        )),
        (true, _, _) => say(format!("In {}, ner needs the shared tok2vec: keep it.", base.name)),
        (false, ..) => {}
    }
    if let Some(sentences) = &parts.sets_sentences {
        say(format!(
            "{sentences} sets sentence starts before ner, and no entity crosses one: keep it, \
             since without it other entities are found."
        ));
    }
    let idle = &parts.idle;
    if !idle.is_empty() {
        let (verb, them) = if idle.len() == 1 { ("does", "it") } else { ("do", "them") };
        say(format!(
            "{} {verb} not matter for entities: leave {them} out for a smaller and faster model.",
            words::list(idle)
        ));
    }
}
