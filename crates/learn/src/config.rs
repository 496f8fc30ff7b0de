/// How a training run goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How often every text is seen, at most.
    pub epochs: u32,
    /// How many steps are made, at most.
    pub max_steps: u32,
    /// How much is learned from at a time.
    pub batch: Batch,
    /// Tokens of a piece that is learned from; longer texts are cut.
    pub piece_tokens: usize,
    /// Steps between two looks at the dev texts, at least. There is none within an epoch.
    pub look_steps: u32,
    /// Step size of the optimiser.
    pub learning_rate: f64,
    /// Whether the running averages of the weights are read with and kept, in place of the weights
    /// of the last step: `use_averages` of spaCy's optimiser.
    pub use_averages: bool,
    /// Share of activations that are silenced while training, 0 to 0.9.
    pub dropout: f32,
    /// Stop after this many looks at the dev texts without a better F1.
    pub patience: u32,
    /// What every random draw starts from.
    pub seed: u64,
    /// Stop after this many seconds; none for no limit.
    pub max_secs: Option<f64>,
}

/// The words of a batch: spaCy's `batch_by_words` with a compounding size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch {
    /// Those of the first batch.
    pub start: f64,
    /// What the number grows to.
    pub stop: f64,
    /// What it is multiplied with from batch to batch.
    pub compound: f64,
}

impl Config {
    /// What `spacy init config` sets, but for averages, which it leaves out: they find more at
    /// hardly any cost (`docs/learner.md`).
    pub fn spacy() -> Self {
        Self {
            epochs: u32::MAX,
            max_steps: 20_000,
            batch: Batch { start: 100.0, stop: 1000.0, compound: 1.001 },
            piece_tokens: 400,
            look_steps: 200,
            learning_rate: 0.001,
            use_averages: true,
            dropout: 0.1,
            patience: 8,
            seed: 1,
            max_secs: None,
        }
    }
}
