//! How a word looks: capitals, small letters, digits and signs.

/// The case of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    /// A capital, then small letters.
    Title,
    /// Nothing but capitals.
    Upper,
    Mixed,
    Digits,
    Sign,
}

/// The case of a word, which must not be empty.
pub(crate) fn case(word: &[char]) -> Case {
    let first = word[0];
    if first.is_numeric() {
        return Case::Digits;
    }
    if !first.is_alphabetic() {
        return Case::Sign;
    }
    let upper = word.iter().filter(|it| it.is_uppercase()).count();
    match upper {
        0 => Case::Lower,
        _ if upper == word.len() => Case::Upper,
        1 if first.is_uppercase() => Case::Title,
        _ => Case::Mixed,
    }
}

/// How capitals are used in a text. Where all words have one, a capital says little of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capitals {
    /// There are neither small letters nor capitals.
    Unclear,
    /// Small letters alone.
    None,
    /// Most words are capitals alone.
    Shouted,
    /// Most words begin with one.
    Headline,
    /// Less than a sixth of the words have some.
    Few,
    Some,
}

impl Capitals {
    /// How words of these cases use capitals together.
    pub(crate) fn of(cases: impl Iterator<Item = Case>) -> Self {
        let (mut lower, mut title, mut upper) = (0, 0, 0);
        for case in cases {
            match case {
                Case::Lower => lower += 1,
                Case::Title => title += 1,
                Case::Upper => upper += 1,
                Case::Mixed | Case::Digits | Case::Sign => {}
            }
        }
        let (with, all) = (title + upper, lower + title + upper);
        if all == 0 {
            Self::Unclear
        } else if with == 0 {
            Self::None
        } else if all < 2 * upper {
            Self::Shouted
        } else if all < 2 * title {
            Self::Headline
        } else if 6 * with < all {
            Self::Few
        } else {
            Self::Some
        }
    }
}

fn class(c: char) -> char {
    match c {
        _ if c.is_uppercase() => 'X',
        _ if c.is_alphabetic() => 'x',
        _ if c.is_numeric() => 'd',
        _ => c,
    }
}

/// `X`, `x`, `d` and signs, with runs cut to `longest`: `Abcdef12` is `Xxxxdd` at 3.
pub(crate) fn shape(word: &[char], longest: usize) -> Vec<char> {
    let mut shape: Vec<char> = Vec::new();
    let mut run = 0;
    for class in word.iter().map(|it| class(*it)) {
        run = if shape.last() == Some(&class) { run + 1 } else { 1 };
        if run <= longest {
            shape.push(class);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expect: (Case, &str, &str)) {
        let word: Vec<char> = word.chars().collect();
        let shape = |longest| -> String { shape(&word, longest).into_iter().collect() };
        assert_eq!((case(&word), shape(3).as_str(), shape(1).as_str()), expect);
    }

    #[test]
    fn capitals_of_a_text() {
        let check = |text: &str, expect: Capitals| {
            let words = text.split(' ').map(|it| case(&it.chars().collect::<Vec<char>>()));
            assert_eq!(Capitals::of(words), expect, "{text:?}");
        };
        check("12 !", Capitals::Unclear);
        check("no capitals here", Capitals::None);
        check("NOT so LOUD", Capitals::Shouted);
        check("New Album of the Year Out", Capitals::Headline);
        check("Once in a text of seven words", Capitals::Few);
        check("Once in a text", Capitals::Some);
    }

    #[test]
    fn shapes_and_cases() {
        check("Abcdef", (Case::Title, "Xxxx", "Xx"));
        check("mRNAs", (Case::Mixed, "xXXXx", "xXx"));
        check("NMDA", (Case::Upper, "XXX", "X"));
        check("2019", (Case::Digits, "ddd", "d"));
        check("粒子", (Case::Lower, "xx", "x"));
        check("(", (Case::Sign, "(", "("));
    }
}
