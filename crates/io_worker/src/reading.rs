//! The reader's types beside those of the messages.

use formats::{
    CONLL, CSV, Columns, Format, JSONL, Known, Layout, NERINE, Options, SPACY, TEXT, TSV,
};
use protocol::{ReadFormat, ReadOptions, Severity, TextLayout, Warning, Warnings};

/// How many warnings the page gets.
const MOST_WARNINGS: usize = 1000;

pub(crate) fn format_of(format: ReadFormat) -> &'static Format {
    match format {
        ReadFormat::Text => &TEXT,
        ReadFormat::Jsonl => &JSONL,
        ReadFormat::Csv => &CSV,
        ReadFormat::Tsv => &TSV,
        ReadFormat::Conll => &CONLL,
        ReadFormat::Spacy => &SPACY,
        ReadFormat::Nerine => &NERINE,
    }
}

/// What the page calls a format, if it can choose it. The others it takes as they are found.
pub(crate) fn read_format_of(format: &Format) -> Option<ReadFormat> {
    use ReadFormat as R;
    [R::Text, R::Jsonl, R::Csv, R::Tsv, R::Conll, R::Spacy, R::Nerine]
        .into_iter()
        .find(|it| format_of(*it) == format)
}

pub(crate) fn layout_of(layout: TextLayout) -> Layout {
    match layout {
        TextLayout::File => Layout::File,
        TextLayout::Line => Layout::Line,
    }
}

pub(crate) fn text_layout_of(layout: Layout) -> TextLayout {
    match layout {
        Layout::File => TextLayout::File,
        Layout::Line => TextLayout::Line,
    }
}

/// How the files are read, beside `known` texts.
pub(crate) fn options_of(options: &ReadOptions, known: Known) -> Options {
    let columns = options.text_columns.as_ref().map(|text| Columns {
        text: text.iter().map(|it| *it as usize).collect(),
        id: options.id_column.map(|it| it as usize),
    });
    Options {
        format: options.format.map(format_of),
        layout: options.layout.map(layout_of),
        columns,
        known,
        add_known: false,
        accept_marked: options.accept_marked,
        ..Options::default()
    }
}

/// Adds a warning: the first ones as they are, all of them to the counts.
pub(crate) fn collect(warnings: &mut Warnings, warning: &formats::Warning) {
    let severity = match warning.severity() {
        formats::Severity::Lost => Severity::Lost,
        formats::Severity::Changed => Severity::Changed,
        formats::Severity::Kept => Severity::Kept,
        formats::Severity::Note => Severity::Note,
    };
    push(
        warnings,
        Warning {
            severity,
            file: warning.file.clone(),
            line: warning.line,
            reason: warning.sentence(),
            remedy: warning.remedy(),
        },
    );
}

/// Adds a warning of this worker.
pub(crate) fn push(warnings: &mut Warnings, warning: Warning) {
    warnings.total += 1;
    warnings.lost += u32::from(warning.severity == Severity::Lost);
    if warnings.list.len() < MOST_WARNINGS {
        warnings.list.push(warning);
    }
}
