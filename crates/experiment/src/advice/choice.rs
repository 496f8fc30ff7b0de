//! Which base, and how sure that is.

use super::{Rule, Sentence, sentence};
use crate::stats::t_quantile;
use crate::{Base, BaseKey, Comparison, ENOUGH_DOCS, Pair, Row, Verdict, words};

/// Below this no base is worth a recommendation.
const NOTHING: f64 = 0.05;

/// Says which base, and gives back its key.
pub(super) fn choose(comparison: &Comparison, said: &mut Vec<Sentence>) -> Option<BaseKey> {
    let Some(best) = comparison.table.best() else {
        let text = "No run is done yet, so there is nothing to compare.".to_owned();
        said.push(sentence(Rule::NothingYet, text, &[]));
        return None;
    };
    let f1 = best.micro.f1.mean;
    if f1 < NOTHING {
        let text = format!(
            "No base has learned to find these marks: the best F1 is {}. Mark more texts, and see \
             on Align whether marks fit the tokens.",
            words::score(f1)
        );
        said.push(sentence(Rule::NothingLearned, text, &[("best F1", f1)]));
        return None;
    }
    if comparison.table.rows.len() == 1 {
        let text = format!(
            "{} came to an F1 of {}. Add a second base, to have something to compare it with.",
            best.name,
            words::score(f1)
        );
        said.push(sentence(Rule::OnlyOne, text, &[("F1", f1)]));
        return Some(best.base.clone());
    }
    let pairs = against(comparison, best);
    let is_tied = |it: &&(&Row, &Pair)| is_tied(it.1);
    let tied: Vec<&Row> = pairs.iter().filter(is_tied).map(|it| it.0).collect();
    let taken = match tied.is_empty() {
        true => alone(comparison, best, &pairs, said),
        false => smallest(comparison, best, &tied, said),
    };
    price(comparison, taken, best, said);
    Some(taken.base.clone())
}

/// A difference that was not shown is of no account below this.
const SMALL: f64 = 0.02;

/// Whether two bases are as good as each other for all that is known.
fn is_tied(pair: &Pair) -> bool {
    let is_small = pair.difference < SMALL && !pair.is_significant();
    is_small || pair.verdict() == Verdict::Chance
}

/// Every other base with its comparison to the best, the closest in F1 first.
fn against<'c>(comparison: &'c Comparison, best: &Row) -> Vec<(&'c Row, &'c Pair)> {
    let others = comparison.table.rows.iter().filter(|it| it.base != best.base);
    let pair = |row: &'c Row| Some((row, comparison.pair(&best.base, &row.base)?));
    let mut pairs: Vec<_> = others.filter_map(pair).collect();
    pairs.sort_by(|a, b| b.0.micro.f1.mean.total_cmp(&a.0.micro.f1.mean));
    pairs
}

/// No base is tied with the best.
fn alone<'c>(
    comparison: &Comparison,
    best: &'c Row,
    pairs: &[(&Row, &Pair)],
    said: &mut Vec<Sentence>,
) -> &'c Row {
    let Some((next, _)) = pairs.first() else { return best };
    let doubts = pairs.iter().filter_map(|(row, pair)| doubt(comparison, best, row, pair));
    let doubt =
        doubts.reduce(|worst, it| if worst.1.corrected_p < it.1.corrected_p { it } else { worst });
    let (rule, verb) = match doubt {
        None => (Rule::Winner, "Take"),
        Some(_) => (Rule::Leader, "Go on with"),
    };
    let figures = [
        ("F1", best.micro.f1.mean),
        ("F1 of the next", next.micro.f1.mean),
        ("recall", best.micro.recall.mean),
        ("recall of the next", next.micro.recall.mean),
    ];
    said.push(sentence(rule, format!("{verb} {}. {}", best.name, gain(best, next)), &figures));
    said.push(match doubt {
        Some((why, pair)) => {
            let text = format!("It leads, but that is not certain: {why}.");
            sentence(Rule::HowSure, text, &sureness(pair))
        }
        None => very_likely(comparison, pairs),
    });
    best
}

/// How sure a winner is: as sure as its least sure pair.
fn very_likely(comparison: &Comparison, pairs: &[(&Row, &Pair)]) -> Sentence {
    let least = pairs.iter().map(|it| it.1).min_by_key(|it| it.redraws_in_100());
    let least = least.expect("a winner has others to win over");
    let others = match pairs.len() {
        1 => String::new(),
        _ => ", and every other base at least as often".to_owned(),
    };
    let text = format!(
        "The gain is very likely real: {} was lower in {} of 100 redraws of the scored \
         texts{others}.",
        comparison.name(&least.lower),
        least.redraws_in_100()
    );
    sentence(Rule::HowSure, text, &sureness(least))
}

/// Why a base is not a sure winner over another; none where it is.
fn doubt<'p>(
    comparison: &Comparison,
    best: &Row,
    row: &Row,
    pair: &'p Pair,
) -> Option<(String, &'p Pair)> {
    let lower = format!("{} was lower in {} of 100 redraws", row.name, pair.redraws_in_100());
    let why = if (pair.n_docs as usize) < ENOUGH_DOCS {
        format!("{lower}, but of {} only", words::counted(pair.n_docs, "text", "texts"))
    } else if pair.verdict() != Verdict::VeryLikely {
        let p = words::p(pair.corrected_p);
        let corrected = match comparison.pairs.len() {
            1 => String::new(),
            n => format!(", corrected for {n} pairs"),
        };
        format!("{lower}, which may be chance all the same (p {p}{corrected})")
    } else if is_single(comparison, best) || is_single(comparison, row) {
        format!("{lower}, but a base was trained once only, and another seed may turn it round")
    } else if !is_beyond_luck(best, row) {
        format!(
            "{lower}, but runs of the same base differ about as much as {} and {} do",
            best.name, row.name
        )
    } else {
        return None;
    };
    Some((why, pair))
}

/// Whether a base was trained once, so that nothing is known of its luck.
fn is_single(comparison: &Comparison, row: &Row) -> bool {
    row.n_runs < 2 && comparison.base(&row.base).is_some_and(Base::is_trained)
}

/// Whether means over runs differ by more than runs do: a t-test at 5 % on the runs, since tests
/// on documents take the models as given.
pub(super) fn is_beyond_luck(best: &Row, other: &Row) -> bool {
    let degrees = (best.n_runs + other.n_runs).saturating_sub(2).max(1);
    let difference = best.micro.f1.mean - other.micro.f1.mean;
    t_quantile(0.975, degrees) * standard_error(best, other) < difference
}

/// The standard error of the difference of two means over runs.
pub(super) fn standard_error(a: &Row, b: &Row) -> f64 {
    let variance =
        |row: &Row| row.micro.f1.sd.map_or(0.0, |sd| sd * sd / f64::from(row.micro.f1.n.max(1)));
    (variance(a) + variance(b)).sqrt()
}

fn sureness(pair: &Pair) -> [(&'static str, f64); 4] {
    [
        ("difference in F1", pair.difference),
        ("share of redraws", pair.redraws_lower),
        ("corrected p", pair.corrected_p),
        ("scored texts", f64::from(pair.n_docs)),
    ]
}

/// What the better one brings, in spans where it finds more of them.
fn gain(best: &Row, next: &Row) -> String {
    let more = ((best.micro.recall.mean - next.micro.recall.mean) * 100.0).round();
    let f1 = words::score(best.micro.f1.mean - next.micro.f1.mean);
    match more {
        1.0.. => {
            let spans = words::counted(more as u64, "more span", "more spans");
            format!(
                "It finds about {spans} in 100 than {}, the next best (F1 {f1} higher).",
                next.name
            )
        }
        _ => format!("It is right more often than {}, the next best (F1 {f1} higher).", next.name),
    }
}

/// Some bases are tied with the best: the smallest of all these, then the fastest.
fn smallest<'c>(
    comparison: &Comparison,
    best: &'c Row,
    tied: &[&'c Row],
    said: &mut Vec<Sentence>,
) -> &'c Row {
    let all = tied.iter().copied().chain([best]);
    let cheaper = |a: &&Row, b: &&Row| {
        let speed = |it: &Row| it.words_per_sec.mean;
        a.model_bytes.cmp(&b.model_bytes).then(speed(b).total_cmp(&speed(a)))
    };
    let taken = all.min_by(cheaper).unwrap_or(best);
    let is_all = tied.len() + 1 == comparison.table.rows.len();
    let others = if is_all {
        "The others are not clearly better.".to_owned()
    } else {
        let names = tied.iter().copied().chain([best]).filter(|it| it.base != taken.base);
        let names: Vec<String> = names.map(|it| it.name.clone()).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        format!("{} {verb} not clearly better.", words::list(&names))
    };
    let figures = [("F1", taken.micro.f1.mean), ("best F1", best.micro.f1.mean)];
    let text = format!("Take the smallest, {}. {others}", taken.name);
    said.push(sentence(Rule::Smallest, text, &figures));
    let shown = comparison.pair(
        &best.base,
        &if taken.base == best.base { tied[0].base.clone() } else { taken.base.clone() },
    );
    if let Some(pair) = shown {
        let (higher, lower) = (comparison.name(&pair.higher), comparison.name(&pair.lower));
        let sure = match pair.verdict() {
            Verdict::Chance => "which could be chance",
            Verdict::Probable | Verdict::VeryLikely => {
                "which is little, and not shown to be more than chance"
            }
        };
        let text = match pair.difference {
            0.0 => pair.sentence(|it| comparison.name(it)),
            difference => format!(
                "{higher} is {} higher in F1 than {lower}, {sure}: {lower} is lower in {} of 100 \
                 redraws. That does not show that they are equal.",
                words::score(difference),
                pair.redraws_in_100(),
            ),
        };
        said.push(sentence(Rule::HowSure, text, &sureness(pair)));
    }
    taken
}

/// What the recommended base costs, and who should take another.
fn price(comparison: &Comparison, taken: &Row, best: &Row, said: &mut Vec<Sentence>) {
    let rows = || comparison.table.rows.iter().filter(|it| it.base != taken.base);
    let by_f1 = |a: &&Row, b: &&Row| a.micro.f1.mean.total_cmp(&b.micro.f1.mean);
    let Some(next) = rows().max_by(by_f1).filter(|_| taken.base == best.base) else { return };
    let slower = next.words_per_sec.mean / taken.words_per_sec.mean.max(f64::MIN_POSITIVE);
    let larger = taken.model_bytes as f64 / (next.model_bytes as f64).max(1.0);
    let costs = [(slower, "slower"), (larger, "larger")].into_iter().filter(|it| 1.5 <= it.0);
    let costs: Vec<String> =
        costs.map(|(ratio, what)| format!("{} times {what}", words::times(ratio))).collect();
    if !costs.is_empty() {
        let text = format!("It is {} than {}.", words::list(&costs), next.name);
        let figures = [
            ("words/s", taken.words_per_sec.mean),
            ("words/s of the next", next.words_per_sec.mean),
            ("bytes", taken.model_bytes as f64),
            ("bytes of the next", next.model_bytes as f64),
        ];
        said.push(sentence(Rule::Price, text, &figures));
    }
    let is_small = |it: &&Row| it.model_bytes * 2 <= taken.model_bytes;
    if let Some(small) = rows().filter(is_small).max_by(by_f1) {
        let text = format!(
            "If the model must be small, take {}: {}, F1 {}.",
            small.name,
            words::bytes(small.model_bytes),
            words::score(small.micro.f1.mean)
        );
        let figures = [("bytes", small.model_bytes as f64), ("F1", small.micro.f1.mean)];
        said.push(sentence(Rule::SmallerOne, text, &figures));
    }
}
