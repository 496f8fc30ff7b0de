//! `Entity=` of `CorefUD` and GUM: brackets around words, `(e1-person-1` … `e1)`.

use corpus::Label;

use crate::tags::Tagged;

/// The mentions in the cells of a text, one cell a word, with how many brackets fit no other.
/// `type_at` says which of the parts between hyphens is the type. A mention without a type gives
/// no mark.
pub(super) fn mentions<'c>(
    cells: impl IntoIterator<Item = Option<&'c str>>,
    type_at: usize,
) -> (Vec<Tagged>, usize) {
    let (mut done, mut n_odd) = (Vec::new(), 0);
    // First word, name and type of each mention that is open.
    let mut open: Vec<(usize, &str, Option<Label>)> = Vec::new();
    for (at, cell) in cells.into_iter().enumerate() {
        for part in parts(cell.unwrap_or_default()) {
            let opens = part.starts_with('(');
            let inside = part.trim_matches(['(', ')']);
            let name = inside.split('-').next().unwrap_or_default();
            if opens {
                let label = inside.split('-').nth(type_at).and_then(|it| Label::new(it).ok());
                open.push((at, name, label));
            }
            if part.ends_with(')') {
                let found = open.iter().rposition(|it| it.1 == inside || it.1 == name);
                let Some(found) = found else {
                    n_odd += 1;
                    continue;
                };
                if let (first, _, Some(label)) = open.remove(found) {
                    done.push(Tagged { first, last: at, label });
                }
            }
        }
    }
    done.sort_by(|a, b| (a.first, b.last, &a.label).cmp(&(b.first, a.last, &b.label)));
    (done, n_odd + open.len())
}

/// `(e1-person(e2-place)e3)` as `(e1-person`, `(e2-place)`, `e3)`.
fn parts(cell: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, c) in cell.char_indices() {
        let end = match c {
            '(' if start < at => at,
            ')' => at + 1,
            _ => continue,
        };
        parts.push(&cell[start..end]);
        start = end;
    }
    if start < cell.len() {
        parts.push(&cell[start..]);
    }
    parts.retain(|it| it.contains(['(', ')']));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_nest_cross_and_miss() {
        let shown = |cells: &[Option<&'static str>]| {
            let (found, n_odd) = mentions(cells.iter().copied(), 1);
            let found: Vec<String> =
                found.iter().map(|it| format!("{}–{} {}", it.first, it.last, it.label)).collect();
            (found.join(", "), n_odd)
        };
        let cells = [
            Some("(e1-person-1(e2-place)"),
            None,
            Some("e1)(e3-x"),
            Some("(e4-y"),
            Some("e3)"),
            Some("e4)e9)"),
        ];
        assert_eq!(shown(&cells), ("0–2 person, 0–0 place, 2–4 x, 3–5 y".into(), 1));
        assert_eq!(shown(&[Some("(e5"), Some("e5)"), Some("(e6-z-")]), (String::new(), 1));
        assert_eq!(shown(&[Some("()))(("), Some("🧪)")]), (String::new(), 5));
    }
}
