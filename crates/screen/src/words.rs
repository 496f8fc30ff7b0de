//! Numbers, sizes and times as people read them.

/// Thousands apart by a narrow no-break space: 18 420.
pub fn count(n: impl Into<u64>) -> String {
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
pub fn counted(n: impl Into<u64>, one: &str, many: &str) -> String {
    let n = n.into();
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// Bytes, one decimal from MB up: “418 KB”, “1.2 MB”.
pub fn bytes(n: f64) -> String {
    match n {
        n if n < 1e3 => format!("{n:.0} bytes"),
        n if n < 1e6 => format!("{:.0} KB", n / 1e3),
        n if n < 1e9 => format!("{:.1} MB", n / 1e6),
        n => format!("{:.1} GB", n / 1e9),
    }
}

/// F1, precision, recall: 0.816.
pub fn score(value: f64) -> String {
    format!("{value:.3}")
}

/// Three significant figures: 0.214, 1.35, 12.4.
pub fn loss(value: f64) -> String {
    let digits = match value.abs() {
        v if v < 1.0 => 3,
        v if v < 10.0 => 2,
        v if v < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

/// Time left or taken: 0:41, 12:05, about 50 min.
pub fn duration(secs: f64) -> String {
    let secs = secs.max(0.0).round() as u64;
    match secs {
        0..1200 => format!("{}:{:02}", secs / 60, secs % 60),
        1200..7200 => format!("about {} min", (secs + 30) / 60),
        _ => format!("about {} h", (secs + 1800) / 3600),
    }
}

/// Time that something took: “0.4 s”, “41 s”, “4 min 10 s”, “2 h 05 min”.
pub fn took(secs: f64) -> String {
    let whole = secs.max(0.0).round() as u64;
    match whole {
        _ if secs < 9.95 => format!("{:.1} s", secs.max(0.0)),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A difference of scores: +0.021, −0.003, 0.000.
pub fn signed(value: f64) -> String {
    let shown = score(value.abs());
    match value {
        _ if shown == "0.000" => shown,
        value if value < 0.0 => format!("−{shown}"),
        _ => format!("+{shown}"),
    }
}

/// A share of a whole: “60 %”. Whole per cents, as in progress.
pub fn percent(part: u32, whole: u32) -> String {
    let percent = if whole == 0 { 0 } else { u64::from(part) * 100 / u64::from(whole) };
    format!("{percent}\u{a0}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let shown = [0_u32, 999, 1_000, 18_420, 1_234_567].map(count);
        assert_eq!(shown, ["0", "999", "1\u{202f}000", "18\u{202f}420", "1\u{202f}234\u{202f}567"]);
        assert_eq!(counted(1_u32, "text", "texts"), "1 text");
        assert_eq!(counted(0_u32, "text", "texts"), "0 texts");
    }

    #[test]
    fn sizes_have_a_decimal_from_megabytes_up() {
        let shown = [12.0, 417_600.0, 1.24e6, 3.0e9].map(bytes);
        assert_eq!(shown, ["12 bytes", "418 KB", "1.2 MB", "3.0 GB"]);
    }

    #[test]
    fn a_loss_has_three_figures_and_a_score_three_decimals() {
        assert_eq!([0.2139, 1.349, 12.36, 123.4].map(loss), ["0.214", "1.35", "12.4", "123"]);
        assert_eq!(score(0.8164), "0.816");
    }

    #[test]
    fn times_are_exact_up_to_twenty_minutes() {
        let shown = [0.4, 41.0, 725.0, 3_000.0, 7_200.0].map(duration);
        assert_eq!(shown, ["0:00", "0:41", "12:05", "about 50 min", "about 2 h"]);
    }

    #[test]
    fn times_taken_and_differences_say_their_unit_and_sign() {
        let shown = [0.42, 9.94, 41.2, 250.0, 7_500.0].map(took);
        assert_eq!(shown, ["0.4 s", "9.9 s", "41 s", "4 min 10 s", "2 h 05 min"]);
        assert_eq!([0.0211, -0.003, -0.0001].map(signed), ["+0.021", "−0.003", "0.000"]);
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(percent(2, 3), "66\u{a0}%");
        assert_eq!(percent(0, 0), "0\u{a0}%");
    }
}
