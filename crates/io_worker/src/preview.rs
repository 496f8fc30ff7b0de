use std::collections::BTreeSet;

use corpus::{Label, LabelDef};
use formats::nerine::Archive;
use formats::{CSV, Files, Format, Known, SAMPLE_BYTES, TEXT, TSV, detect, read, sample_table};
use project::{Head, ProjectId};
use protocol::{Column, IoReply, Preview, PreviewRow, ReadFormat, ReadOptions};
use storage::Store;
use web_time::Instant;

use crate::page::{Pace, Page, Stopped};
use crate::reading::{collect, format_of, options_of, read_format_of, text_layout_of};
use crate::texts;

/// How many texts are shown.
const ROWS: usize = 20;
/// How many characters of a cell are shown.
const CELL_CHARS: usize = 80;

/// Reads the files without storing anything.
pub(crate) async fn preview(
    store: &impl Store,
    page: &impl Page,
    open: &dyn Fn() -> Files,
    options: ReadOptions,
    project: Option<ProjectId>,
) -> Result<IoReply, Stopped> {
    let start = Instant::now();
    let (mut known, mut labels) = (Known::default(), Vec::new());
    if let Some(id) = &project {
        let project = store.project(id).await?;
        known = texts::known(store, page, &project).await?;
        labels = project.labels;
    }
    let mut preview = look(open, options);
    if preview.options.format == Some(ReadFormat::Nerine)
        && let Some(archive) = archive(open)
    {
        preview.project_name = Some(archive.project().name.clone());
    }
    let mut taken: BTreeSet<Label> = labels.into_iter().map(|it: LabelDef| it.label).collect();
    // Read as the files are, so that what could be accepted is counted.
    let as_they_are = ReadOptions { accept_marked: false, ..preview.options.clone() };
    let mut reader = read(open(), options_of(&as_they_are, known));
    let mut pace = Pace::new(page);
    while let Some(item) = reader.next() {
        match item {
            Ok(doc) => {
                preview.docs += 1;
                let marks = doc.annotation.marks.len() as u32;
                preview.marks += marks;
                let is_open = doc.annotation.answer.is_none();
                preview.unanswered += u32::from(is_open && 0 < marks);
                for span in doc.spans() {
                    if taken.insert(span.label().clone()) {
                        preview.new_labels.push(span.label().clone());
                    }
                }
                if preview.rows.len() < ROWS {
                    let line = reader.line().unwrap_or_else(|| u64::from(preview.docs));
                    let title = Head::of(doc.id, &doc.text).title;
                    preview.rows.push(PreviewRow { line, title, marks });
                }
            }
            Err(warning) => collect(&mut preview.warnings, &warning),
        }
        pace.tell(reader.bytes_read(), reader.bytes_total(), preview.docs).await?;
    }
    preview.secs = start.elapsed().as_secs_f32();
    Ok(IoReply::Previewed(Box::new(preview)))
}

/// The project in a single project file.
pub(crate) fn archive(open: &dyn Fn() -> Files) -> Option<Archive> {
    let mut files = open();
    match files.len() {
        1 => Archive::open(files.remove(0), ProjectId(String::new())).ok(),
        _ => None,
    }
}

/// What the first bytes of the files tell.
fn look(open: &dyn Fn() -> Files, mut options: ReadOptions) -> Preview {
    let mut seen = Vec::new();
    // What does not come out of a zip is told by the reader, too.
    for mut file in formats::unpack(open()).0 {
        let Ok(first) = file.peek(SAMPLE_BYTES) else { continue };
        let found = match options.format {
            Some(format) => Ok((format_of(format), Some(formats::layout(&first)))),
            None => detect(&first, &file.path).map(|it| (it.best().format, it.best().layout)),
        };
        // What cannot be read at all is told by the reader.
        if let Ok((format, layout)) = found {
            seen.push((format, layout, first));
        }
    }
    let is_same = |format: &'static Format| seen.iter().all(|it| it.0 == format);
    let common = seen.first().map(|it| it.0).filter(|it| is_same(it));
    options.format = options.format.or(common.and_then(read_format_of));
    let layout =
        seen.first().and_then(|it| it.1).filter(|it| seen.iter().all(|its| its.1 == Some(*it)));
    if common == Some(&TEXT) {
        options.layout = options.layout.or(layout.map(text_layout_of));
    }
    let mut columns = Vec::new();
    let table = common.filter(|it| [&CSV, &TSV].contains(it));
    if let (Some(format), Some((_, _, first))) = (table, seen.first()) {
        let table = sample_table(first, format);
        let wanted = |at: &usize| *at as u32;
        options.text_columns.get_or_insert_with(|| table.columns.text.iter().map(wanted).collect());
        options.id_column = options.id_column.or(table.columns.id.as_ref().map(wanted));
        let cell = |at: usize| table.rows.first().and_then(|row| row.get(at)).cloned();
        let column = |(at, name): (usize, &String)| Column {
            name: name.clone(),
            sample: cell(at).unwrap_or_default().chars().take(CELL_CHARS).collect(),
        };
        columns = table.names.iter().enumerate().map(column).collect();
    }
    let format = common.map_or("Several formats", |it| it.name).to_owned();
    Preview {
        options,
        format,
        columns,
        rows: Vec::new(),
        docs: 0,
        marks: 0,
        unanswered: 0,
        new_labels: Vec::new(),
        project_name: None,
        warnings: protocol::Warnings::default(),
        secs: 0.0,
    }
}
