//! Texts through a whole pipeline.

use model::{Component, Kept, Pipeline, Source as SourceModel, Step, Touches};
use tokenizer::{Norms, Tokenizer};

use crate::{
    Difference, Parsed, PredictError,
    doc::{Doc, Labels},
    ner::Ner,
    numbers::Matrix,
    parser::Parser,
    ruler::Ruler,
    sentences::{Sentencizer, Senter},
    tok2vec::Tok2Vec,
    word_vectors::WordVectors,
};

/// The longest text, in code points: spaCy's `nlp.max_length`.
const MAX_CHARS: usize = 1_000_000;

/// Languages whose `lex_attrs.py` in spaCy has a NORM of its own.
const OWN_NORMS: [&str; 3] = ["hi", "ht", "ne"];

/// How many bytes of text go through at a time, so that a batch's numbers stay small.
const BATCH_BYTES: usize = 16 << 10;

/// A pipeline that is ready to run. Making one takes a moment: keep it.
pub struct Predictor {
    tokenizer: Tokenizer,
    norms: Norms,
    vectors: Option<WordVectors>,
    labels: Labels,
    steps: Vec<Run>,
    differences: Vec<Difference>,
}

/// A component that runs.
enum Run {
    Tok2Vec(Tok2Vec),
    Ner(Source, Ner),
    Parser(Source, Parser),
    Senter(Source, Senter),
    Sentencizer(Sentencizer),
    Ruler(Ruler),
}

/// Where token vectors come from.
enum Source {
    /// From the last tok2vec that ran; its vectors' width, for where none did.
    Shared(usize),
    Own(Box<Tok2Vec>),
}

impl Predictor {
    /// Makes a pipeline ready. Its numbers are taken over, so give it a copy to keep one.
    pub fn new(pipeline: Pipeline) -> Result<Self, PredictError> {
        let Pipeline { lang, tokenizer, norms, vectors, components, .. } = pipeline;
        let mut predictor = Self {
            tokenizer: Tokenizer::from_rules(&tokenizer)?,
            norms: Norms::new(norms.iter().map(|(word, norm)| (*word, norm.as_str()))),
            vectors: vectors.map(WordVectors::new),
            labels: Labels::default(),
            steps: Vec::new(),
            differences: Vec::new(),
        };
        let last = components.iter().rposition(|it| matches!(it.step, Step::Ner(_)) && it.enabled);
        for (idx, component) in components.into_iter().enumerate() {
            // What runs behind the last entities can only change those by rules.
            let matters = last.is_none_or(|last| idx <= last);
            if component.enabled {
                predictor.add(component, matters);
            }
        }
        if OWN_NORMS.contains(&lang.as_str()) {
            let why = format!("spaCy makes the NORM of words of {lang:?} in a way of its own");
            predictor.differs("lex_attr_getters".to_owned(), Touches::Vectors, why);
        }
        Ok(predictor)
    }

    /// Whether a text is longer than spaCy takes any.
    pub fn is_too_long(text: &str) -> bool {
        MAX_CHARS < text.len() && MAX_CHARS < text.chars().count()
    }

    /// What spaCy might find otherwise, since Nerine leaves a component out.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// What the pipeline finds in each text.
    pub fn predict(&self, texts: &[&str]) -> Result<Vec<Parsed>, PredictError> {
        for text in texts {
            if Self::is_too_long(text) {
                let n_chars = text.chars().count();
                return Err(PredictError::TooLong { n_chars, limit: MAX_CHARS });
            }
        }
        let mut parsed = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            let mut n_bytes = 0;
            let fits = |text: &&&str| {
                n_bytes += text.len();
                n_bytes <= BATCH_BYTES
            };
            let n_texts = rest.iter().take_while(fits).count().max(1);
            let (batch, others) = rest.split_at(n_texts);
            let (docs, _) = self.run(batch);
            parsed.extend(docs.into_iter().map(|it| it.parsed(&self.labels)));
            rest = others;
        }
        Ok(parsed)
    }

    /// The token vectors that the last component read, text by text: as many numbers a token as
    /// the tok2vec is wide. Empty where nothing reads any.
    pub fn token_vectors(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let (docs, vectors) = self.run(texts);
        let mut rest = vectors.values.as_slice();
        let mut all = Vec::with_capacity(docs.len());
        for doc in docs {
            let (own, others) = rest.split_at((doc.len() * vectors.width).min(rest.len()));
            all.push(own.to_vec());
            rest = others;
        }
        all
    }

    fn add(&mut self, component: Component, matters: bool) {
        let Component { name, step, .. } = component;
        let beam = |it: &model::Transitions| (1 < it.beam_width).then_some(it.beam_width);
        match step {
            Step::Tok2Vec(it) => self.steps.push(Run::Tok2Vec(Tok2Vec::new(&it))),
            Step::Ner(it) => {
                if let Some(width) = beam(&it) {
                    self.differs(
                        name,
                        Touches::Entities,
                        format!("keeps {width} parses, here it is 1"),
                    );
                }
                let ner = Ner::new(&it, &mut self.labels);
                self.steps.push(Run::Ner(source(&it.source, it.narrow.weight.shape()[1]), ner));
            }
            Step::Parser(it) if matters => {
                if let Some(width) = beam(&it) {
                    self.differs(
                        name,
                        Touches::Sentences,
                        format!("keeps {width} parses, here it is 1"),
                    );
                }
                let width = it.narrow.weight.shape()[1];
                self.steps.push(Run::Parser(source(&it.source, width), Parser::new(&it)));
            }
            Step::Senter(it) if matters => {
                let width = it.output.weight.shape()[1];
                self.steps.push(Run::Senter(source(&it.source, width), Senter::new(&it)));
            }
            Step::Sentencizer(it) => self.steps.push(Run::Sentencizer(Sentencizer::new(it))),
            Step::Ruler(it) => {
                let ruler = Ruler::new(&it, &self.tokenizer, &self.norms, &mut self.labels);
                match ruler {
                    Ok(it) => self.steps.push(Run::Ruler(it)),
                    Err(what) => self.differs(name, Touches::Entities, format!("has {what}")),
                }
            }
            Step::Kept(Kept { touches: Touches::Nothing, .. }) => {}
            Step::Kept(Kept { touches: Touches::Sentences | Touches::Vectors, .. })
            | Step::Parser(_)
            | Step::Senter(_)
                if !matters => {}
            Step::Kept(Kept { touches, why }) => self.differs(name, touches, why),
            Step::Parser(_) | Step::Senter(_) => {}
        }
    }

    fn differs(&mut self, component: String, touches: Touches, why: String) {
        self.differences.push(Difference { component, touches, why });
    }

    /// Runs a batch, and gives the vectors that the last model read.
    fn run<'t>(&self, texts: &[&'t str]) -> (Vec<Doc<'t>>, Matrix) {
        let new = |text: &&'t str| Doc::new(text, &self.tokenizer, &self.norms);
        let mut docs: Vec<Doc<'t>> = texts.iter().map(new).collect();
        let mut shared: Option<Matrix> = None;
        let mut own = Matrix::default();
        let mut last_is_own = false;
        let n_tokens: usize = docs.iter().map(Doc::len).sum();
        if n_tokens == 0 {
            return (docs, own);
        }
        for step in &self.steps {
            let source = match step {
                Run::Tok2Vec(it) => {
                    shared = Some(it.apply(&docs, self.vectors.as_ref()));
                    continue;
                }
                Run::Sentencizer(it) => {
                    it.apply(&mut docs);
                    continue;
                }
                Run::Ruler(it) => {
                    it.apply(&mut docs);
                    continue;
                }
                Run::Ner(source, _) | Run::Parser(source, _) | Run::Senter(source, _) => source,
            };
            last_is_own = matches!(source, Source::Own(_));
            let vectors = match source {
                Source::Own(it) => {
                    own = it.apply(&docs, self.vectors.as_ref());
                    &own
                }
                // Where no tok2vec ran, spaCy's `Tok2VecListener` gives zeros.
                Source::Shared(width) => {
                    &*shared.get_or_insert_with(|| Matrix::zeros(n_tokens, *width))
                }
            };
            match step {
                Run::Ner(_, it) => it.apply(&mut docs, vectors),
                Run::Parser(_, it) => it.apply(&mut docs, vectors),
                Run::Senter(_, it) => it.apply(&mut docs, vectors),
                Run::Tok2Vec(_) | Run::Sentencizer(_) | Run::Ruler(_) => {}
            }
        }
        (docs, if last_is_own { own } else { shared.unwrap_or_default() })
    }
}

fn source(source: &SourceModel, width: u32) -> Source {
    match source {
        SourceModel::Listener(_) => Source::Shared(width as usize),
        SourceModel::Own(it) => Source::Own(Box::new(Tok2Vec::new(it))),
    }
}
