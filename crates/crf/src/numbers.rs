//! Arithmetic that gives the same bits on every machine: exponentials and logarithms from sums and
//! products alone, and halves of floats.

/// `e` to the power of `x`, to about seven digits; outside -87..88 the value at the border.
#[inline]
pub(crate) fn exp(x: f32) -> f32 {
    /// Adding and taking away 1.5 · 2^23 rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;

    let x = x.clamp(-87.0, 88.0);
    let n = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    // ln 2 in two parts, so that the rest keeps its last digits.
    let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let tail = 0.166_666_67 + r * (0.041_666_67 + r * (0.008_333_334 + r * 0.001_388_889));
    let power = 1.0 + r + r * r * (0.5 + r * tail);
    power * f32::from_bits(((n as i32 + 127) << 23).cast_unsigned())
}

/// The natural logarithm of a positive number, to about seven digits.
pub(crate) fn ln(x: f32) -> f32 {
    let x = x.max(f32::MIN_POSITIVE);
    let bits = x.to_bits();
    // The mantissa between sqrt(1/2) and sqrt(2), and the exponent that belongs to it.
    let shifted = bits.wrapping_sub(0x3f35_04f3);
    let exponent = shifted.cast_signed() >> 23;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff) + 0x3f35_04f3);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let series = 1.0 + square * (0.333_333_34 + square * (0.2 + square * 0.142_857_15));
    2.0 * s * series + exponent as f32 * std::f32::consts::LN_2
}

/// The logarithm of the odds of a probability, kept within ±14.
pub(crate) fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    ln(p / (1.0 - p))
}

/// The probability of which `x` is the [`logit`].
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_to_the_library() {
        for step in -800..800_i16 {
            let x = f32::from(step) / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-6, "exp {x}");
            assert!((ln(x.exp()) - x).abs() < 2e-5, "ln exp {x}");
            assert!((ln(1.0 + x.abs()) - (1.0 + x.abs()).ln()).abs() < 1e-5, "ln {x}");
        }
        assert!((sigmoid(logit(0.2)) - 0.2).abs() < 1e-5);
    }
}
