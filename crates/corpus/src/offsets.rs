//! The three rulers of a text: bytes (ours), code points (Python's), UTF-16 units (the browser's).

/// What offsets are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// UTF-8 bytes, as inside Nerine.
    Bytes,
    /// Unicode code points, as in Python and most files.
    CodePoints,
    /// UTF-16 code units, as in JavaScript.
    Utf16,
}

/// How far apart the ruler's ticks are, in bytes.
const STEP: usize = 128;

/// One text measured in all three units, so that converting an offset is cheap.
#[derive(Clone, Debug)]
pub struct Ruler<T> {
    text: T,
    /// The three positions of a code point border at or behind each multiple of [`STEP`] bytes.
    /// Empty for ASCII, where the rulers agree.
    ticks: Vec<Tick>,
    end: Tick,
}

/// One place in the text, in every unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tick {
    bytes: u32,
    code_points: u32,
    utf16: u32,
}

impl Tick {
    fn get(self, unit: Unit) -> u32 {
        match unit {
            Unit::Bytes => self.bytes,
            Unit::CodePoints => self.code_points,
            Unit::Utf16 => self.utf16,
        }
    }

    fn after(self, c: char) -> Tick {
        Tick {
            bytes: self.bytes + c.len_utf8() as u32,
            code_points: self.code_points + 1,
            utf16: self.utf16 + c.len_utf16() as u32,
        }
    }
}

impl<T: AsRef<str>> Ruler<T> {
    /// Measures `text`.
    pub fn new(text: T) -> Self {
        let len = text.as_ref().len() as u32;
        if text.as_ref().is_ascii() {
            let end = Tick { bytes: len, code_points: len, utf16: len };
            return Self { text, ticks: Vec::new(), end };
        }
        let mut ticks = vec![Tick::default()];
        let mut at = Tick::default();
        for c in text.as_ref().chars() {
            at = at.after(c);
            if ticks.len() * STEP <= at.bytes as usize {
                ticks.push(at);
            }
        }
        Self { text, ticks, end: at }
    }

    /// Length of the text.
    pub fn len(&self, unit: Unit) -> u32 {
        self.end.get(unit)
    }

    /// Whether the text has no character.
    pub fn is_empty(&self) -> bool {
        self.end.bytes == 0
    }

    /// The text that is measured.
    pub fn text(&self) -> &str {
        self.text.as_ref()
    }

    /// The byte at which the offset `at`, counted in `unit`, lies. None when it lies behind the
    /// end of the text or inside a code point.
    pub fn to_bytes(&self, at: u32, unit: Unit) -> Option<u32> {
        self.find(at, unit).map(|tick| tick.bytes)
    }

    /// The byte offset `at`, counted in `unit`. None when it lies behind the end of the text or
    /// inside a code point.
    pub fn from_bytes(&self, at: u32, unit: Unit) -> Option<u32> {
        self.find(at, Unit::Bytes).map(|tick| tick.get(unit))
    }

    fn find(&self, at: u32, unit: Unit) -> Option<Tick> {
        if self.end.get(unit) < at {
            return None;
        }
        if self.ticks.is_empty() {
            return Some(Tick { bytes: at, code_points: at, utf16: at });
        }
        let idx = self.ticks.partition_point(|tick| tick.get(unit) <= at) - 1;
        let mut tick = self.ticks[idx];
        let mut rest = self.text()[tick.bytes as usize..].chars();
        while tick.get(unit) < at {
            tick = tick.after(rest.next()?);
        }
        (tick.get(unit) == at).then_some(tick)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_offset_inside_a_character_is_none() {
        let ruler = Ruler::new("a🔬é");
        assert_eq!(ruler.from_bytes(1, Unit::Utf16), Some(1));
        assert_eq!(ruler.from_bytes(5, Unit::Utf16), Some(3));
        assert_eq!(ruler.to_bytes(2, Unit::Utf16), None, "between two surrogates");
        assert_eq!(ruler.from_bytes(3, Unit::CodePoints), None);
        assert_eq!(ruler.to_bytes(3, Unit::CodePoints), Some(7));
        assert_eq!(ruler.to_bytes(4, Unit::CodePoints), None, "behind the end");
    }

    proptest! {
        #[test]
        fn every_border_converts_there_and_back(text in "\\PC{0,400}") {
            let ruler = Ruler::new(&text);
            let (mut points, mut units) = (0, 0);
            for (byte, c) in text.char_indices() {
                let byte = byte as u32;
                prop_assert_eq!(ruler.from_bytes(byte, Unit::CodePoints), Some(points));
                prop_assert_eq!(ruler.from_bytes(byte, Unit::Utf16), Some(units));
                prop_assert_eq!(ruler.to_bytes(points, Unit::CodePoints), Some(byte));
                prop_assert_eq!(ruler.to_bytes(units, Unit::Utf16), Some(byte));
                points += 1;
                units += c.len_utf16() as u32;
            }
            prop_assert_eq!(ruler.len(Unit::CodePoints), points);
            prop_assert_eq!(ruler.len(Unit::Utf16), units);
        }
    }
}
