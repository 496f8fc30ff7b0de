use align::{Cell, Counts, Kind, Plan};
use corpus::{Label, Span};
use project::DocNumber;
use serde::{Deserialize, Serialize};

/// A base whose tokens the programs beside the page can make without a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name, as in `blank:en`.
    pub name: &'static str,
    /// What its tokens are, for people.
    pub says: &'static str,
    /// Whether a spaCy pipeline can hold its rules.
    pub fits_pipelines: bool,
}

const fn built_in(name: &'static str, says: &'static str) -> BuiltIn {
    BuiltIn { name, says, fits_pipelines: true }
}

/// The bases that are built in, in the order in which people are offered them.
pub const BASES: [BuiltIn; 7] = [
    built_in("blank:en", "English words and punctuation"),
    built_in("blank:de", "German words and punctuation"),
    built_in("blank:fr", "French words and punctuation"),
    built_in("blank:es", "Spanish words and punctuation"),
    built_in("blank:xx", "words of any language"),
    BuiltIn { fits_pipelines: false, ..built_in("blank:zh", "single characters") },
    built_in("scispacy", "words of the sciences"),
];

/// Which marks of a project fall on the tokens of some bases.
///
/// Its size is bounded, however many marks there are: the lists hold their first entries and say
/// how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alignment {
    /// Tells it from other reports of the same worker.
    pub number: u32,
    /// All marks against each base.
    pub bases: Vec<AlignedBase>,
    /// Marks that some base cuts, those alike together, most frequent first.
    pub rows: Vec<AlignedRow>,
    /// How many rows there are in all.
    pub n_rows: u32,
    /// The marks of each label, against each base.
    pub labels: Vec<(Label, Vec<Counts>)>,
    /// Texts in which not all marks can be learned, against each base; those with most such marks
    /// first.
    pub docs: Vec<(DocNumber, Vec<Counts>)>,
    /// How many such texts there are in all.
    pub n_docs: u32,
}

/// All marks against one base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlignedBase {
    /// The name of the base.
    pub name: String,
    /// How many marks can be learned.
    pub counts: Counts,
    /// How many do not fit, for each reason that there is.
    pub kinds: Vec<(Kind, u32)>,
    /// What would be done if everything that can be corrected were.
    pub plan: Plan,
}

/// Marks that are alike. One correction serves all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlignedRow {
    /// Its number in the report.
    pub number: u32,
    /// What is marked.
    pub text: String,
    /// As what.
    pub label: Label,
    /// How each base sees it.
    pub cells: Vec<Cell>,
    /// How many marks there are.
    pub n_marks: u32,
    /// Where the first of them are.
    pub places: Vec<(DocNumber, Span)>,
}

/// A mark that is to stand elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkFix {
    /// Its text.
    pub doc: DocNumber,
    /// The mark as it is.
    pub old: Span,
    /// The mark as it is to be.
    pub new: Span,
}
