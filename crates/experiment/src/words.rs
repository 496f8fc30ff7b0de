//! Numbers as people read them.

/// A narrow no-break space.
const THIN: char = '\u{202f}';

/// F1, precision, recall: 0.816.
pub(crate) fn score(value: f64) -> String {
    format!("{value:.3}")
}

/// A difference of scores: +0.021, −0.003, 0.000.
pub(crate) fn signed(value: f64) -> String {
    let shown = format!("{:.3}", value.abs());
    match value {
        _ if shown == "0.000" => shown,
        value if value < 0.0 => format!("−{shown}"),
        _ => format!("+{shown}"),
    }
}

/// A probability: 0.03, 0.004, “below 0.001”.
pub(crate) fn p(value: f64) -> String {
    match value {
        value if value < 0.001 => "below 0.001".to_owned(),
        value if value < 0.01 => format!("{value:.3}"),
        value => format!("{value:.2}"),
    }
}

/// Thousands apart by a narrow no-break space: 18 420.
pub(crate) fn count(n: impl Into<u64>) -> String {
    let digits = n.into().to_string();
    let mut out = String::with_capacity(digits.len() + 6);
    for (at, digit) in digits.chars().enumerate() {
        if 0 < at && (digits.len() - at).is_multiple_of(3) {
            out.push(THIN);
        }
        out.push(digit);
    }
    out
}

/// A number with its noun: “1 text”, “240 texts”.
pub(crate) fn counted(n: impl Into<u64>, one: &str, many: &str) -> String {
    let n = n.into();
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// Bytes, one decimal from MB up: “418 KB”, “1.2 MB”.
pub(crate) fn bytes(n: u64) -> String {
    match n as f64 {
        n if n < 1e3 => format!("{n:.0} bytes"),
        n if n < 1e6 => format!("{:.0} KB", n / 1e3),
        n if n < 1e9 => format!("{:.1} MB", n / 1e6),
        n => format!("{:.1} GB", n / 1e9),
    }
}

/// Time taken: “41 s”, “4 min 10 s”, “2 h 05 min”.
pub(crate) fn duration(secs: f64) -> String {
    let secs = secs.max(0.0).round() as u64;
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min {:02} s", secs / 60, secs % 60),
        _ => format!("{} h {:02} min", secs / 3600, secs % 3600 / 60),
    }
}

/// Names as a list in a sentence: “a”, “a and b”, “a, b and c”.
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// How many times one figure is another: “1.4”, “8”.
pub(crate) fn times(ratio: f64) -> String {
    if ratio < 4.95 { format!("{ratio:.1}") } else { count(ratio.round() as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0.0211, -0.003, -0.0001].map(signed), ["+0.021", "−0.003", "0.000"]);
        assert_eq!([0.0002, 0.0041, 0.049, 1.0].map(p), ["below 0.001", "0.004", "0.05", "1.00"]);
        assert_eq!(counted(18_420_u32, "text", "texts"), "18\u{202f}420 texts");
        assert_eq!(counted(1_u32, "text", "texts"), "1 text");
        assert_eq!([12, 417_600, 1_240_000].map(bytes), ["12 bytes", "418 KB", "1.2 MB"]);
        assert_eq!([41.2, 250.0, 7500.0].map(duration), ["41 s", "4 min 10 s", "2 h 05 min"]);
        assert_eq!([1.44, 4.94, 8.2].map(times), ["1.4", "4.9", "8"]);
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(
            [list(&names[..1]), list(&names[..2]), list(&names)],
            ["a", "a and b", "a, b and c"]
        );
    }
}
