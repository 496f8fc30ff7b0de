//! How fast a pipeline runs here, in words a second.
//!
//!     cargo run -p predict --example speed -- PIPELINE TEXTS [SECONDS]
//!
//! PIPELINE is a folder, zip, wheel or tar.gz; TEXTS has one text a line. `tests/bench/spacy_speed.py`
//! measures spaCy with the same arguments.

#![expect(clippy::print_stdout, reason = "it prints its result")]

use std::{env, fs, path::Path, time::Instant};

use predict::Predictor;
use spacy::pipeline::{Archive, Folder, open};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [pipeline, texts, seconds @ ..] = arguments.as_slice() else {
        return Err("usage: speed PIPELINE TEXTS [SECONDS]".into());
    };
    let seconds: f64 = seconds.first().map_or(Ok(10.0), |it| it.parse())?;
    let pipeline = match Path::new(pipeline) {
        path if path.is_dir() => open(&mut Folder::new(path)?, &mut |_| ())?,
        path => open(&mut Archive(fs::File::open(path)?), &mut |_| ())?,
    };
    let begin = Instant::now();
    let predictor = Predictor::new(pipeline)?;
    println!("made ready in {:.2} s", begin.elapsed().as_secs_f64());
    let texts = fs::read_to_string(texts)?;
    let texts: Vec<&str> = texts.lines().collect();
    let begin = Instant::now();
    let (mut n_words, mut n_entities) = (0, 0);
    while begin.elapsed().as_secs_f64() < seconds {
        for batch in texts.chunks(1000) {
            let parsed = predictor.predict(batch)?;
            n_words += parsed.iter().map(|it| it.tokens.len()).sum::<usize>();
            n_entities += parsed.iter().map(|it| it.entities.len()).sum::<usize>();
        }
    }
    let secs = begin.elapsed().as_secs_f64();
    println!("{:.0} words/s ({n_words} words, {n_entities} entities)", n_words as f64 / secs);
    Ok(())
}
