//! Reports of a made-up comparison whose names are as bad as names can be.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod made_up;

use experiment::stats::Draws;
use experiment::{Advice, Comparison, Division, Findings, Forgetting, advise, report};

use made_up::{Model, run, texts};

const BAD: &str = "<script>alert('1')</script> & \"a|b\", *c*";

fn compare(names: [&str; 2]) -> (Comparison, Advice, Findings) {
    let snapshot = texts(120, &["Chemical", "x<b>y & \"z\"|_,'"]);
    let models = names.map(|it| Model::new(it, &[0.8, 0.6]));
    let division = Division::Shares { dev_percent: 10, test_percent: 30 };
    let (experiment, records) = run(&snapshot, &models, 3, &[25, 50], &division);
    let draws = Draws { n: 500, seed: 1 };
    let comparison = Comparison::new(&experiment, &snapshot, &records, draws).unwrap();
    let advice = advise(&comparison);
    let mut findings = Findings::of(&experiment.split, &experiment.runs(), &snapshot, &records);
    let [before, after] = [0, 1].map(|at| records[at].predictions.clone());
    let key = experiment.bases[0].key.clone();
    let labels = snapshot.labels();
    findings.forgetting = vec![Forgetting::against_silver(key, labels, &before, &after)];
    (comparison, advice, findings)
}

fn heading() -> report::Heading {
    report::Heading { title: BAD.to_owned(), made: "<i>today".to_owned() }
}

#[test]
fn html_is_balanced_and_nothing_in_a_name_becomes_an_element() {
    let (comparison, advice, findings) = compare([BAD, "blank:en"]);
    let html = report::html(&comparison, &advice, &findings, &heading());
    let ours = [
        "html",
        "head",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "mark",
        "b",
        "p",
        "section",
        "figure",
        "figcaption",
        "svg",
        "text",
        "line",
        "path",
        "polyline",
        "polygon",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
        "strong",
        "meta",
        "!doctype",
    ];
    let mut open = Vec::new();
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("every sign that opens an element closes it");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(ours.contains(&name), "<{tag}>");
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "<{tag}>");
        } else if !tag.ends_with('/') && !["meta", "!doctype"].contains(&name) {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0]);
    assert!(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;a|b&quot;"));
    assert!(html.contains("x&lt;b&gt;y"));
    assert!(!html.contains("http"), "the file needs no other");
}

#[test]
fn html_has_a_plot_for_bases_labels_and_curves() {
    let (comparison, advice, findings) = compare(["nerine", "blank:en"]);
    let html = report::html(&comparison, &advice, &findings, &heading());
    assert_eq!(html.matches("<svg").count(), 4);
    assert_eq!(html.matches("<polyline").count(), 2);
    assert!(!html.contains("NaN") && !html.contains("inf"));
}

#[test]
fn markdown_tables_keep_their_columns() {
    let (comparison, advice, findings) = compare([BAD, "blank:en"]);
    let markdown = report::markdown(&comparison, &advice, &findings, &heading());
    let n_cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let tables: Vec<Vec<&str>> = markdown
        .split("\n\n")
        .map(|it| it.lines().filter(|it| it.starts_with('|')).collect())
        .filter(|it: &Vec<&str>| !it.is_empty())
        .collect();
    assert_eq!(tables.len(), 4);
    for table in tables {
        assert!(4 <= table.len(), "{table:?}");
        assert!(table.iter().all(|it| n_cells(it) == n_cells(table[0])), "{table:?}");
    }
    assert!(!markdown.contains("<script>"));
}

#[test]
fn csv_has_a_line_for_each_base_and_label() {
    let (comparison, ..) = compare(["=1+1", "a \"b\", c"]);
    let csv = report::csv(&comparison);
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 7);
    assert!(lines[0].starts_with("base,label,runs,precision,precision_sd,"));
    assert!(lines[1].starts_with("'=1+1,,3,0."));
    assert!(lines[3].starts_with("'=1+1,\"x<b>y & \"\"z\"\"|_,'\",3,"));
    assert!(lines[4].starts_with("\"a \"\"b\"\", c\",,3,"));
}
