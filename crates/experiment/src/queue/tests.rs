use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::BaseKey;

fn task(run: &str, base: &str, on_gpu: bool, memory_bytes: u64) -> Task {
    Task { run: key(run), base: BaseKey(base.into()), on_gpu, memory_bytes, work: 100.0 }
}

fn key(run: &str) -> RunKey {
    RunKey(run.into())
}

fn pool(cpu_slots: u16, memory_bytes: u64) -> Pool {
    Pool { cpu_slots, has_gpu: true, memory_bytes }
}

/// Says what a queue does, one line an event.
fn play(queue: &mut Queue, events: impl IntoIterator<Item = Event>) -> Vec<String> {
    let shown = |it: Command| match it {
        Command::Start { run, slot } => format!("start {run} {slot:?}"),
        Command::Stop { run, slot, keep } => {
            format!("stop {run} {slot:?}{}", if keep { " keep" } else { "" })
        }
    };
    let line = |it| queue.apply(it).into_iter().map(shown).collect::<Vec<_>>().join(", ");
    events.into_iter().map(line).collect()
}

fn finished(run: &str) -> Event {
    Event::Finished { run: key(run), secs: 10.0 }
}

#[test]
fn runs_fill_slots_in_order_and_the_graphics_card_has_its_own() {
    let tasks = [("a", false), ("b", false), ("c", true), ("d", false), ("e", true)];
    let tasks = tasks.map(|(run, on_gpu)| task(run, "base", on_gpu, 1));
    let mut queue = Queue::new(pool(2, 9), tasks);
    let lines = play(&mut queue, [Event::Begin, finished("b"), finished("c"), finished("x")]);
    assert_eq!(
        lines,
        ["start a Cpu(0), start b Cpu(1), start c Gpu", "start d Cpu(1)", "start e Gpu", ""]
    );
    play(&mut queue, [finished("a"), finished("d"), finished("e")]);
    assert!(queue.is_over());
}

#[test]
fn memory_holds_back_and_lets_smaller_ones_pass() {
    let tasks =
        [("a", 6), ("b", 5), ("c", 3), ("d", 12)].map(|(run, it)| task(run, "base", false, it));
    let mut queue = Queue::new(pool(3, 10), tasks);
    assert_eq!(
        play(&mut queue, [Event::Begin, finished("a")]),
        ["start a Cpu(0), start c Cpu(1)", "start b Cpu(0)"]
    );
    let failures: Vec<_> = queue.failures().map(|it| it.1).collect();
    let why = "It needs 12 bytes of memory, and all runs together may take 10 bytes. Allow more \
               memory, or choose a smaller base.";
    assert_eq!(failures, [why]);
    let larger = [Event::Resized(pool(3, 20)), Event::Retry(key("d"))];
    assert_eq!(play(&mut queue, larger), ["", "start d Cpu(2)"]);
}

#[test]
fn a_pause_keeps_what_runs_have_and_frees_their_slots_when_they_say_so() {
    let mut queue = Queue::new(pool(1, 9), ["a", "b"].map(|it| task(it, "base", false, 1)));
    let progress = Event::Progress { run: key("a"), done: 0.4, secs: 8.0 };
    let events = [Event::Begin, progress, Event::Pause, Event::Resume, Event::Stopped(key("a"))];
    let lines = play(&mut queue, events);
    assert_eq!(lines, ["start a Cpu(0)", "", "stop a Cpu(0) keep", "", "start a Cpu(0)"]);
    assert!((queue.jobs()[0].done - 0.4).abs() < 1e-9);
}

#[test]
fn what_is_cancelled_or_lost_its_base_does_not_stop_the_others() {
    let tasks = [("a", "x"), ("b", "y"), ("c", "y"), ("d", "x")];
    let mut queue = Queue::new(pool(2, 9), tasks.map(|it| task(it.0, it.1, false, 1)));
    let events = [
        Event::Begin,
        Event::BaseDeleted(BaseKey("y".into())),
        Event::Cancel(key("a")),
        Event::Stopped(key("a")),
        Event::Stopped(key("b")),
        Event::Failed { run: key("d"), why: "The disk is full.".into() },
        Event::Retry(key("d")),
    ];
    let lines = play(&mut queue, events);
    let begin = "start a Cpu(0), start b Cpu(1)";
    let expected =
        [begin, "stop b Cpu(1)", "stop a Cpu(0)", "start d Cpu(0)", "", "", "start d Cpu(0)"];
    assert_eq!(lines, expected);
    let why = |it: &Job| match &it.state {
        State::Cancelled { why } => why.clone(),
        other => format!("{other:?}"),
    };
    let whys: Vec<_> = queue.jobs().iter().map(why).collect();
    assert_eq!(whys, [NOT_WANTED, BASE_DELETED, BASE_DELETED, "Running(Cpu(0))"]);
}

#[test]
fn a_closed_tab_goes_on_where_it_stopped() {
    let mut queue = Queue::new(pool(2, 9), ["a", "b", "c"].map(|it| task(it, "base", false, 1)));
    play(&mut queue, [Event::Begin]);
    let stored = serde_json::to_string(&queue).unwrap();
    let read: Queue = serde_json::from_str(&stored).unwrap();
    let mut queue = read.reopen(|it| *it == key("a"));
    assert_eq!(play(&mut queue, [Event::Begin]), ["start b Cpu(0), start c Cpu(1)"]);
}

#[test]
fn time_left_follows_from_runs_of_the_same_base() {
    let mut queue = Queue::new(
        pool(2, 9),
        [("a", "x"), ("b", "y"), ("c", "x"), ("d", "y"), ("e", "y")]
            .map(|it| task(it.0, it.1, false, 1)),
    );
    queue.apply(Event::Begin);
    assert_eq!(queue.secs_left(), None);
    queue.apply(Event::Progress { run: key("a"), done: 0.5, secs: 10.0 });
    // Everything is held to be as fast as a: 10 + 20 + 20 on one slot, 20 + 20 on the other.
    assert_eq!(queue.secs_left(), Some(50.0));
    queue.apply(Event::Progress { run: key("b"), done: 0.1, secs: 4.0 });
    // b takes 40 seconds, so do d and e; a 10 more, c 20: 10 + 20 + 40 and 36 + 40.
    assert_eq!(queue.secs_left(), Some(76.0));
    assert_eq!(queue.secs_left_of(&queue.jobs()[3]), Some(40.0));
    // 10 of 20 and 4 of 40 seconds are done, of 20 + 20 + 3 · 40.
    assert!((queue.progress() - 14.0 / 160.0).abs() < 1e-9);
    queue.apply(Event::CancelAll);
    assert_eq!(queue.apply(Event::Stopped(key("a"))), []);
    queue.apply(Event::Stopped(key("b")));
    assert_eq!((queue.is_over(), queue.secs_left(), queue.progress()), (true, Some(0.0), 1.0));
}

fn events() -> impl Strategy<Value = Event> {
    let run = || (0..12_u8).prop_map(|it| key(&it.to_string()));
    let base = (0..3_u8).prop_map(|it| BaseKey(it.to_string()));
    let pool = (0..4_u16, any::<bool>(), 0..20_u64);
    let why = || "why".to_owned();
    prop_oneof![
        4 => run().prop_map(|run| Event::Finished { run, secs: 1.0 }),
        2 => run().prop_map(Event::Stopped),
        2 => (run(), 0.0..1.0, 0.0..9.0)
            .prop_map(|(run, done, secs)| Event::Progress { run, done, secs }),
        1 => run().prop_map(move |run| Event::Failed { run, why: why() }),
        1 => run().prop_map(Event::Cancel),
        1 => run().prop_map(Event::Retry),
        1 => base.prop_map(Event::BaseDeleted),
        1 => Just(Event::Pause),
        2 => Just(Event::Resume),
        1 => pool.prop_map(|(cpu_slots, has_gpu, memory_bytes)| {
            Event::Resized(Pool { cpu_slots, has_gpu, memory_bytes })
        }),
    ]
}

proptest! {
    #[test]
    fn no_slot_has_two_runs_and_memory_is_kept_and_all_ends(
        needs in prop::collection::vec((0..3_u8, any::<bool>(), 0..12_u64), 1..12),
        slots in 1..4_u16,
        events in prop::collection::vec(events(), 0..60),
    ) {
        let tasks = needs.iter().enumerate().map(|(at, (base, on_gpu, memory))| {
            task(&at.to_string(), &base.to_string(), *on_gpu, *memory)
        });
        let mut queue = Queue::new(pool(slots, 10), tasks);
        let mut at_work: BTreeSet<(Slot, RunKey)> = BTreeSet::new();
        for event in events {
            let may_start = !matches!(event, Event::Pause);
            let ended = match &event {
                Event::Finished { run, .. } | Event::Failed { run, .. } | Event::Stopped(run) => Some(run.clone()),
                _ => None,
            };
            at_work.retain(|it| Some(&it.1) != ended.as_ref());
            for command in queue.apply(event) {
                if let Command::Start { run, slot } = command {
                    prop_assert!(may_start);
                    prop_assert!(at_work.iter().all(|it| it.0 != slot), "{slot:?} is taken");
                    at_work.insert((slot, run));
                    let needed = |it: &(Slot, RunKey)| queue.job(&it.1).unwrap().task.memory_bytes;
                    let in_use: u64 = at_work.iter().map(needed).sum();
                    prop_assert!(in_use <= queue.pool().memory_bytes);
                }
            }
            let known: BTreeSet<_> =
                queue.jobs().iter().filter_map(|it| Some((it.state.slot()?, it.task.run.clone()))).collect();
            prop_assert_eq!(&known, &at_work);
            prop_assert!((0.0..=1.0).contains(&queue.progress()));
        }
        queue.apply(Event::Resized(pool(slots, 10)));
        queue.apply(Event::Resume);
        for _ in 0..100 {
            let Some(job) = queue.jobs().iter().find(|it| it.state.slot().is_some()) else { break };
            let run = job.task.run.clone();
            let event = match job.state {
                State::Running(_) => Event::Finished { run, secs: 1.0 },
                _ => Event::Stopped(run),
            };
            queue.apply(event);
        }
        prop_assert!(queue.is_over(), "{:?}", queue);
    }
}
