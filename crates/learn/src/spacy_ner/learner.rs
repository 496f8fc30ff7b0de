use burn::tensor::Device;
use corpus::{Label, Span};
use model::{Keeps, Model, ModelError, Pipeline, Rules, Shape};
use predict::WordVectors;
use predict::biluo::{LabelId, Labels, Move, State, moves};
use random::Random;
use serde::{Deserialize, Serialize};
use tokenizer::Attr;

use super::adam::Trained;
use super::layers::Layers;
use super::rehearsal::{Rehearsal, Tutor};
use super::states::{Parts, States};
use super::step::offsets;
use super::tables::Table;
use super::words::Words;
use super::{blank, gold, weights};
use crate::batch::{Piece, pieces};
use crate::config::Config;
use crate::error::LearnError;
use crate::learner::{Judged, Learner};
use crate::{Example, Text, device};

/// Tokens of a piece that is judged, and of a batch of pieces.
const JUDGED_TOKENS: usize = 512;

/// What a learner starts from.
#[derive(Clone, Debug)]
pub enum Start {
    /// Nothing but the tokens of a pipeline and its word vectors, if it has any. The shape's
    /// `vectors` follows from those.
    Tokens(Box<Pipeline>, Shape),
    /// A pipeline, whose labels are kept; others are added.
    Pipeline(Box<Pipeline>),
    /// A pipeline, whose labels are forgotten; what its other layers learned is kept.
    OtherLabels(Box<Pipeline>),
    /// The same as [`Tokens`](Start::Tokens); what is trained then stands beside all that the
    /// pipeline has.
    Beside(Box<Pipeline>, Shape),
}

impl Start {
    /// Nothing but a tokenizer, and a network of the usual shape: the language's name, such as
    /// `en`, and its rules.
    pub fn blank(lang: &str, rules: Rules) -> Self {
        Start::Tokens(Box::new(Pipeline::of_tokens(lang, rules)), Shape::default())
    }

    /// The base.
    pub fn base(&self) -> &Pipeline {
        match self {
            Start::Tokens(it, _)
            | Start::Pipeline(it)
            | Start::OtherLabels(it)
            | Start::Beside(it, _) => it,
        }
    }

    /// What training keeps of the base.
    fn keeps(&self) -> Keeps {
        match self {
            Start::Tokens(..) => Keeps::Tokens,
            Start::Beside(..) => Keeps::Beside,
            Start::Pipeline(_) | Start::OtherLabels(_) => Keeps::All,
        }
    }

    /// The pipeline before the first step. Each label comes with how many tokens have it, by which
    /// spaCy orders its classes.
    fn untrained(
        self,
        labels: &[(Label, u32)],
        seed: u64,
        random: &mut Random,
    ) -> Result<Pipeline, ModelError> {
        match self {
            Start::Tokens(it, shape) | Start::Beside(it, shape) => {
                let vectors = it.vectors.as_ref().filter(|it| it.n_rows() != 0);
                let shape = Shape { vectors: vectors.map(|it| it.width), ..shape };
                let mut bare = it.bare();
                blank::push(&mut bare, &shape, labels, seed);
                Ok(bare)
            }
            Start::Pipeline(mut it) => {
                let ner = it.trained_ner_mut().ok_or(ModelError::NoNer)?;
                for (label, _) in labels {
                    ner.add_ner_label(label.as_str());
                }
                Ok(*it)
            }
            Start::OtherLabels(mut it) => {
                let ner = it.trained_ner_mut().ok_or(ModelError::NoNer)?;
                blank::replace_labels(ner, labels, random);
                Ok(*it)
            }
        }
    }

    /// What training made of the base.
    pub fn trained(self, model: &Model) -> Result<Pipeline, ModelError> {
        self.into_base().trained(model)
    }

    fn into_base(self) -> Pipeline {
        match self {
            Start::Tokens(it, _)
            | Start::Pipeline(it)
            | Start::OtherLabels(it)
            | Start::Beside(it, _) => *it,
        }
    }
}

/// spaCy's `ner`, with its tok2vec, being trained.
pub struct SpacyNer {
    base: String,
    keeps: Keeps,
    /// What is trained, as it was before; without vectors and files.
    pipeline: Pipeline,
    columns: Vec<Attr>,
    vectors: Option<WordVectors>,
    pub(super) tables: Vec<Table>,
    pub(super) layers: Layers,
    pub(super) states: States,
    labels: Labels,
    pub(super) moves: Vec<Move>,
    pub(super) random: Random,
    pub(super) width: usize,
    /// How many layers read neighbours, and how many of those on either side.
    pub(super) depth: usize,
    window: usize,
    pub(super) is_frozen: bool,
    dropout: f32,
    pub(crate) row_multiple: usize,
    uses_averages: bool,
    pub(super) rehearsal: Option<Rehearsal>,
    piece_tokens: usize,
    device: Device,
}

/// What the next steps follow from.
#[derive(Serialize)]
struct Kept<'k> {
    random: u64,
    layers: Vec<Trained>,
    states: Vec<&'k Trained>,
    tables: Vec<&'k Table>,
}

/// The same, read back.
#[derive(Deserialize)]
struct KeptBack {
    random: u64,
    layers: Vec<Trained>,
    states: Vec<Trained>,
    tables: Vec<Table>,
}

/// How many tokens of the examples have each label: what spaCy orders its classes by.
pub fn count_tokens<'e>(
    labels: &[Label],
    examples: impl IntoIterator<Item = &'e Example>,
) -> Vec<(Label, u32)> {
    let mut known = Labels::default();
    let ids: Vec<LabelId> = labels.iter().map(|it| known.add(it.as_str())).collect();
    let mut counts = vec![0; labels.len()];
    for example in examples {
        let moves = gold::moves(example, |it| known.find(it.as_str()));
        for it in moves.into_iter().flatten() {
            if let Some(at) = ids.iter().position(|id| *id == it.label) {
                counts[at] += 1;
            }
        }
    }
    labels.iter().cloned().zip(counts).collect()
}

impl SpacyNer {
    /// A learner of these labels. Each comes with how many tokens have it, by which spaCy orders
    /// its classes. `base` names what it starts from.
    pub fn new(
        config: &Config,
        base: &str,
        start: Start,
        labels: &[(Label, u32)],
        device: &Device,
    ) -> Result<Self, LearnError> {
        let mut random = Random::new(config.seed, 3);
        let keeps = start.keeps();
        let pipeline = start.untrained(labels, config.seed, &mut random)?;
        Self::with_pipeline(config, (base, keeps), pipeline, random, device)
    }

    /// A learner that goes on from a stored model. How fast each weight moved is forgotten, unless its
    /// [state](Learner::state) is restored, too.
    pub fn resume(
        config: &Config,
        model: &Model,
        start: Start,
        device: &Device,
    ) -> Result<Self, LearnError> {
        let random = Random::new(config.seed, 3);
        let base = (model.base.as_str(), start.keeps());
        let pipeline = start.into_base().trained_alone(model)?;
        Self::with_pipeline(config, base, pipeline, random, device)
    }

    fn with_pipeline(
        config: &Config,
        (base, keeps): (&str, Keeps),
        mut pipeline: Pipeline,
        random: Random,
        device: &Device,
    ) -> Result<Self, LearnError> {
        // These are large, and stay as they are.
        pipeline.files.clear();
        let vectors = pipeline.vectors.take();
        let network = pipeline.trained_tok2vec().ok_or(ModelError::NoNer)?;
        let model = pipeline.trained_ner().ok_or(ModelError::NoNer)?;
        let attr = |it: &model::HashEmbed| {
            let unknown = || LearnError::UnknownFeature { name: it.attr.clone() };
            Attr::from_name(&it.attr).ok_or_else(unknown)
        };
        let mut known = Labels::default();
        let moves = moves(&model.moves, &mut known);
        let mut learner = Self {
            base: base.to_owned(),
            keeps,
            columns: network.embeds.iter().map(attr).collect::<Result<_, _>>()?,
            vectors: vectors.filter(|_| network.vectors.is_some()).map(WordVectors::new),
            tables: weights::tables(network),
            layers: Layers::load(network, model, device),
            states: States::new(model),
            moves,
            labels: known,
            random,
            width: network.mix.gain.shape()[0] as usize,
            depth: network.encode.len(),
            window: network.window as usize,
            is_frozen: false,
            dropout: config.dropout,
            // A GPU keeps memory for every size it has met; the CPU would only work more.
            row_multiple: if device::is_cpu(device) { 1 } else { 64 },
            uses_averages: config.use_averages,
            rehearsal: None,
            piece_tokens: config.piece_tokens,
            device: device.clone(),
            pipeline,
        };
        if config.use_averages {
            learner.layers.take_averages();
            learner.states.trained_mut().into_iter().for_each(Trained::take_averages);
            learner.tables.iter_mut().for_each(Table::take_averages);
        }
        Ok(learner)
    }

    /// Leaves the tok2vec as it is, and learns what is behind it.
    #[must_use]
    pub fn with_frozen_tok2vec(mut self) -> Self {
        self.is_frozen = true;
        self.layers.freeze();
        self
    }

    /// Holds it to a tutor, which is what it started from, beside each batch.
    #[must_use]
    pub fn with_tutor(mut self, tutor: Tutor) -> Self {
        let learned = (self.moves.as_slice(), &self.labels);
        let rehearsal = Rehearsal::new(tutor, learned, self.piece_tokens, &self.device);
        self.rehearsal = Some(rehearsal);
        self
    }

    /// Has burn compute all layers, as it does on a graphics card.
    #[cfg(test)]
    pub(super) fn compute_as_on_a_device(&mut self) {
        use super::on_device::OnDevice;
        let (tok2vec, ner) = (self.pipeline.trained_tok2vec(), self.pipeline.trained_ner());
        let (tok2vec, ner) = tok2vec.zip(ner).expect("it has both");
        let mut layers = OnDevice::load(tok2vec, ner, &device::cpu());
        layers.takes_averages = self.uses_averages;
        self.layers = Layers::Device(Box::new(layers));
    }

    /// Puts the averages of all weights in their place, or back. Nothing is done where none are
    /// taken.
    fn swap_averages(&mut self) {
        if self.uses_averages {
            self.layers.swap_averages();
            self.states.trained_mut().into_iter().for_each(Trained::swap_averages);
            self.tables.iter_mut().for_each(Table::swap_averages);
        }
    }

    /// The number of a label, if the model knows it.
    pub(super) fn label(&self, label: &Label) -> Option<LabelId> {
        self.labels.find(label.as_str())
    }

    /// Lays a batch out, and brings the rows of the tables that it needs up to date.
    pub(super) fn lay_out<'t>(
        &mut self,
        pieces: &[Piece],
        text_at: impl Fn(usize) -> &'t Text + Copy,
    ) -> Words {
        let columns: Vec<(Attr, &Table)> = self.columns.iter().copied().zip(&self.tables).collect();
        let reach = self.window * self.depth;
        let vectors = self.vectors.as_ref();
        let words = Words::new(pieces, text_at, &columns, vectors, reach, self.row_multiple);
        let n = self.tables.len();
        for (column, table) in self.tables.iter_mut().enumerate() {
            table.settle(words.picked.iter().skip(column).step_by(n).flatten().copied());
        }
        words
    }

    /// What each token adds to states, text by text: `[tokens, features * pieces * outputs]`.
    async fn parts(&mut self, texts: &[&Text]) -> Result<Vec<Vec<f32>>, LearnError> {
        let mut all = vec![Vec::new(); texts.len()];
        let mut waiting = pieces(texts.iter().copied(), JUDGED_TOKENS).into_iter().peekable();
        while waiting.peek().is_some() {
            let mut n_tokens = 0;
            let mut batch = Vec::new();
            while let Some(piece) = waiting.next_if(|it| {
                n_tokens += (it.end - it.start) as usize;
                batch.is_empty() || n_tokens <= JUDGED_TOKENS
            }) {
                batch.push(piece);
            }
            let mut words = self.lay_out(&batch, |at| texts[at]);
            let parts = self.layers.read(self.input(&mut words, None)).await?;
            let n = self.states.n_parts();
            for (piece, offset) in batch.iter().zip(offsets(&batch)) {
                let first = offset.wrapping_add(piece.start as usize);
                let n_tokens = (piece.end - piece.start) as usize;
                all[piece.text as usize].extend(&parts[first * n..(first + n_tokens) * n]);
            }
        }
        Ok(all)
    }

    /// What the model finds in a text whose parts are known, and what that costs.
    fn read(&mut self, example: &Example, parts: &[f32]) -> Judged {
        let text = &example.text;
        let gold = gold::moves(example, |it| self.label(it));
        let parts = Parts { values: parts, offset: 0 };
        let mut tokens = vec![None; self.states.n_features];
        let mut state = State::default();
        let mut judged = Judged::default();
        while state.next < text.len() {
            let place = gold::place(text, state.next);
            state.look(&mut tokens);
            self.states.score(&parts, &tokens, None);
            judged.loss += self.states.judge(&self.moves, &place, &state, &gold).log;
            let Some(best) = self.states.best(&self.moves, &place, &state) else { break };
            if let Some((found, label)) = state.make(self.moves[best]) {
                let label = Label::new(self.labels.get(label));
                let (start, end) = (text.tokens[found.start].0, text.tokens[found.end - 1].1);
                let span = label.ok().and_then(|it| Span::new(start, end, it).ok());
                judged.spans.extend(span);
            }
        }
        judged
    }
}

impl Learner for SpacyNer {
    async fn learn(
        &mut self,
        examples: &[Example],
        pieces: &[Piece],
        learning_rate: f64,
    ) -> Result<f32, LearnError> {
        let silence = Some(self.dropout);
        let Some(stepped) = self.descend(examples, pieces, silence).await? else {
            return Ok(0.0);
        };
        self.update(learning_rate);
        let n_words = pieces.iter().map(|it| (it.end - it.start) as usize).sum();
        self.rehearse(n_words, learning_rate).await?;
        Ok((stepped.ner.log / stepped.n_states.max(1) as f64) as f32)
    }

    async fn judge(&mut self, examples: &[Example]) -> Result<Vec<Judged>, LearnError> {
        let texts: Vec<&Text> = examples.iter().map(|it| &it.text).collect();
        self.swap_averages();
        let parts = self.parts(&texts).await;
        let judge = |parts: Vec<Vec<f32>>| {
            examples.iter().zip(parts).map(|(it, parts)| self.read(it, &parts)).collect()
        };
        let judged = parts.map(judge);
        self.swap_averages();
        judged
    }

    async fn state(&self) -> Result<Vec<u8>, LearnError> {
        let layers = self.layers.trained().await?;
        let (states, tables) = (self.states.trained(), self.tables.iter().collect());
        let kept = Kept { random: self.random.state(), layers, states, tables };
        Ok(postcard::to_stdvec(&kept).expect("memory is the only limit"))
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Ok(kept) = postcard::from_bytes::<KeptBack>(state) else { return false };
        let states = self.states.trained();
        let fits = self.layers.fit(&kept.layers)
            && states.len() == kept.states.len()
            && self.tables.len() == kept.tables.len()
            && states.iter().zip(&kept.states).all(|(it, kept)| it.fits(kept))
            && self.tables.iter().zip(&kept.tables).all(|(it, kept)| it.fits(kept));
        if !fits {
            return false;
        }
        self.layers.restore(kept.layers.into_iter());
        let states = self.states.trained_mut().into_iter().zip(kept.states);
        states.for_each(|(it, kept)| it.restore(kept));
        self.tables.iter_mut().zip(kept.tables).for_each(|(it, kept)| it.restore(kept));
        self.random = Random::from_state(kept.random);
        true
    }

    async fn model(&self) -> Result<Model, LearnError> {
        let mut pipeline = self.pipeline.clone();
        let mut trained = self.layers.weights().await?.into_iter();
        if let Some(it) = pipeline.trained_tok2vec_mut() {
            weights::save_tok2vec(it, &self.tables, &mut trained);
        }
        if let Some(it) = pipeline.trained_ner_mut() {
            weights::save_transitions(it, &self.states, &mut trained);
        }
        Ok(pipeline.to_model(&self.base, self.keeps)?)
    }
}
