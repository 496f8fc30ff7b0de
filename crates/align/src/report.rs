use std::cmp::Reverse;
use std::collections::BTreeMap;

use corpus::{DocId, Label, Span};
use serde::{Deserialize, Serialize};

use crate::{
    Action, Advice, Cell, DocSpan, Fit, Kind, Place, Row, SpanEdit, Tokens, cell::cell,
    overlap::losers,
};

/// The marks of many texts against the tokens of several bases.
#[derive(Clone, Debug)]
pub struct Report {
    /// What each base can learn, in the order of the bases.
    pub bases: Vec<BaseReport>,
    /// How many texts were looked at.
    pub n_docs: u32,
    alike: BTreeMap<Alike, Vec<DocSpan>>,
}

/// What marks that one correction serves have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    text: String,
    label: Label,
    cells: Vec<Cell>,
}

/// What one base can learn of the marks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseReport {
    /// The name of the base.
    pub base: String,
    /// All marks.
    pub counts: Counts,
    /// How many marks do not fit, for each reason that there is.
    pub kinds: BTreeMap<Kind, u32>,
    /// The marks of each label.
    pub labels: BTreeMap<Label, Counts>,
    /// The marks of each text in which not all can be learned, in the order of the texts.
    pub docs: Vec<(DocId, Counts)>,
    /// The marks that do not fit, in the order of the texts.
    pub misfits: Vec<Misfit>,
    /// Marks that fit, and give way to a longer one all the same.
    pub overlaps: Vec<Overlap>,
}

/// How many marks can be learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub spans: u32,
    /// Those that do not fall on tokens, or cross a sentence.
    pub misfits: u32,
    /// Those that do, and give way to a longer one.
    pub overlapping: u32,
}

/// A mark that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misfit {
    /// The text that it is in.
    pub doc: DocId,
    /// The mark.
    pub span: Span,
    /// Why it does not fit.
    pub kind: Kind,
    /// Where it would be if it had to start and end with a token. A place all the same when it
    /// does, and cannot be learned for another reason.
    pub strict: Option<Place>,
    /// Where it would be if it kept the tokens that lie in it.
    pub contract: Option<Place>,
    /// Where it would be if it took all tokens that it touches.
    pub expand: Option<Place>,
    /// What to do about it.
    pub advice: Advice,
}

/// Two marks of which a flat model can learn one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The text that they are in.
    pub doc: DocId,
    /// The one that gives way.
    pub lost: Span,
    /// The one that stays.
    pub kept: Span,
}

/// How many marks each kind of correction is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// They gain characters.
    pub grow: u32,
    /// They lose characters.
    pub shrink: u32,
    /// They gain some and lose some.
    #[serde(rename = "move")]
    pub shift: u32,
    /// A person has to look.
    pub look_at: u32,
}

impl Counts {
    /// Marks that fit and give way to none.
    pub fn learnable(&self) -> u32 {
        self.spans - self.misfits - self.overlapping
    }

    /// The share of marks that fit, 0 to 1. None without marks.
    pub fn share_fit(&self) -> Option<f64> {
        share(self.spans - self.misfits, self.spans)
    }

    /// The best F1, 0 to 1, that misalignment alone leaves. None without marks.
    ///
    /// A model that finds all `L` of `N` marks that fit and nothing else has precision 1 and
    /// recall `L / N`, so F1 is `2 L / (N + L)`.
    pub fn f1_ceiling(&self) -> Option<f64> {
        ceiling(self.spans - self.misfits, self.spans)
    }

    /// The same when a model is flat, too: `L` are the marks that fit and give way to none.
    pub fn f1_ceiling_flat(&self) -> Option<f64> {
        ceiling(self.learnable(), self.spans)
    }

    fn add(&mut self, other: Counts) {
        self.spans += other.spans;
        self.misfits += other.misfits;
        self.overlapping += other.overlapping;
    }
}

fn share(part: u32, of: u32) -> Option<f64> {
    (of != 0).then(|| f64::from(part) / f64::from(of))
}

fn ceiling(learnable: u32, all: u32) -> Option<f64> {
    (all != 0).then(|| 2.0 * f64::from(learnable) / (f64::from(all) + f64::from(learnable)))
}

impl Plan {
    /// How many marks are corrected.
    pub fn n_fixed(&self) -> u32 {
        self.grow + self.shrink + self.shift
    }

    fn count(&mut self, action: Action) {
        *match action {
            Action::Grow => &mut self.grow,
            Action::Shrink => &mut self.shrink,
            Action::Move => &mut self.shift,
            Action::LookAt => &mut self.look_at,
        } += 1;
    }
}

impl BaseReport {
    fn new(base: String) -> Self {
        BaseReport {
            base,
            counts: Counts::default(),
            kinds: BTreeMap::new(),
            labels: BTreeMap::new(),
            docs: Vec::new(),
            misfits: Vec::new(),
            overlaps: Vec::new(),
        }
    }

    /// What would be done if everything that can be corrected were.
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::default();
        for misfit in &self.misfits {
            plan.count(misfit.advice.action(place_of(&misfit.span)));
        }
        plan
    }

    /// Adds the marks of a text. Gives back how each fits, and what to do.
    fn add(
        &mut self,
        doc: &DocId,
        tokens: &Tokens<'_>,
        spans: &[Span],
    ) -> Vec<(Fit, Option<Advice>)> {
        let seen: Vec<_> =
            spans.iter().map(|it| (tokens.fit(place_of(it)), tokens.advise(it, spans))).collect();
        let mut counts = vec![Counts { spans: 1, ..Counts::default() }; spans.len()];
        for ((span, (fit, advice)), counts) in spans.iter().zip(&seen).zip(&mut counts) {
            let (Some(kind), Some(advice)) = (fit.misfit, *advice) else { continue };
            let place = |range: Option<_>| range.and_then(|it| tokens.place(it));
            counts.misfits = 1;
            *self.kinds.entry(kind).or_default() += 1;
            self.misfits.push(Misfit {
                doc: doc.clone(),
                span: span.clone(),
                kind,
                strict: place(fit.strict),
                contract: place(fit.contract),
                expand: place(fit.expand),
                advice,
            });
        }
        let fitting: Vec<usize> = (0..spans.len()).filter(|it| counts[*it].misfits == 0).collect();
        let places: Vec<Place> = fitting.iter().map(|it| place_of(&spans[*it])).collect();
        for (lost, kept) in losers(&places) {
            let (lost, kept) = (fitting[lost], fitting[kept]);
            counts[lost].overlapping = 1;
            let (lost, kept) = (spans[lost].clone(), spans[kept].clone());
            self.overlaps.push(Overlap { doc: doc.clone(), lost, kept });
        }
        self.count(doc, spans, &counts);
        seen
    }

    fn count(&mut self, doc: &DocId, spans: &[Span], counts: &[Counts]) {
        let mut sum = Counts::default();
        for (span, counts) in spans.iter().zip(counts) {
            sum.add(*counts);
            self.labels.entry(span.label().clone()).or_default().add(*counts);
        }
        self.counts.add(sum);
        if sum.learnable() < sum.spans {
            self.docs.push((doc.clone(), sum));
        }
    }
}

impl Report {
    /// A report on no text yet. `bases` are their names.
    pub fn new(bases: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let bases = bases.into_iter().map(|it| BaseReport::new(it.into())).collect();
        Report { bases, n_docs: 0, alike: BTreeMap::new() }
    }

    /// Adds a text with its marks, as each base cuts it, in the order of the bases.
    pub fn add(&mut self, doc: &DocId, spans: &[Span], tokens: &[Tokens<'_>]) {
        self.n_docs += 1;
        let seen: Vec<_> = self
            .bases
            .iter_mut()
            .zip(tokens)
            .map(|(base, tokens)| base.add(doc, tokens, spans))
            .collect();
        for (idx, span) in spans.iter().enumerate() {
            let seen = seen.iter().zip(tokens).map(|(it, tokens)| (&it[idx], tokens));
            let mark = place_of(span);
            let window = seen.clone().fold(mark, |window, ((fit, _), tokens)| {
                let place = fit.expand.and_then(|it| tokens.place(it)).unwrap_or(mark);
                let Place { start, end } = window;
                Place { start: start.min(place.start), end: end.max(place.end) }
            });
            let cells =
                seen.map(|((fit, advice), tokens)| cell(tokens, mark, window, fit, *advice));
            let text = tokens.first().map_or("", |it| span.text(it.text)).to_owned();
            let alike = Alike { text, label: span.label().clone(), cells: cells.collect() };
            let place = DocSpan { doc: doc.clone(), span: span.clone() };
            self.alike.entry(alike).or_default().push(place);
        }
    }

    /// The marks, those alike together, the most frequent first.
    pub fn rows(&self) -> Vec<Row> {
        let row = |(alike, places): (&Alike, &Vec<DocSpan>)| {
            let Alike { text, label, cells } = alike.clone();
            Row { text, label, cells, places: places.clone() }
        };
        let mut rows: Vec<Row> = self.alike.iter().map(row).collect();
        rows.sort_by_key(|it| Reverse(it.places.len()));
        rows
    }

    /// What corrects all marks that can be corrected for base number `base`.
    pub fn fix_everything(&self, base: usize) -> Vec<SpanEdit> {
        let mut edits: Vec<SpanEdit> = self.rows().iter().flat_map(|it| it.fix_all(base)).collect();
        edits.sort();
        edits
    }
}

fn place_of(span: &Span) -> Place {
    Place { start: span.start(), end: span.end() }
}
