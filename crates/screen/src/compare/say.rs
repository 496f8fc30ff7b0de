use corpus::Label;
use experiment::{Job, Queue, Run, State};

use super::{Candidate, form};
use crate::words;

/// What will run, of these bases: “4 bases × 3 seeds × 4 shares: 48 runs”.
pub fn of_runs(chosen: &[&Candidate], n_seeds: usize, n_shares: usize, n_folds: usize) -> String {
    form::of_runs(chosen, n_seeds as u32, n_shares as u32, n_folds as u32)
}

/// How far a queue is: “5 of 12 runs · 0:41 left”.
pub fn runs_left(queue: &Queue) -> String {
    let jobs = queue.jobs();
    let n_done = jobs.iter().filter(|it| it.state == State::Done).count() as u32;
    let runs = words::counted(jobs.len() as u32, "run", "runs");
    let done = format!("{} of {runs}", words::count(n_done));
    if queue.is_over() {
        return done;
    }
    if queue.is_paused() {
        return format!("{done} · paused");
    }
    match queue.secs_left() {
        Some(secs) if (90.0..1_200.0).contains(&secs) => {
            format!("{done} · about {:.0} min left", secs / 60.0)
        }
        Some(secs) => format!("{done} · {} left", words::duration(secs)),
        None => done,
    }
}

/// Which run of its base a run is: “seed 2, fold 1, 25 % of the texts”.
pub fn run_name(run: &Run, n_folds: usize) -> String {
    let mut parts = Vec::new();
    if run.seed != 0 {
        parts.push(format!("seed {}", run.seed));
    }
    if n_folds != 1 {
        parts.push(format!("fold {}", run.fold + 1));
    }
    if run.share != 100 {
        parts.push(format!("{}\u{a0}% of the texts", run.share));
    }
    if parts.is_empty() { "as it came".to_owned() } else { parts.join(", ") }
}

/// A name of at most so many letters. Names of variants begin alike, so the middle is left out.
pub fn shorten(name: &str, most: usize) -> String {
    let n = name.chars().count();
    if n <= most {
        return name.to_owned();
    }
    let kept = most.saturating_sub(1);
    let (head, tail) = (kept - kept / 2, kept / 2);
    name.chars().take(head).chain(['…']).chain(name.chars().skip(n - tail)).collect()
}

/// Where a run stands, in a few words.
pub fn job_state(job: &Job) -> String {
    match &job.state {
        State::Waiting if 0.0 < job.done => {
            format!("waits at {}", words::percent((job.done * 100.0) as u32, 100))
        }
        State::Waiting => "waits".to_owned(),
        State::Running(_) => words::percent((job.done * 100.0) as u32, 100),
        State::Stopping { .. } => "stops".to_owned(),
        State::Done => format!("done in {}", words::took(job.secs)),
        State::Failed { .. } => "failed".to_owned(),
        State::Cancelled { .. } => "left out".to_owned(),
    }
}

/// A confusion as a sentence; none is no span.
pub fn confused(gold: Option<&Label>, found: Option<&Label>, n: u32) -> String {
    let times = words::counted(n, "time", "times");
    match (gold, found) {
        (Some(gold), Some(found)) => format!("{gold} taken for {found} {times}"),
        (Some(gold), None) => format!("{gold} not found {times}"),
        (None, Some(found)) => format!("{found} found where you marked nothing, {times}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use experiment::{BaseKey, Event, Pool, RunKey, Task};

    use super::*;

    fn key(name: &str) -> RunKey {
        RunKey(name.to_owned())
    }

    #[test]
    fn a_queue_says_how_far_it_is() {
        let pool = Pool { cpu_slots: 1, has_gpu: false, memory_bytes: 10 };
        let task = |name: &str| Task {
            run: key(name),
            base: BaseKey("a".to_owned()),
            on_gpu: false,
            memory_bytes: 1,
            work: 1.0,
        };
        let mut queue = Queue::new(pool, ["1", "2", "3", "4"].map(task));
        queue.apply(Event::Begin);
        assert_eq!(runs_left(&queue), "0 of 4 runs");
        queue.apply(Event::Finished { run: key("1"), secs: 120.0 });
        assert_eq!(runs_left(&queue), "1 of 4 runs · about 6 min left");
        assert_eq!(job_state(&queue.jobs()[0]), "done in 2 min 00 s");
        queue.apply(Event::Progress { run: key("2"), done: 0.42, secs: 50.0 });
        assert_eq!(job_state(&queue.jobs()[1]), "42\u{a0}%");
        queue.apply(Event::Pause);
        assert_eq!(runs_left(&queue), "1 of 4 runs · paused");
    }

    #[test]
    fn a_run_is_named_by_what_tells_it_from_others() {
        let run = |seed, fold, share| Run {
            key: key("1"),
            base: BaseKey("a".to_owned()),
            seed,
            fold,
            share,
        };
        assert_eq!(run_name(&run(2, 0, 100), 1), "seed 2");
        assert_eq!(run_name(&run(2, 0, 25), 5), "seed 2, fold 1, 25\u{a0}% of the texts");
        assert_eq!(run_name(&run(0, 0, 100), 1), "as it came");
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shorten("blank:en", 8), "blank:en");
        assert_eq!(shorten("en_a-1.0, tokens only", 12), "en_a-1… only");
        assert_eq!(shorten("abc", 0), "…");
    }

    #[test]
    fn confusions_are_sentences() {
        let [gene, cell] = ["Gene", "Cell"].map(|it| Label::new(it).unwrap());
        assert_eq!(confused(Some(&gene), Some(&cell), 12), "Gene taken for Cell 12 times");
        assert_eq!(confused(Some(&gene), None, 1), "Gene not found 1 time");
        assert_eq!(confused(None, Some(&cell), 2), "Cell found where you marked nothing, 2 times");
    }
}
