//! Numbers, sizes and times as people read them.

/// Thousands apart by a narrow no-break space: 18 420.
pub(crate) fn count(n: impl Into<u64>) -> String {
    let digits = n.into().to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
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
pub(crate) fn bytes(n: f64) -> String {
    match n {
        n if n < 1e3 => format!("{n:.0} bytes"),
        n if n < 1e6 => format!("{:.0} KB", n / 1e3),
        n if n < 1e9 => format!("{:.1} MB", n / 1e6),
        n => format!("{:.1} GB", n / 1e9),
    }
}

/// F1, precision, recall: 0.816.
pub(crate) fn score(value: f64) -> String {
    format!("{value:.3}")
}

/// Three significant figures: 0.214, 1.35, 12.4.
pub(crate) fn loss(value: f64) -> String {
    let digits = match value.abs() {
        v if v < 1.0 => 3,
        v if v < 10.0 => 2,
        v if v < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

/// Time left or taken: 0:41, 12:05, about 50 min.
pub(crate) fn duration(secs: f64) -> String {
    let secs = secs.max(0.0).round() as u64;
    match secs {
        0..1200 => format!("{}:{:02}", secs / 60, secs % 60),
        1200..7200 => format!("about {} min", (secs + 30) / 60),
        _ => format!("about {} h", (secs + 1800) / 3600),
    }
}

/// A share of a whole: “60 %”. Whole per cents, as in progress.
pub(crate) fn percent(part: u32, whole: u32) -> String {
    let percent = if whole == 0 { 0 } else { u64::from(part) * 100 / u64::from(whole) };
    format!("{percent}\u{a0}%")
}
