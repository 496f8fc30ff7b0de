//! The bases whose tokenizer is built in.

use std::{fmt, str::FromStr};

/// What a training run starts from, as far as it decides the tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Base {
    /// spaCy's blank English pipeline.
    #[default]
    BlankEn,
}

impl Base {
    /// The name by which people ask for it, as in `blank:en`.
    pub fn name(self) -> &'static str {
        match self {
            Base::BlankEn => "blank:en",
        }
    }

    /// The rules of its tokenizer, as JSON that [`Rules`](crate::Rules) reads.
    pub(crate) fn rules_json(self) -> &'static str {
        match self {
            Base::BlankEn => include_str!("../rules/en.json"),
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
        match name {
            "blank:en" => Ok(Base::BlankEn),
            _ => Err(UnknownBase::Name { name: name.to_owned() }),
        }
    }
}

/// Why a base cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownBase {
    /// No base has this name.
    #[error("unknown base {name:?}: use blank:en")]
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
        assert_eq!(Base::BlankEn.name().parse(), Ok(Base::BlankEn));
    }

    #[test]
    fn unknown_names_say_what_there_is() {
        let err = "x".parse::<Base>().expect_err("there is no base x");
        assert_eq!(err.to_string(), r#"unknown base "x": use blank:en"#);
    }
}
