use std::cmp::Ordering;
use std::collections::BTreeMap;

use corpus::Label;
use scorer::{Prf, Scores};
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::stats::{Draws, Interval, Outcomes, Summary, redraw};
use crate::{BaseKey, Experiment, total};

/// What every base came to, one row a base.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The labels that have columns, sorted.
    pub labels: Vec<Label>,
    /// The rows, in the experiment's order until they are [sorted](Table::sort).
    pub rows: Vec<Row>,
}

/// What one base came to, over its runs on all training documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The base.
    pub base: BaseKey,
    /// What people call it.
    pub name: String,
    /// How many runs are done.
    pub n_runs: u32,
    /// How many runs are planned.
    pub n_planned: u32,
    /// All labels together.
    pub micro: Measures,
    /// Each label alone.
    pub labels: BTreeMap<Label, Measures>,
    /// The counts of all runs added up.
    pub counts: Scores,
    /// The 95 % interval of micro F1 from redrawn documents: what other texts of the same kind
    /// might give.
    pub redrawn: Option<Interval>,
    /// Seconds that a training took.
    pub train_secs: Summary,
    /// Words read in a second while predicting.
    pub words_per_sec: Summary,
    /// Size of the largest of its models, in bytes.
    pub model_bytes: u64,
    /// Gold spans of the scored documents that its tokens can express.
    pub aligned: u32,
    /// All gold spans of the scored documents.
    pub gold: u32,
}

impl Row {
    /// Micro F1 with the interval that says most of other texts of the same kind: that of redrawn
    /// documents, where there is one.
    pub fn f1(&self) -> Summary {
        Summary { interval: self.redrawn.or(self.micro.f1.interval), ..self.micro.f1 }
    }
}

/// Precision, recall and F1 over the runs of a base. Their intervals are those of redrawn documents,
/// averaged over seeds: what other texts of the same kind might give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Share of the predicted that is right.
    pub precision: Summary,
    /// Share of the gold that is found.
    pub recall: Summary,
    /// Their harmonic mean.
    pub f1: Summary,
}

/// One of the three measures of quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// Share of the predicted that is right.
    Precision,
    /// Share of the gold that is found.
    Recall,
    /// Their harmonic mean.
    F1,
}

/// What rows can be sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    /// The name.
    Base,
    /// A measure over all labels.
    Micro(Measure),
    /// A measure of one label.
    Label(Label, Measure),
    /// Seconds of training.
    TrainSecs,
    /// Words read in a second.
    WordsPerSec,
    /// Size of the model.
    Size,
    /// Share of the gold spans that the base's tokens can express.
    Aligned,
}

/// Which way rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// The smallest first.
    Up,
    /// The largest first.
    Down,
}

/// What a table is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Rows whose name holds this, in any case. Empty for all.
    pub name: String,
    /// Columns of these labels. Empty for all.
    pub labels: Vec<Label>,
}

impl Measures {
    /// One of the three.
    pub fn get(&self, measure: Measure) -> &Summary {
        match measure {
            Measure::Precision => &self.precision,
            Measure::Recall => &self.recall,
            Measure::F1 => &self.f1,
        }
    }
}

impl Table {
    /// Sorts the rows. Rows that are equal, or lack the figure, come in the order of their names;
    /// those that lack it come last.
    pub fn sort(&mut self, column: &Column, direction: Direction) {
        self.rows.sort_by(|a, b| {
            let by_name = || a.name.cmp(&b.name);
            let turned = |order: Ordering| match direction {
                Direction::Up => order,
                Direction::Down => order.reverse(),
            };
            match (a.figure(column), b.figure(column)) {
                _ if *column == Column::Base => turned(by_name()),
                (Some(a), Some(b)) => turned(a.total_cmp(&b)).then_with(by_name),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => by_name(),
            }
        });
    }

    /// The rows and columns that a filter leaves.
    #[must_use]
    pub fn filtered(&self, filter: &Filter) -> Table {
        let wanted = filter.name.to_lowercase();
        let has_name = |row: &&Row| row.name.to_lowercase().contains(&wanted);
        let has_label = |it: &&Label| filter.labels.is_empty() || filter.labels.contains(it);
        let narrow = |row: &Row| {
            let mut row = row.clone();
            row.labels.retain(|it, _| has_label(&it));
            row
        };
        Table {
            labels: self.labels.iter().filter(has_label).cloned().collect(),
            rows: self.rows.iter().filter(has_name).map(narrow).collect(),
        }
    }

    /// The row of a base.
    pub fn row(&self, base: &BaseKey) -> Option<&Row> {
        self.rows.iter().find(|it| it.base == *base)
    }

    /// The row of the highest micro F1; the first of equals.
    pub fn best(&self) -> Option<&Row> {
        let higher = |best: &&Row, row: &&Row| best.micro.f1.mean < row.micro.f1.mean;
        self.rows.iter().reduce(|best, row| if higher(&best, &row) { row } else { best })
    }
}

impl Row {
    /// The figure that a column sorts by; none where the row has none.
    pub fn figure(&self, column: &Column) -> Option<f64> {
        match column {
            Column::Base => None,
            Column::Micro(measure) => Some(self.micro.get(*measure).mean),
            Column::Label(label, measure) => Some(self.labels.get(label)?.get(*measure).mean),
            Column::TrainSecs => Some(self.train_secs.mean),
            Column::WordsPerSec => Some(self.words_per_sec.mean),
            Column::Size => Some(self.model_bytes as f64),
            Column::Aligned => {
                (self.gold != 0).then(|| f64::from(self.aligned) / f64::from(self.gold))
            }
        }
    }

    pub(crate) fn new(evidence: &Evidence<'_>, experiment: &Experiment, draws: Draws) -> Self {
        let base = evidence.base;
        let scores: Vec<Scores> = evidence.runs.iter().map(|it| total(&it.docs)).collect();
        let counts = total(evidence.runs.iter().flat_map(|it| &it.docs));
        let labels: Vec<&Label> = counts.labels.keys().collect();
        let redrawn = redrawn(evidence, &labels, draws);
        let measures = |at: usize, pick: &dyn Fn(&Scores) -> Prf| {
            let values = |measure: fn(&Prf) -> f64| {
                scores.iter().map(|it| measure(&pick(it))).collect::<Vec<_>>()
            };
            let interval = |of: usize| redrawn.get(at * 3 + of).copied().flatten();
            Measures {
                precision: summary(&values(Prf::precision), interval(0)),
                recall: summary(&values(Prf::recall), interval(1)),
                f1: summary(&values(Prf::f1), interval(2)),
            }
        };
        let of_label = |(at, label): (usize, &&Label)| {
            let pick = |it: &Scores| it.labels.get(*label).copied().unwrap_or_default();
            ((*label).clone(), measures(at + 1, &pick))
        };
        let of_runs = |figure: fn(&crate::Record) -> f64| {
            let values: Vec<f64> = evidence.runs.iter().map(|it| figure(it.record)).collect();
            Summary::of(&values)
        };
        let (gold, misaligned) = alignment(evidence);
        Self {
            base: base.key.clone(),
            name: base.name.clone(),
            n_runs: evidence.runs.len() as u32,
            n_planned: experiment.n_full_runs(base) as u32,
            micro: measures(0, &|it| it.micro),
            labels: labels.iter().enumerate().map(of_label).collect(),
            redrawn: None,
            train_secs: of_runs(|it| it.train_secs),
            words_per_sec: of_runs(|it| it.words_per_sec),
            model_bytes: evidence.runs.iter().map(|it| it.record.model_bytes).max().unwrap_or(0),
            aligned: gold.saturating_sub(misaligned),
            gold,
            counts,
        }
    }
}

/// A share over runs, whose interval cannot leave 0 to 1.
fn summary(values: &[f64], redrawn: Option<Interval>) -> Summary {
    let summary = Summary::of(values);
    Summary { interval: redrawn.or(summary.interval).map(Interval::of_share), ..summary }
}

/// The intervals of precision, recall and F1, of all labels and of each: what other texts of the same
/// kind might give. Precision is the F1 that would be if as many were gold as are predicted, and recall the
/// other way round, so that the same redraws serve all.
fn redrawn(evidence: &Evidence<'_>, labels: &[&Label], draws: Draws) -> Vec<Option<Interval>> {
    let turn = |outcomes: &Outcomes, turn: fn(&Prf) -> Prf| Outcomes {
        seeds: outcomes.seeds.iter().map(|docs| docs.iter().map(turn).collect()).collect(),
    };
    let of = |label| {
        let f1 = evidence.outcomes(label);
        let precision = turn(&f1, |it| Prf { gold: it.predicted, ..*it });
        let recall = turn(&f1, |it| Prf { predicted: it.gold, ..*it });
        [precision, recall, f1]
    };
    let labels = labels.iter().map(|it| Some(*it));
    let systems: Vec<Outcomes> = [None].into_iter().chain(labels).flat_map(of).collect();
    let redraws = redraw(&systems.iter().collect::<Vec<_>>(), draws);
    (0..systems.len()).map(|it| redraws.interval(it)).collect()
}

/// Gold spans of the documents that were scored, and those that the base cannot express, each
/// fold once.
fn alignment(evidence: &Evidence<'_>) -> (u32, u32) {
    let folds: BTreeMap<u16, (u32, u32)> = evidence
        .runs
        .iter()
        .map(|it| (it.record.run.fold, (total(&it.docs).micro.gold, it.record.misaligned)))
        .collect();
    folds.values().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
}
