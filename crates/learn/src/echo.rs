use corpus::{Label, Span};
use model::Pipeline;
use predict::{Entity, Parsed, PredictError, Predictor};

/// What a pipeline found in a text, as spans. Entities whose label is no [`Label`] are left out.
pub fn spans(read: &Parsed) -> impl Iterator<Item = Span> {
    let span = |it: &Entity| Span::new(it.start, it.end, Label::new(&it.label).ok()?).ok();
    read.entities.iter().filter_map(span)
}

/// What a pipeline finds itself, to be learned again beside the marks, so that training on other
/// labels makes it forget less of those that it knew: replay by pseudo-labels.
pub struct Echo {
    base: Predictor,
    labels: Vec<Label>,
}

impl Echo {
    /// None where the pipeline finds nothing but what is `marked`.
    pub fn of(pipeline: &Pipeline, marked: &[Label]) -> Result<Option<Self>, PredictError> {
        let Some(ner) = pipeline.trained_ner() else { return Ok(None) };
        let known = ner.moves.labels().into_iter().filter_map(|it| Label::new(&it).ok());
        let labels: Vec<Label> = known.filter(|it| !marked.contains(it)).collect();
        if labels.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { base: Predictor::new(pipeline.clone())?, labels }))
    }

    /// The labels that it knows and nobody marks. Some of them it may find nowhere.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The marks of a text with what the pipeline finds beside them, sorted.
    pub fn with(&self, text: &str, mut gold: Vec<Span>) -> Vec<Span> {
        // What spaCy does not read holds nothing.
        let Ok(read) = self.base.predict(&[text]) else { return gold };
        let marked = gold.clone();
        for span in read.iter().flat_map(spans) {
            let is_free = marked.iter().all(|it| !it.overlaps(&span));
            if is_free && self.labels.contains(span.label()) {
                gold.push(span);
            }
        }
        gold.sort();
        gold
    }
}
