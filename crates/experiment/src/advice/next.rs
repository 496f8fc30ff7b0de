//! What tempers the figures, and what to do next.

use corpus::Label;

use super::choice::{is_beyond_luck, standard_error};
use super::{Rule, Sentence, sentence};
use crate::{
    Base, BaseKey, Caution, Comparison, Curve, ENOUGH_DOCS, Gain, NoLaw, REACH, Row, Verdict, words,
};

/// What must be known before any of it is trusted.
pub(super) fn temper(
    comparison: &Comparison,
    recommended: Option<&BaseKey>,
    said: &mut Vec<Sentence>,
) {
    let n_docs = comparison.n_docs;
    if (1..ENOUGH_DOCS as u32).contains(&n_docs) {
        let text = format!(
            "Only {} scored: all of this may change with more. Score on at least {ENOUGH_DOCS}.",
            words::counted(n_docs, "text is", "texts are")
        );
        said.push(sentence(Rule::FewDocs, text, &[("scored texts", f64::from(n_docs))]));
    }
    if let Some(base) = recommended.and_then(|it| comparison.base(it)).filter(|it| it.keeps_ner()) {
        let text = format!(
            "{} came with what it had learned elsewhere: if these texts were part of that, its score \
             is too high.",
            base.name
        );
        said.push(sentence(Rule::SeenBefore, text, &[]));
    }
    let missing = comparison.table.rows.iter().filter(|it| it.n_runs < it.n_planned);
    let missing: Vec<String> = missing
        .map(|it| format!("{} of {} runs of {}", it.n_runs, it.n_planned, it.name))
        .collect();
    if !missing.is_empty() {
        let text = format!("Not all is done: {}.", words::list(&missing));
        said.push(sentence(Rule::Incomplete, text, &[]));
    }
    for caution in &comparison.cautions {
        let bears = match caution {
            Caution::OnlyScored { .. } | Caution::ScoredOnDev => true,
            Caution::NeverScored { .. }
            | Caution::KnowsOtherLabels { .. }
            | Caution::NoDev
            | Caution::FewScored { .. } => false,
        };
        if bears {
            said.push(sentence(Rule::Caution, as_sentence(&caution.to_string()), &[]));
        }
    }
}

/// A message with a capital and a full stop.
fn as_sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(char::to_uppercase);
    let text: String = first.into_iter().flatten().chain(letters).collect();
    format!("{text}.")
}

/// What to do next, from what is most certain to help.
pub(super) fn suggest(comparison: &Comparison, base: &BaseKey, said: &mut Vec<Sentence>) {
    let Some(row) = comparison.table.row(base) else { return };
    said.extend(misaligned(row));
    said.extend(label(comparison, row));
    said.extend(more_texts(comparison, base));
    said.extend(vectors(comparison));
    said.extend(undecided(comparison));
}

fn misaligned(row: &Row) -> Option<Sentence> {
    let lost = row.gold - row.aligned;
    if row.gold == 0 || lost * 100 < row.gold {
        return None;
    }
    let ceiling = f64::from(row.aligned) / f64::from(row.gold);
    let text = format!(
        "{} of {} gold marks do not fit the tokens of {} and count as missed, so its recall \
         cannot pass {}: fix them on Align.",
        words::count(lost),
        words::count(row.gold),
        row.name,
        words::score(ceiling)
    );
    Some(sentence(Rule::Misaligned, text, &[("lost marks", lost.into()), ("ceiling", ceiling)]))
}

/// From so many spans on, more of the same hardly help a label.
const MANY_SPANS: u32 = 300;
/// Of so many in ten spans words must be new to be called the reason.
const MOSTLY: u32 = 6;
/// A label with fewer scored spans says little.
const FEW_SPANS: u32 = 10;

/// The label of which most is missed, of those that something can be done about.
fn label(comparison: &Comparison, row: &Row) -> Option<Sentence> {
    if !comparison.base(&row.base)?.is_trained() {
        return None;
    }
    let counts = |label: &Label| row.counts.labels.get(label).copied().unwrap_or_default();
    let spans = |label: &Label| comparison.spans.get(label).copied().unwrap_or_default();
    let is_weak = |label: &&Label| {
        let (recall, is_many) = (counts(label).recall(), MANY_SPANS <= spans(label).train);
        0 < counts(label).gold && recall < if is_many { 0.6 } else { 0.9 }
    };
    let missed = |label: &&Label| counts(label).gold - counts(label).hits;
    let worst = comparison.table.labels.iter().filter(is_weak).max_by_key(missed)?;
    let (recall, spans) = (counts(worst).recall(), spans(worst));
    let share = format!("{:.0} of 100", (1.0 - recall) * 100.0);
    let train = words::counted(spans.train, "mark", "marks");
    let few = match spans.scored < FEW_SPANS {
        true => format!(
            " Only {} scored, so that is vague.",
            words::counted(spans.scored, "mark is", "marks are")
        ),
        false => String::new(),
    };
    let (rule, text) = match spans.train < MANY_SPANS {
        true => (
            Rule::MarkMore,
            format!(
                "Mark more {worst}: {} misses {share}, and has {train} to learn from.{few}",
                row.name
            ),
        ),
        false if MOSTLY * spans.scored < 10 * spans.unseen => (
            Rule::NewNames,
            format!(
                "{} of {} scored marks of {worst} are words that no text to learn from has marked, \
                 and {} misses {share} of all. New names are known by what stands around them: \
                 bring texts from more sources, rather than more of the same.{few}",
                words::count(spans.unseen),
                words::count(spans.scored),
                row.name
            ),
        ),
        false => (
            Rule::CheckMarks,
            format!(
                "Look at how {worst} is marked: there are {train} to learn from, and {} still \
                 misses {share}. Marks that contradict each other are a likelier reason than too \
                 few.{few}",
                row.name
            ),
        ),
    };
    let figures = [
        ("recall", recall),
        ("marks to learn from", f64::from(spans.train)),
        ("scored marks", f64::from(spans.scored)),
        ("scored marks of new words", f64::from(spans.unseen)),
    ];
    Some(sentence(rule, text, &figures))
}

/// As many more documents as are asked about, where the curve reaches so far.
const N_MORE: u32 = 200;
/// A gain below this is little.
const LITTLE: f64 = 0.01;

fn more_texts(comparison: &Comparison, base: &BaseKey) -> Option<Sentence> {
    if !comparison.base(base)?.is_trained() {
        return None;
    }
    let Some(curve) = comparison.curves.iter().find(|it| it.base == *base) else {
        let text = "Whether more texts would help is not known: train on 25, 50 and 75 % of them, \
                    too, for a learning curve."
            .to_owned();
        return Some(sentence(Rule::MoreTexts, text, &[]));
    };
    Some(match reachable(curve) {
        Ok(gain) => {
            let figures = [
                ("gain", gain.to - gain.from),
                ("gain, low", gain.band.low),
                ("gain, high", gain.band.high),
            ];
            sentence(Rule::MoreTexts, format!("{} {}", gain.sentence(), verdict(&gain)), &figures)
        }
        Err(why) => sentence(Rule::MoreTexts, as_sentence(&why.to_string()), &[]),
    })
}

fn reachable(curve: &Curve) -> Result<Gain, NoLaw> {
    curve.gain(N_MORE.min(curve.n_docs() * (REACH - 1)))
}

fn verdict(gain: &Gain) -> &'static str {
    match gain.band {
        band if LITTLE <= band.low => "Marking more texts is worth it.",
        band if band.high < LITTLE => "More texts of the same kind will bring little.",
        _ => "Whether that is worth the work cannot be told yet.",
    }
}

/// What vectors brought, or that they were not tried.
fn vectors(comparison: &Comparison) -> Option<Sentence> {
    let has = |it: &&Base| it.vectors.is_some();
    let f1 = |it: &Base| comparison.table.row(&it.key).map_or(0.0, |it| it.micro.f1.mean);
    let best_f1 = comparison.table.best()?.micro.f1.mean;
    let Some(with) = comparison.bases.iter().filter(has).max_by(|a, b| f1(a).total_cmp(&f1(b)))
    else {
        let is_tried_without = comparison.bases.iter().any(Base::is_trained);
        let text = "No base here reads word vectors. They help most where texts are few: bring \
                    some in on Bases, and try one with them."
            .to_owned();
        return (is_tried_without && best_f1 < 0.9)
            .then(|| sentence(Rule::Vectors, text, &[("best F1", best_f1)]));
    };
    let without = comparison.bases.iter().find(|it| it.vectors.is_none() && it.is_twin_of(with))?;
    let pair = comparison.pair(&with.key, &without.key)?;
    let change = if pair.higher == with.key { "higher" } else { "lower" };
    let text = match pair.difference {
        0.0 => format!("Word vectors changed nothing between {} and {}.", with.name, without.name),
        difference => format!(
            "With word vectors, {} is {} {change} than {}: {}.",
            with.name,
            words::score(difference),
            without.name,
            pair.verdict().words()
        ),
    };
    Some(sentence(
        Rule::Vectors,
        text,
        &[("difference in F1", pair.difference), ("corrected p", pair.corrected_p)],
    ))
}

/// Standard errors that a difference must have to be found in 8 of 10 cases by a test at 5 %.
const ERRORS_TO_FIND: f64 = 2.8;

/// What would tell the best from the next.
fn undecided(comparison: &Comparison) -> Option<Sentence> {
    let best = comparison.table.best()?;
    let others = comparison.table.rows.iter().filter(|it| it.base != best.base);
    let next = others.max_by(|a, b| a.micro.f1.mean.total_cmp(&b.micro.f1.mean))?;
    let pair = comparison.pair(&best.base, &next.base)?;
    let is_few = (comparison.n_docs as usize) < ENOUGH_DOCS;
    if pair.difference == 0.0 || is_few && pair.is_significant() {
        return None;
    }
    let by_seeds = standard_error(best, next);
    let by_docs = pair.interval.width() / 3.92;
    let figures = [
        ("difference in F1", pair.difference),
        ("standard error over runs", by_seeds),
        ("standard error over texts", by_docs),
    ];
    let names = format!("{} and {}", best.name, next.name);
    let is_trained = |it: &Row| comparison.base(&it.base).is_some_and(Base::is_trained);
    let can_vary = is_trained(best) || is_trained(next);
    if can_vary && comparison.n_seeds < 3 {
        let runs =
            if comparison.n_seeds == 1 { "one run says nothing" } else { "two runs say little" };
        let text =
            format!("Train with at least 3 seeds: {runs} of luck, and {names} may change places.");
        return Some(sentence(Rule::MoreSeeds, text, &figures));
    }
    if can_vary && by_docs < by_seeds && !is_beyond_luck(best, next) {
        let text = format!(
            "To tell {names} apart, train with more seeds: runs of the same base vary more than \
             the choice of texts does."
        );
        return Some(sentence(Rule::MoreSeeds, text, &figures));
    }
    if pair.verdict() == Verdict::VeryLikely {
        return None;
    }
    let times = (ERRORS_TO_FIND * by_docs / pair.difference).powi(2);
    let wanted = (times * f64::from(comparison.n_docs) / 10.0).ceil() * 10.0;
    let text = match times {
        20.0.. => format!(
            "No reasonable number of scored texts would tell {names} apart: take whichever suits \
             you."
        ),
        _ => format!(
            "To tell {names} apart, score on more texts: about {} are needed for a difference \
             like this.",
            words::count(wanted as u64)
        ),
    };
    Some(sentence(Rule::MoreScored, text, &figures))
}
