use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a type of entity, exactly as it was typed: `mRNA` stays `mRNA`.
///
/// Invariant: holds a character that is not blank, no control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(Arc<str>);

/// Why a name cannot be a label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing but blanks.
    #[error("a label needs a name")]
    Blank,
    /// A tab, a line break or another character that has no shape.
    #[error("the label {name:?} holds a control character: use letters, digits and blanks")]
    Control {
        /// The name.
        name: String,
    },
}

impl Label {
    /// Names a type of entity.
    pub fn new(name: &str) -> Result<Self, LabelError> {
        if name.trim().is_empty() {
            return Err(LabelError::Blank);
        }
        if name.chars().any(char::is_control) {
            return Err(LabelError::Control { name: name.to_owned() });
        }
        Ok(Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether two names are the same but for case, blanks and signs, as `CHEMICAL` and `Chemical`
    /// or `cell_line` and `Cell line` are. A name of nothing but signs is like no other.
    pub fn is_like(&self, other: &Label) -> bool {
        let plain = |it: &Label| -> String {
            it.0.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let name = plain(self);
        self == other || !name.is_empty() && name == plain(other)
    }

    /// What a label of another program means among these: itself, else the only one that it is
    /// [like](Self::is_like).
    pub fn among<'l>(&self, labels: impl IntoIterator<Item = &'l Label>) -> Option<&'l Label> {
        let like: Vec<&Label> = labels.into_iter().filter(|it| self.is_like(it)).collect();
        match like.as_slice() {
            [only] => Some(only),
            several => several.iter().find(|it| **it == self).copied(),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Label {
    type Error = LabelError;

    fn try_from(name: String) -> Result<Self, LabelError> {
        Label::new(&name)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.as_str().to_owned()
    }
}

/// A label as a project defines it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelDef {
    /// Its name.
    pub label: Label,
    /// Its colour, shape and key: 1–8, 9–16 the same striped, 0 for every label beyond.
    /// A label keeps its slot for life.
    pub slot: u8,
    /// Up to four letters for narrow places; unique in the project.
    pub code: String,
    /// What belongs to it and what does not.
    pub description: String,
}

/// What a project's labels look like.
pub mod palette {
    use super::{Label, LabelDef};

    /// How many slots have a look of their own.
    pub const SLOTS: u8 = 16;

    /// Defines `label` with the lowest free slot and a code that no other label has.
    pub fn define(label: Label, taken: &[LabelDef]) -> LabelDef {
        let slot = (1..=SLOTS).find(|slot| taken.iter().all(|it| it.slot != *slot)).unwrap_or(0);
        let code = code(label.as_str(), taken);
        LabelDef { label, slot, code, description: String::new() }
    }

    /// A short code made from the name: first letter, then consonants, then a digit if needed.
    fn code(name: &str, taken: &[LabelDef]) -> String {
        let mut letters = name.chars().filter(|c| c.is_alphanumeric());
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let rest: String = letters.flat_map(char::to_uppercase).collect();
        let consonants: String = rest.chars().filter(|c| !"AEIOU".contains(*c)).collect();
        let free = |code: &String| !code.is_empty() && taken.iter().all(|it| it.code != *code);
        let start = |tail: &str, n: usize| first.chars().chain(tail.chars()).take(n).collect();
        [start(&rest, 3), start(&consonants, 3), start(&rest, 4), start(&consonants, 4)]
            .into_iter()
            .chain((2..=u32::MAX).map(|n| format!("{}{n}", start(&rest, 2))))
            .find(free)
            .expect("there are more numbers than labels")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_typed_and_must_show() {
        assert_eq!(Label::new("mRNA").unwrap().as_str(), "mRNA");
        assert_eq!(Label::new(" \u{a0}"), Err(LabelError::Blank));
        assert!(matches!(Label::new("a\tb"), Err(LabelError::Control { .. })));
    }

    #[test]
    fn labels_of_other_programs_find_those_of_the_project() {
        let label = |name: &str| Label::new(name).unwrap();
        let labels = ["Chemical", "Cell line", "DNA", "Dna", "*"].map(label);
        let among = |name: &str| label(name).among(&labels).map(Label::as_str);
        assert_eq!(among("CHEMICAL"), Some("Chemical"));
        assert_eq!(among("cell_line"), Some("Cell line"));
        assert_eq!(among("DNA"), Some("DNA"));
        assert_eq!(among("dna"), None, "it might be either");
        assert_eq!(among("+"), None);
        assert_eq!(among("*"), Some("*"));
        assert_eq!(among("Chemicals"), None);
    }

    #[test]
    fn slots_are_kept_and_codes_are_unique() {
        let mut labels: Vec<LabelDef> = Vec::new();
        for name in ["Cell", "Cell line", "Cell type", "Cellulose", "粒子"] {
            labels.push(palette::define(Label::new(name).unwrap(), &labels));
        }
        let codes: Vec<_> = labels.iter().map(|it| it.code.as_str()).collect();
        assert_eq!(codes, ["CEL", "CLL", "CELL", "CLLL", "粒子"]);
        labels.remove(1);
        assert_eq!(palette::define(Label::new("Dose").unwrap(), &labels).slot, 2);
    }
}
