/// What a training run is made of: the shape of the network and how it is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Numbers that stand for a token between two layers.
    pub width: usize,
    /// Layers that look at a token's neighbours; a token sees as many words to either side.
    pub depth: usize,
    /// Rows of the tables for norm, prefix, suffix and shape.
    pub rows: [usize; 4],
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
    /// What becomes of it.
    pub rate: Rate,
    /// Share of activations that are silenced while training, 0 to 0.9.
    pub dropout: f32,
    /// Stop after this many looks at the dev texts without a better F1.
    pub patience: u32,
    /// What every random draw starts from.
    pub seed: u64,
    /// Stop after this many seconds; none for no limit.
    pub max_secs: Option<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            width: 96,
            depth: 4,
            rows: [5000, 1000, 2500, 2500],
            epochs: 30,
            max_steps: u32::MAX,
            batch: Batch::Pieces(4),
            piece_tokens: 64,
            look_steps: 0,
            learning_rate: 0.001,
            rate: Rate::RisesAndFalls,
            dropout: 0.2,
            patience: 6,
            seed: 1,
            max_secs: None,
        }
    }
}

/// How much is learned from at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Batch {
    /// So many pieces of texts.
    Pieces(usize),
    /// So many words: spaCy's `batch_by_words` with a compounding size.
    Words {
        /// Words of the first batch.
        start: f64,
        /// Words that it grows to.
        stop: f64,
        /// What the number is multiplied with from batch to batch.
        compound: f64,
    },
}

/// How the step size goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// It stays.
    Constant,
    /// A short rise, then a straight fall to the last step.
    RisesAndFalls,
}

impl Config {
    /// What `spacy init config` sets.
    pub fn spacy() -> Self {
        Self {
            epochs: u32::MAX,
            max_steps: 20_000,
            batch: Batch::Words { start: 100.0, stop: 1000.0, compound: 1.001 },
            piece_tokens: 400,
            look_steps: 200,
            rate: Rate::Constant,
            dropout: 0.1,
            patience: 8,
            ..Self::default()
        }
    }
}
