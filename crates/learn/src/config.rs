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
    /// Texts that are learned from at a time. A long text counts as several.
    pub batch_texts: usize,
    /// Step size of the optimiser at the start; it falls in a straight line.
    pub learning_rate: f64,
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
            batch_texts: 4,
            learning_rate: 0.001,
            dropout: 0.2,
            patience: 6,
            seed: 1,
            max_secs: None,
        }
    }
}
