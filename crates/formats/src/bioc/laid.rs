//! Where the passages of a document lie in its text.

use crate::count::{Count, Scale};

/// Where a passage, or a sentence of one, lies in the text that is put together.
pub(super) struct Laid {
    /// Its offset in the file.
    pub(super) offset: i64,
    pub(super) text: String,
    /// Its first byte.
    pub(super) start: usize,
}

/// The most that may lie between two passages, in units.
const WIDEST_GAP: i64 = 1000;

/// Puts the passages together; what lies between two of them becomes blank.
pub(super) fn lay(texts: &[(i64, String, &str)], count: Count) -> (String, Vec<Laid>) {
    let mut all = String::new();
    let mut laid: Vec<Laid> = Vec::new();
    let mut behind: Option<i64> = None;
    for (offset, text, join) in texts {
        if let Some(behind) = behind {
            match offset.saturating_sub(behind) {
                0 => {}
                gap @ 1..=WIDEST_GAP => {
                    all.extend(std::iter::repeat_n(' ', gap.unsigned_abs() as usize - 1));
                    all.push_str(join);
                }
                // The offsets say nothing of the distance.
                _ => all.push_str(join),
            }
        }
        laid.push(Laid { offset: *offset, text: text.clone(), start: all.len() });
        all.push_str(text);
        behind = Some(offset.saturating_add(i64::from(Scale::new(text, count).len())));
    }
    (all, laid)
}

/// A place in the file as bytes of the text.
pub(super) fn to_bytes(
    (start, end): (i64, i64),
    laid: &[Laid],
    count: Count,
) -> Option<(i64, i64)> {
    let home = laid.iter().rev().find(|it| it.offset <= start && !it.text.is_empty());
    let home = home.or_else(|| laid.first())?;
    let inside = |home: &Laid, at: i64| {
        let byte = Scale::new(&home.text, count).to_byte(at.saturating_sub(home.offset))?;
        Some(i64::try_from(home.start).ok()? + i64::from(byte))
    };
    // One that reaches into the next passage ends there.
    let last = laid.iter().rev().find(|it| it.offset < end && !it.text.is_empty());
    let from = inside(home, start);
    let to = inside(home, end).or_else(|| last.and_then(|it| inside(it, end)));
    from.zip(to)
}
