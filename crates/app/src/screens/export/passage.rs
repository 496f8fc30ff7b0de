use corpus::{Label, Span};
use leptos::prelude::*;
use project::DocNumber;
use protocol::LossReport;
use storage::Store;

use super::formats::has_tokens;
use crate::browser;
use crate::state::App;
use crate::words;

/// How many bytes of a text are shown.
const SHOWN: usize = 700;

/// A stretch of the text with the same marks over all of it, the widest first.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    labels: Vec<Label>,
}

/// The same passage in Nerine and in the file.
#[component]
pub(crate) fn Passages(
    /// What was found out.
    report: Memo<Option<LossReport>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let doc = Memo::new(move |_| report.read().as_ref()?.passage.as_ref().map(|it| it.doc));
    let pieces = RwSignal::new((None::<DocNumber>, Vec::<Piece>::new()));
    Effect::new(move || {
        let Some(doc) = doc.get() else { return };
        browser::spawn(async move {
            let (Some(store), Some(project)) = (app.store(), app.work.project_id()) else { return };
            let (text, record) =
                (store.text(&project, doc).await, store.annotation(&project, doc).await);
            if let (Ok(text), Ok(record)) = (text, record) {
                let spans: Vec<_> = record.annotation.marks.into_iter().map(|it| it.span).collect();
                // The screen may be gone by now.
                let _gone = pieces.try_set((Some(doc), cut(&text.text, &spans)));
            }
        });
    });
    let file_name =
        move || report.read().as_ref().and_then(|it| it.files.first().map(|it| it.name.clone()));
    let file_text = move || {
        report.read().as_ref().and_then(|it| it.passage.as_ref().map(|it| it.file_text.clone()))
    };
    // A line is a whole text where tokens are not.
    let is_long = move || report.read().as_ref().is_some_and(|it| !has_tokens(it.options.format));
    view! {
        <Show when=move || doc.get().is_some()>
            <div class="passages">
                <section class="card" aria-labelledby="in-nerine">
                    <header>
                        <h2 id="in-nerine">"In Nerine"</h2>
                        <span class="meta end">{move || doc.get().map(|it| format!("text {}", words::count(it.0 + 1)))}</span>
                    </header>
                    <p class="passage pad" dir="auto">
                        {move || {
                            let pieces = pieces.read();
                            let is_here = pieces.0 == doc.get();
                            is_here.then(|| pieces.1.iter().map(|it| show(app, it)).collect_view())
                        }}
                    </p>
                </section>
                <section class="card" aria-labelledby="in-file">
                    <header><h2 id="in-file">"In the file"</h2><bdi class="meta end cut">{file_name}</bdi></header>
                    <pre class="pad mono" class:lines=is_long tabindex="0" role="region" aria-label="The first text in the file">{file_text}</pre>
                </section>
            </div>
        </Show>
    }
}

/// A piece inside its marks.
fn show(app: App, piece: &Piece) -> AnyView {
    let text = piece.text.clone().into_any();
    piece.labels.iter().rev().enumerate().fold(text, |inner, (depth, label)| {
        let slot = app.work.look(label).slot;
        let class = format!("marked L{slot} depth-{}", depth.min(3));
        view! { <span class=class title=label.to_string()>{inner}</span> }.into_any()
    })
}

/// Cuts the first part of a text where a mark begins or ends.
fn cut(text: &str, spans: &[Span]) -> Vec<Piece> {
    let end = match text.len() {
        len if len <= SHOWN => len,
        _ => {
            let near = (0..=SHOWN).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
            text[..near].rfind(char::is_whitespace).filter(|it| SHOWN / 2 < *it).unwrap_or(near)
        }
    };
    let mut cuts: Vec<usize> =
        spans.iter().flat_map(|it| [it.start() as usize, it.end() as usize]).collect();
    cuts.retain(|it| *it < end);
    cuts.extend([0, end]);
    cuts.sort_unstable();
    cuts.dedup();
    let piece = |pair: &[usize]| {
        let (a, b) = (pair[0], pair[1]);
        let mut over: Vec<&Span> =
            spans.iter().filter(|it| it.start() as usize <= a && b <= it.end() as usize).collect();
        over.sort_by_key(|it| std::cmp::Reverse(it.end() - it.start()));
        let labels = over.into_iter().map(|it| it.label().clone()).collect();
        text.get(a..b).map(|text| Piece { text: text.to_owned(), labels })
    };
    let mut pieces: Vec<_> = cuts.windows(2).filter_map(piece).collect();
    if end < text.len() {
        pieces.push(Piece { text: " …".to_owned(), labels: Vec::new() });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_knows_its_marks_from_wide_to_narrow() {
        let span = |start, end, label| Span::new(start, end, Label::new(label).unwrap()).unwrap();
        let spans = [span(0, 10, "M"), span(0, 5, "C"), span(6, 13, "X")];
        let pieces = cut("Fe3O4@SiO2 é 🔬", &spans);
        let marks = |it: &Piece| it.labels.iter().map(Label::as_str).collect::<String>();
        let shown: Vec<_> = pieces.iter().map(|it| format!("{}:{}", it.text, marks(it))).collect();
        assert_eq!(shown, ["Fe3O4:MC", "@:M", "SiO2:MX", " é:X", " 🔬:"]);
    }

    #[test]
    fn a_long_text_ends_at_a_word() {
        let text = "wörd ".repeat(400);
        let pieces = cut(&text, &[]);
        assert_eq!(pieces.len(), 2);
        assert!(pieces[0].text.len() <= SHOWN && pieces[0].text.ends_with("wörd"));
    }
}
