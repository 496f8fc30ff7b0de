//! Classes of thousands of characters made small.

use std::fmt::Write;

/// Matches each character.
pub(crate) const ANY: &str = "(?s:.)";

/// How many code points are taken together beyond ASCII. With more, the engine takes the patterns
/// for small ones and compiles them into larger automata, which takes longer.
const BLOCK: u32 = 32;

/// A class that matches whatever `class` does, and more: beyond ASCII all characters near one of
/// its members. A class that we cannot read becomes any character.
pub(crate) fn rough_class(class: &str) -> String {
    let Some(mut ranges) = members(class) else { return ANY.to_owned() };
    for (first, last) in &mut ranges {
        if 0x7f < *first {
            *first = (*first / BLOCK * BLOCK).max(0x80);
        }
        if 0x7f < *last {
            *last = (*last | (BLOCK - 1)).min(u32::from(char::MAX));
        }
    }
    ranges.sort_unstable();
    let mut rough = String::from("[");
    let mut ranges = ranges.into_iter().peekable();
    while let Some((first, mut last)) = ranges.next() {
        while let Some((_, next)) = ranges.next_if(|it| it.0 <= last + 1) {
            last = last.max(next);
        }
        let _ = write!(rough, r"\x{{{first:x}}}-\x{{{last:x}}}");
    }
    rough.push(']');
    rough
}

/// The first and last code point of each member of a class. None if it has a member that is no
/// code point, or names what it does not hold.
fn members(class: &str) -> Option<Vec<(u32, u32)>> {
    let mut rest = class.strip_prefix('[')?.strip_suffix(']')?;
    if rest.starts_with('^') {
        return None;
    }
    let mut members = Vec::new();
    while !rest.is_empty() {
        let (first, after) = code_point(rest)?;
        let (last, after) = match after.strip_prefix('-') {
            Some(end) if !end.is_empty() => code_point(end)?,
            _ => (first, after),
        };
        members.push((first, last));
        rest = after;
    }
    Some(members)
}

/// The code point that stands first in a class, and what comes behind it.
fn code_point(class: &str) -> Option<(u32, &str)> {
    let Some(escape) = class.strip_prefix('\\') else {
        let ch = class.chars().next()?;
        return Some((u32::from(ch), &class[ch.len_utf8()..]));
    };
    let ch = escape.chars().next()?;
    let after = &escape[ch.len_utf8()..];
    let n_digits = match ch {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ if ch.is_ascii_alphanumeric() => return None,
        _ => return Some((u32::from(ch), after)),
    };
    let code = u32::from_str_radix(after.get(..n_digits)?, 16).ok()?;
    Some((code, &after[n_digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(class: &str, expected: &str) {
        assert_eq!(rough_class(class), expected);
    }

    #[test]
    fn ascii_stays_and_the_rest_grows() {
        check(r"[A-Za\-]", r"[\x{2d}-\x{2d}\x{41}-\x{5a}\x{61}-\x{61}]");
        check(r"[é\u0102-\u1300]", r"[\x{e0}-\x{131f}]");
        check(r"[\U0002B820ab-]", r"[\x{2d}-\x{2d}\x{61}-\x{62}\x{2b820}-\x{2b83f}]");
        check(r"[y-é]", r"[\x{79}-\x{ff}]");
        check(r"[\uAC00-\uD7AF\uF900]", r"[\x{ac00}-\x{d7bf}\x{f900}-\x{f91f}]");
    }

    #[test]
    fn what_cannot_be_read_is_any_character() {
        for class in [r"[^a]", r"[\d]", r"[\u12]", "[a"] {
            check(class, ANY);
        }
    }
}
