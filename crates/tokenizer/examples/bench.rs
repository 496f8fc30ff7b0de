//! How fast texts become tokens, beside spaCy.
//!
//! ```sh
//! NERINE_PYTHON=venv/bin/python cargo run -p tokenizer --example bench -- texts.jsonl
//! ```
//!
//! Without `NERINE_PYTHON`, a Python that has spaCy and scispaCy, only our own figures are shown.

#![expect(clippy::print_stdout, reason = "that is what it is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use tokenizer::{Base, Tokenizer};

/// Every rule has something to do with it.
const FIRST_TEXT: &str = "Gold (Au) nanoparticles, e.g. 5 nm wide, don't dissolve in anti-IL-6/x.";

fn main() {
    let path = env::args().nth(1).expect("name a JSONL file with texts");
    let texts: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(text_of).collect();
    println!("{} texts, {} bytes", texts.len(), texts.iter().map(String::len).sum::<usize>());
    for base in Base::ALL {
        measure(base, &texts);
    }
    let Some(python) = env::var_os("NERINE_PYTHON") else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/bench/tokens.py");
    Command::new(python).arg(script).arg(path).status().unwrap();
}

fn text_of(line: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    line["text"].as_str().unwrap().to_owned()
}

/// First use, then all texts with nothing remembered, then again.
fn measure(base: Base, texts: &[String]) {
    let ready = Clock::start();
    Tokenizer::new(base).tokenize(FIRST_TEXT);
    let ready = ready.elapsed();
    let tokenizer = Tokenizer::new(base);
    tokenizer.tokenize(FIRST_TEXT);
    let [cold, warm] = [(); 2].map(|()| {
        let clock = Clock::start();
        let n_tokens: usize = texts.iter().map(|it| tokenizer.tokenize(it).len()).sum();
        per_sec(n_tokens, clock.elapsed())
    });
    println!(
        "nerine {:<9} first text after {:>4} ms, {cold:>9.0} tokens/s cold, {warm:>9.0} warm",
        base.name(),
        ready.as_millis()
    );
}

/// Measures what this program computes, where the system tells: others count less in it.
struct Clock {
    start: Instant,
    cpu_ns: Option<u64>,
}

impl Clock {
    fn start() -> Self {
        Clock { start: Instant::now(), cpu_ns: cpu_ns() }
    }

    fn elapsed(&self) -> Duration {
        match (self.cpu_ns, cpu_ns()) {
            (Some(start), Some(end)) => Duration::from_nanos(end - start),
            _ => self.start.elapsed(),
        }
    }
}

fn cpu_ns() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok()
}

fn per_sec(n_tokens: usize, time: Duration) -> f64 {
    n_tokens as f64 / time.as_secs_f64()
}
