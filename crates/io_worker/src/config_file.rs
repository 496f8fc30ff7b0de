//! A spaCy training configuration as settings of a run.

use protocol::{ConfigSettings, IoReply};
use spacy::{NotTaken, TrainingConfig, training_config};

use crate::page::Stopped;

/// Reads one. What a run of the page has no setting for is named with the reason.
pub(crate) fn read(text: &str) -> Result<IoReply, Stopped> {
    let config = training_config(text).map_err(|it| Stopped::failed(&it))?;
    let patience = config.patience().filter(|it| *it != u32::MAX);
    let epochs = config.max_epochs.filter(|it| *it != u32::MAX);
    let not_taken = config.not_taken.iter().cloned().chain(no_setting(&config));
    Ok(IoReply::Config(Box::new(ConfigSettings {
        epochs,
        learning_rate: config.learning_rate.map(|it| it as f32),
        dropout: config.dropout,
        patience,
        seed: config.seed,
        not_taken: not_taken.map(|it| it.to_string()).collect(),
    })))
}

/// What the command line takes over, and the page does not.
fn no_setting(config: &TrainingConfig) -> Vec<NotTaken> {
    let mut left = Vec::new();
    let mut leave = |section: &str, key: &str, value: String, why: &str| {
        let [section, key, why] = [section, key, why].map(str::to_owned);
        left.push(NotTaken { section, key, value, why });
    };
    let always = |value: u32| format!("here it is always {value}");
    for (key, value, usual) in
        [("max_steps", config.max_steps, 20_000), ("eval_frequency", config.eval_frequency, 200)]
    {
        if let Some(value) = value.filter(|it| *it != usual) {
            leave("training", key, value.to_string(), &always(usual));
        }
    }
    if config.use_averages == Some(false) {
        let why = "here it is always true";
        leave("training.optimizer", "use_averages", "false".to_owned(), why);
    }
    if config.max_epochs == Some(u32::MAX) {
        leave("training", "max_epochs", "0".to_owned(), "here a run has a last epoch");
    }
    if config.patience_steps == Some(u32::MAX) {
        leave("training", "patience", "0".to_owned(), "here a run ends when it gets no better");
    }
    let is_usual = |it: &spacy::BatchWords| *it == spacy::BatchWords::default();
    if let Some(batch) = config.batch.as_ref().filter(|it| !is_usual(it)) {
        let spacy::BatchWords { start, stop, compound } = batch;
        let why = "here it grows from 100 to 1000 words, by 1.001 each time";
        leave("training.batcher", "size", format!("{start} to {stop}, by {compound}"), why);
    }
    if let Some(shape) = config.shape.as_ref().filter(|it| **it != model::Shape::default()) {
        let value = format!("{}, with depth {}", shape.width, shape.depth);
        let why = "here a network that starts from nothing has spaCy's usual sizes";
        leave("components.tok2vec.model.encode", "width", value, why);
    }
    if let Some(vectors) = config.vectors.as_ref().filter(|_| config.reads_vectors) {
        let why = "here word vectors come with the base";
        leave("initialize", "vectors", format!("{vectors:?}"), why);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_can_set_is_taken_over_and_the_rest_is_named() {
        let text = "[training]\ndropout = 0.3\nmax_epochs = 7\nmax_steps = 500\npatience = 900\n\
                    seed = 4\naccumulate_gradient = 3\n\n[training.batcher]\nsize = 300\n\n\
                    [training.optimizer]\nlearn_rate = 0.002\nuse_averages = false\n";
        let Ok(IoReply::Config(read)) = read(text) else { panic!("it is one") };
        let wanted = ConfigSettings {
            epochs: Some(7),
            learning_rate: Some(0.002),
            dropout: Some(0.3),
            patience: Some(5),
            seed: Some(4),
            not_taken: vec![
                "[training] accumulate_gradient = 3 is not taken over: here it is always 1".into(),
                "[training] max_steps = 500 is not taken over: here it is always 20000".into(),
                "[training.optimizer] use_averages = false is not taken over: here it is always true"
                    .into(),
                "[training.batcher] size = 300 to 300, by 1 is not taken over: here it grows from \
                 100 to 1000 words, by 1.001 each time"
                    .into(),
            ],
        };
        assert_eq!(*read, wanted);
        let broken = super::read("[training]\ndropout = 3\n");
        assert!(
            matches!(broken, Err(Stopped::Failed { why }) if why.starts_with("Config.cfg, line 2"))
        );
    }
}
