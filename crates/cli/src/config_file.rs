//! A spaCy training configuration in place of options.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use learn::{Batch, Config};
use model::Shape;
use spacy::{TrainingConfig, training_config};

use crate::base::Base;
use crate::refusal::{Refusal, refuse};

/// Reads one, and says what of it is not taken over.
pub(crate) fn read(path: &Path) -> Result<TrainingConfig> {
    let name = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(err) => return refuse(format!("{name} cannot be read ({err}): name a config.cfg")),
    };
    let config = training_config(&text).map_err(|err| Refusal(format!("{name}: {err}")))?;
    for it in &config.not_taken {
        crate::say(&it.to_string());
    }
    Ok(config)
}

/// How it trains.
pub(crate) fn learning(file: &TrainingConfig) -> Config {
    let usual = Config::spacy();
    let batch =
        file.batch.map(|it| Batch { start: it.start, stop: it.stop, compound: it.compound });
    Config {
        epochs: file.max_epochs.unwrap_or(usual.epochs),
        max_steps: file.max_steps.unwrap_or(usual.max_steps),
        batch: batch.unwrap_or(usual.batch),
        look_steps: file.eval_frequency.unwrap_or(usual.look_steps),
        learning_rate: file.learning_rate.unwrap_or(usual.learning_rate),
        use_averages: file.use_averages.unwrap_or(usual.use_averages),
        dropout: file.dropout.unwrap_or(usual.dropout),
        patience: file.patience().unwrap_or(usual.patience),
        seed: file.seed.unwrap_or(usual.seed),
        ..usual
    }
}

/// Word vectors that it names by a path; none where its network does not read them. A package is
/// only said.
pub(crate) fn vectors(file: &TrainingConfig) -> Option<PathBuf> {
    let path = file.vectors.as_ref().filter(|_| file.reads_vectors).map(PathBuf::from)?;
    if path.exists() {
        return Some(path);
    }
    crate::say(&format!(
        "[initialize] vectors = {:?} is not taken over: nothing is there; name the file or folder \
         with --vectors",
        path.display().to_string()
    ));
    None
}

/// Says what follows from the base, and not from the configuration.
pub(crate) fn say_differences(file: &TrainingConfig, base: &Base, keeps_weights: bool) {
    if let (Base::BuiltIn(base), Some(lang)) = (base, &file.lang)
        && base.lang() != lang
    {
        crate::say(&format!("[nlp] lang = {lang:?} is not taken over: the base is {base}"));
    }
    if keeps_weights && file.shape.as_ref().is_some_and(|it| *it != Shape::default()) {
        crate::say(
            "the sizes of the network are not taken over: they are those of the pipeline that is \
             trained further, unless you say --scratch",
        );
    }
}
