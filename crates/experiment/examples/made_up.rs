//! Compares four made-up bases and writes `report.html`, `report.md` and `report.csv` into a
//! folder, to look at, and says how long the statistics took.
//!
//!     cargo run --release -p experiment --example made_up -- FOLDER

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "an example may panic and print")]

#[path = "../tests/made_up/mod.rs"]
mod made_up;

use std::time::Instant;
use std::{env, fs, path::PathBuf};

use experiment::stats::Draws;
use experiment::{Comparison, Division, Findings, advise, report};

use made_up::{Model, run, texts};

fn main() {
    let folder = PathBuf::from(env::args().nth(1).expect("name a folder"));
    let snapshot = texts(1250, &["Chemical", "Disease", "Gene"]);
    let models = [
        Model {
            words_per_sec: 2_140.0,
            bytes: 28_800_000,
            ..Model::new("bert-small-bio", &[0.88, 0.8, 0.7])
        },
        Model { bytes: 9_400_000, ..Model::new("static-vec:en", &[0.84, 0.78, 0.64]) },
        Model { misaligned: 0.03, ..Model::new("blank:en", &[0.83, 0.76, 0.62]) },
        Model { bytes: 1_300_000, ..Model::new("char-cnn", &[0.78, 0.7, 0.6]) },
    ];
    let division = Division::Shares { dev_percent: 10, test_percent: 40 };
    let (experiment, records) = run(&snapshot, &models, 3, &[25, 50, 75], &division);
    let start = Instant::now();
    let comparison = Comparison::new(&experiment, &snapshot, &records, Draws::default()).unwrap();
    let advice = advise(&comparison);
    let secs = start.elapsed().as_secs_f64();
    println!("{} texts, {} runs: {secs:.3} s", comparison.n_docs, records.len());
    println!("{}", advice.paragraph());
    let findings = Findings::of(&experiment.split, &experiment.runs(), &snapshot, &records);
    let heading = report::Heading { title: "Made-up bases".to_owned(), made: String::new() };
    fs::create_dir_all(&folder).unwrap();
    let html = report::html(&comparison, &advice, &findings, &heading);
    fs::write(folder.join("report.html"), html).unwrap();
    let markdown = report::markdown(&comparison, &advice, &findings, &heading);
    fs::write(folder.join("report.md"), markdown).unwrap();
    fs::write(folder.join("report.csv"), report::csv(&comparison)).unwrap();
}
