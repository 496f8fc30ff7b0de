//! Articles as XML: PubMed's records, and JATS as PubMed Central and publishers have it. Only text
//! comes in: titles, abstracts, and of whole articles the paragraphs.
//!
//! Markup inside a text falls away, as in PubMed's own plain text: `10<sup>6</sup>` becomes `106`.
//! Line breaks and indents of the file become single blanks.

use corpus::Doc;
use serde_json::Value;

use crate::detect::{Sample, Sure};
use crate::format::{Format, Offsets, Write};
use crate::losses::What;
use crate::reader::{Found, Problem, Records, Source};
use crate::warning::{Reason, Severity};
use crate::xml::{Child, Node, Piece, Pieces, root};

/// PubMed XML.
pub static PUBMED_XML: Format = Format {
    key: "pubmed-xml",
    aliases: &[],
    name: "PubMed XML",
    about: "Records of PubMed: title and abstract make the text; parts of an abstract stand on \
            lines of their own, behind their labels.",
    extensions: &["xml", "pxml"],
    offsets: Offsets::None,
    holds: &[What::Metadata, What::Ids],
    is_text: true,
    is_folder: false,
    together: None,
    recognise: |sample| {
        recognise(sample, &["PubmedArticleSet", "PubmedArticle", "PubmedBookArticle"])
    },
    read: Some(|source, _| open(source, &["PubmedArticle", "PubmedBookArticle"], pubmed)),
    write: Write::No,
};

/// JATS.
pub static JATS: Format = Format {
    key: "jats",
    aliases: &["pmc"],
    name: "JATS article",
    about: "Whole articles, as PubMed Central has them: title, abstract, headings and paragraphs \
            stand on lines of their own. Tables, figures and references stay out.",
    extensions: &["xml", "nxml"],
    recognise: |sample| recognise(sample, &["article", "pmc-articleset"]),
    read: Some(|source, _| open(source, &["article"], jats)),
    ..PUBMED_XML
};

fn recognise(sample: &Sample<'_>, roots: &[&str]) -> Option<Sure> {
    let root = root(sample)?;
    roots.contains(&root.as_str()).then_some(Sure::Certain)
}

type Read =
    fn(&Node, &mut Vec<Problem>) -> (Option<String>, Vec<String>, Vec<(&'static str, String)>);

fn open(
    source: Source,
    names: &'static [&'static str],
    read: Read,
) -> Result<Box<dyn Records>, Reason> {
    let stem = source.file.stem().to_owned();
    Ok(Box::new(Articles { pieces: Pieces::new(source, names)?, read, stem, n_texts: 0 }))
}

/// Reads one text an article.
struct Articles {
    pieces: Pieces,
    read: Read,
    stem: String,
    n_texts: u64,
}

impl Records for Articles {
    fn bytes_read(&self) -> u64 {
        self.pieces.bytes_read()
    }

    fn next_record(&mut self) -> Option<Found> {
        let Piece { line, node, mut problems } = match self.pieces.next()? {
            Ok(piece) => piece,
            Err(problem) => return Some(Found::new(None, None, vec![problem])),
        };
        self.n_texts += 1;
        let (id, mut lines, meta) = (self.read)(&node, &mut problems);
        lines.retain(|it| !it.is_empty());
        if lines.is_empty() {
            let field = "title or abstract".to_owned();
            problems.push(Reason::NoText { field, found: None }.into());
            return Some(Found::new(Some(line), None, problems));
        }
        let id = id.unwrap_or_else(|| format!("{}-{}", self.stem, self.n_texts));
        let mut doc = Doc::new(id, lines.join("\n"));
        for (name, value) in meta.into_iter().filter(|it| !it.1.is_empty()) {
            doc.meta.0.insert(name.into(), Value::String(value));
        }
        Some(Found::new(Some(line), Some(doc), problems))
    }
}

/// The text of an element on one line.
fn one_line(node: Option<&Node>) -> String {
    let text = node.map(Node::text).unwrap_or_default();
    let is_blank = |it: char| matches!(it, ' ' | '\n' | '\r' | '\t');
    text.split(is_blank).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

fn pubmed(
    record: &Node,
    _problems: &mut Vec<Problem>,
) -> (Option<String>, Vec<String>, Vec<(&'static str, String)>) {
    let citation = record.at(&["MedlineCitation"]).or_else(|| record.at(&["BookDocument"]));
    let Some(citation) = citation else { return (None, Vec::new(), Vec::new()) };
    let article = citation.at(&["Article"]).unwrap_or(citation);
    let title = article.at(&["ArticleTitle"]).filter(|it| !it.text().trim().is_empty());
    let title = title
        .or_else(|| article.at(&["VernacularTitle"]))
        .or_else(|| article.at(&["Book", "BookTitle"]));
    let mut lines = vec![one_line(title)];
    let own = article.at(&["Abstract"]).or_else(|| citation.at(&["OtherAbstract"])).into_iter();
    for part in own.flat_map(|it| it.all("AbstractText")) {
        let text = one_line(Some(part));
        lines.push(match part.attribute("Label").filter(|it| !it.trim().is_empty()) {
            Some(label) if !text.is_empty() => format!("{}: {text}", label.trim()),
            _ => text,
        });
    }
    let id = citation.at(&["PMID"]).map(|it| one_line(Some(it))).filter(|it| !it.is_empty());
    let doi = article.all("ELocationID").find(|it| it.attribute("EIdType") == Some("doi"));
    let meta = vec![
        ("journal", one_line(article.at(&["Journal", "Title"]))),
        ("year", one_line(article.at(&["Journal", "JournalIssue", "PubDate", "Year"]))),
        ("doi", one_line(doi)),
    ];
    (id, lines, meta)
}

/// What of an article is no running text.
const BESIDE: [&str; 10] = [
    "table-wrap",
    "table-wrap-group",
    "fig",
    "fig-group",
    "ref-list",
    "fn-group",
    "disp-formula",
    "supplementary-material",
    "media",
    "boxed-text",
];

fn jats(
    article: &Node,
    problems: &mut Vec<Problem>,
) -> (Option<String>, Vec<String>, Vec<(&'static str, String)>) {
    let meta = article.at(&["front", "article-meta"]);
    let mut lines = vec![one_line(meta.and_then(|it| it.at(&["title-group", "article-title"])))];
    let mut n_beside = 0;
    let abstracts = meta.into_iter().flat_map(|it| it.all("abstract"));
    for part in abstracts.chain(article.all("body")) {
        paragraphs(part, &mut lines, &mut n_beside);
    }
    if n_beside != 0 {
        let what = format!("has {n_beside} tables, figures, formulas and lists beside its text");
        problems.push(Reason::own(Severity::Note, what, "They stay out.").into());
    }
    let ids = || meta.into_iter().flat_map(|it| it.all("article-id"));
    let id_of = |kinds: &[&str]| {
        let of = |kind: &&str| ids().find(|it| it.attribute("pub-id-type") == Some(*kind));
        kinds.iter().find_map(of).map(|it| one_line(Some(it))).filter(|it| !it.is_empty())
    };
    let id = id_of(&["pmcid", "pmc", "pmid", "doi", "publisher-id"]);
    let journal = article.at(&["front", "journal-meta", "journal-title-group", "journal-title"]);
    let year = meta.and_then(|it| it.at(&["pub-date", "year"]));
    let found = vec![
        ("pmid", id_of(&["pmid"]).unwrap_or_default()),
        ("doi", id_of(&["doi"]).unwrap_or_default()),
        ("journal", one_line(journal)),
        ("year", one_line(year)),
    ];
    (id, lines, found)
}

/// The headings and paragraphs in an element, a line each.
fn paragraphs(node: &Node, lines: &mut Vec<String>, n_beside: &mut u32) {
    for child in node.nodes() {
        match child.name.as_str() {
            "p" | "title" => lines.push(one_line(Some(&without_beside(child, n_beside)))),
            name if BESIDE.contains(&name) => *n_beside += 1,
            _ => paragraphs(child, lines, n_beside),
        }
    }
}

/// An element without what is no running text.
fn without_beside(node: &Node, n_beside: &mut u32) -> Node {
    let mut kept = Node { children: Vec::new(), ..node.clone() };
    for child in &node.children {
        match child {
            Child::Node(it) if BESIDE.contains(&it.name.as_str()) => *n_beside += 1,
            Child::Node(it) => kept.children.push(Child::Node(without_beside(it, n_beside))),
            Child::Text(_) => kept.children.push(child.clone()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_falls_away_and_line_breaks_become_blanks() {
        let xml = "<t>10<sup>6</sup>\n   cells &amp;\u{a0}<i>more</i></t>";
        let root = crate::xml::parse(xml).map_err(|it| it.1.why).unwrap();
        assert_eq!(one_line(root.nodes().next()), "106 cells &\u{a0}more");
        assert_eq!(one_line(None), "");
    }
}
