//! The bases whose tokenizer is built in.

use std::{fmt, str::FromStr};

/// What a training run starts from, as far as it decides the tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// spaCy's blank English pipeline.
    #[default]
    BlankEn,
    /// spaCy's blank German pipeline.
    BlankDe,
    /// spaCy's blank French pipeline.
    BlankFr,
    /// spaCy's blank Spanish pipeline.
    BlankEs,
    /// spaCy's blank pipeline for many languages.
    BlankXx,
    /// spaCy's blank Chinese pipeline, without a segmenter: each character is a token.
    BlankZh,
    /// scispaCy's tokenizer, which keeps names of chemicals and genes whole more often.
    SciSpacy,
}

impl Base {
    /// All of them.
    pub const ALL: [Base; 7] = [
        Base::BlankEn,
        Base::BlankDe,
        Base::BlankFr,
        Base::BlankEs,
        Base::BlankXx,
        Base::BlankZh,
        Base::SciSpacy,
    ];

    /// The name by which people ask for it, as in `blank:en`.
    pub fn name(self) -> &'static str {
        match self {
            Base::BlankEn => "blank:en",
            Base::BlankDe => "blank:de",
            Base::BlankFr => "blank:fr",
            Base::BlankEs => "blank:es",
            Base::BlankXx => "blank:xx",
            Base::BlankZh => "blank:zh",
            Base::SciSpacy => "scispacy",
        }
    }

    /// The language as spaCy names it, as in `en`.
    pub fn lang(self) -> &'static str {
        match self {
            Base::BlankEn | Base::SciSpacy => "en",
            Base::BlankDe => "de",
            Base::BlankFr => "fr",
            Base::BlankEs => "es",
            Base::BlankXx => "xx",
            Base::BlankZh => "zh",
        }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Base {
    type Err = UnknownBase;

    fn from_str(name: &str) -> Result<Self, UnknownBase> {
        let base = Base::ALL.into_iter().find(|it| it.name() == name);
        base.ok_or_else(|| UnknownBase::Name { name: name.to_owned() })
    }
}

/// Why a base cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownBase {
    /// No base has this name.
    #[error("unknown base {name:?}: use {}", Base::ALL.map(Base::name).join(", "))]
    Name {
        /// What was asked for.
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for base in Base::ALL {
            assert_eq!(base.name().parse(), Ok(base));
        }
    }

    #[test]
    fn unknown_names_say_what_there_is() {
        let err = "x".parse::<Base>().expect_err("there is no base x");
        let expected = r#"unknown base "x": use blank:en, blank:de, blank:fr, blank:es, blank:xx, blank:zh, scispacy"#;
        assert_eq!(err.to_string(), expected);
    }
}
