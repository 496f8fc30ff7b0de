//! Marks against the tokens of bases, in words.

use align::{Action, Counts, Drawn, Place, Plan};

use crate::words::{count, counted};

/// How many bytes of a text are shown before and behind a mark.
const AROUND: u32 = 72;
/// How many tokens of a mark are drawn at its start, and at its end, when it is long.
const DRAWN: usize = 6;

/// The share of marks that fit, as “98.6 %”. Never 100 % while one does not.
pub fn share(counts: &Counts) -> Option<String> {
    let per_mille = (counts.share_fit()? * 1000.0).floor();
    Some(format!("{:.1}\u{a0}%", per_mille / 10.0))
}

/// How many marks fit and how many do not, as “98.6 % fit · 47 do not”.
pub fn fit(counts: &Counts) -> String {
    match (share(counts), counts.misfits) {
        (None, _) => "no marks".to_owned(),
        (Some(_), 0) => "all fit".to_owned(),
        (Some(share), n) => format!("{share} fit · {}", counted(n, "does not", "do not")),
    }
}

/// The best F1 that a flat model can reach, rounded down. None when nothing is in its way.
pub fn ceiling(counts: &Counts) -> Option<String> {
    let f1 = counts.f1_ceiling_flat().filter(|it| *it < 1.0)?;
    Some(format!("F1 at most {:.3}", (f1 * 1000.0).floor() / 1000.0))
}

/// What a flat model cannot learn of marks that fit, as a sentence. None when there is nothing.
pub fn overlaps(counts: &Counts) -> Option<String> {
    (counts.overlapping != 0).then(|| {
        let marks = counted(counts.overlapping, "mark gives way", "marks give way");
        format!("{marks} to a longer one over the same words: a model learns one of them.")
    })
}

/// What would be done for a base, as “With blank:en: 31 to grow, 3 to look at”.
pub fn plan(base: &str, plan: &Plan) -> String {
    let Plan { grow, shrink, shift, look_at } = *plan;
    let kinds =
        [(grow, "to grow"), (shrink, "to shrink"), (shift, "to move"), (look_at, "to look at")];
    let some = kinds.into_iter().filter(|(n, _)| *n != 0);
    let parts: Vec<String> = some.map(|(n, what)| format!("{} {what}", count(n))).collect();
    match parts.is_empty() {
        true => format!("With {base}: every mark fits"),
        false => format!("With {base}: {}", parts.join(", ")),
    }
}

/// A button that corrects `n` marks alike, as “Grow to word” or “Grow all 31 to words”.
pub fn fix_alike(action: Action, n: u32) -> String {
    let verb = match action {
        Action::Grow => "Grow",
        Action::Shrink => "Shrink",
        Action::Move => "Move",
        Action::LookAt => return action.words().to_owned(),
    };
    match n {
        0 | 1 => action.words().to_owned(),
        n => format!("{verb} all {} to words", count(n)),
    }
}

/// Names in a row: “a, b and c”.
pub fn names(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

/// The stretch of a text of `len` bytes that is shown around a mark.
pub fn around(mark: Place, len: u32) -> Place {
    let end = mark.end.saturating_add(AROUND).min(len);
    Place { start: mark.start.saturating_sub(AROUND), end }
}

/// The tokens that are drawn of a mark: all, or the first and the last when there are many.
pub fn both_ends(tokens: &[Drawn]) -> (&[Drawn], &[Drawn]) {
    match tokens.len() <= 2 * DRAWN + 1 {
        true => (tokens, &[]),
        false => (&tokens[..DRAWN], &tokens[tokens.len() - DRAWN..]),
    }
}

/// A token in its three parts: before the mark, marked, behind it. Line breaks and tabs are made
/// visible, so that a token stays on its line.
pub fn parts(token: &Drawn) -> [String; 3] {
    let (start, end) = (token.marked.0 as usize, token.marked.1 as usize);
    let seen = |part: &str| {
        let sign = |it: char| match it {
            '\n' | '\r' => '↵',
            '\t' => '⇥',
            it => it,
        };
        part.chars().map(sign).collect()
    };
    let part = |start: usize, end: usize| seen(token.text.get(start..end).unwrap_or_default());
    match start < end {
        true => [part(0, start), part(start, end), part(end, token.text.len())],
        false => [seen(&token.text), String::new(), String::new()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(spans: u32, misfits: u32, overlapping: u32) -> Counts {
        Counts { spans, misfits, overlapping }
    }

    #[test]
    fn what_does_not_fit_is_never_rounded_away() {
        assert_eq!(fit(&counts(3349, 47, 0)), "98.5\u{a0}% fit · 47 do not");
        assert_eq!(fit(&counts(100_000, 1, 0)), "99.9\u{a0}% fit · 1 does not");
        assert_eq!(fit(&counts(7, 0, 2)), "all fit");
        assert_eq!(fit(&counts(0, 0, 0)), "no marks");
        assert_eq!(ceiling(&counts(100_000, 1, 0)).as_deref(), Some("F1 at most 0.999"));
        assert_eq!(ceiling(&counts(4, 1, 1)).as_deref(), Some("F1 at most 0.666"));
        assert_eq!(ceiling(&counts(4, 0, 0)), None);
        assert_eq!(overlaps(&counts(4, 1, 0)), None);
        assert!(overlaps(&counts(4, 0, 1)).is_some_and(|it| it.starts_with("1 mark gives way to")));
    }

    #[test]
    fn what_will_be_done_is_said_with_its_numbers() {
        let some = Plan { grow: 31, shrink: 0, shift: 1, look_at: 3 };
        assert_eq!(plan("blank:en", &some), "With blank:en: 31 to grow, 1 to move, 3 to look at");
        assert_eq!(plan("scispacy", &Plan::default()), "With scispacy: every mark fits");
        assert_eq!(fix_alike(Action::Grow, 1), "Grow to word");
        assert_eq!(fix_alike(Action::Shrink, 1200), "Shrink all 1\u{202f}200 to words");
        assert_eq!(fix_alike(Action::LookAt, 5), "Look at it");
        assert_eq!(names(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn a_token_is_cut_at_the_mark() {
        let token = |text: &str, marked| Drawn { text: text.into(), blank_before: false, marked };
        assert_eq!(parts(&token("Fe3O4@SiO2", (0, 5))), ["", "Fe3O4", "@SiO2"]);
        assert_eq!(parts(&token("\n", (0, 0))), ["↵", "", ""]);
        let long: Vec<Drawn> = (0..14).map(|_| token("a", (0, 1))).collect();
        assert_eq!(both_ends(&long[..13]), (&long[..13], &[][..]));
        assert_eq!(both_ends(&long).1.len(), 6);
        assert_eq!(around(Place { start: 9, end: 99 }, 120), Place { start: 0, end: 120 });
    }
}
