//! What a move costs: the dynamic oracle of spaCy's `BiluoPushDown`.
//!
//! The right moves of a text are known, but a model that errs is elsewhere, and must learn what to
//! do from there. A move costs 1 if no right entity is found any more that could still be found,
//! or if it makes a wrong one.

use predict::biluo::{Action, Move, Place, State};

/// The right move of each token; none where nobody knows.
pub(super) type Gold = [Option<Move>];

/// What a valid move costs in a state, 0 or 1.
pub(super) fn cost(it: Move, state: &State, gold: &Gold) -> u8 {
    use Action::{Begin, In, Last, Never, Out, Unit};

    let at = state.next;
    let Some(right) = gold[at] else { return 0 };
    // Behind the end it is as if the text went on outside.
    let next = gold.get(at + 1).map_or(Some(Out), |it| it.map(|it| it.action));
    let next_is_free = matches!(next, None | Some(Out));
    let is_right = match it.action {
        Begin | Unit => right == it,
        Out => !matches!(right.action, Begin | Unit),
        In => match right.action {
            Begin | In => true,
            Last => is_sunk(state, gold) && next_is_free,
            Out => next_is_free,
            Unit => next == Some(Out),
            Never => false,
        },
        Last => right.action != In || is_sunk(state, gold),
        Never => false,
    };
    u8::from(!is_right)
}

/// Whether the open entity is wrong already: spaCy's `_entity_is_sunk`.
fn is_sunk(state: &State, gold: &Gold) -> bool {
    let Some((start, label)) = state.open else { return false };
    let starts_right = |it: Move| matches!(it.action, Action::Begin | Action::Unit);
    !gold[start].is_some_and(|it| starts_right(it) && it.label == label)
}

/// The first class that is valid and costs nothing. There is none if an entity cannot be made
/// at all, as one that begins with whitespace.
pub(super) fn best(moves: &[Move], place: &Place, state: &State, gold: &Gold) -> Option<usize> {
    let open = state.open.map(|it| it.1);
    moves.iter().position(|it| it.is_valid(place, open) && cost(*it, state, gold) == 0)
}

#[cfg(test)]
mod tests {
    use predict::biluo::Labels;
    use serde::Deserialize;

    use super::*;

    /// A text of `tests/golden/oracle.jsonl`, made by spaCy with `tests/golden/spacy/oracle.py`.
    #[derive(Deserialize)]
    struct Golden {
        spaces: Vec<u8>,
        starts: Vec<u8>,
        gold: Vec<String>,
        oracle: Vec<usize>,
        walk: Vec<usize>,
        costs: Vec<String>,
    }

    impl Golden {
        fn place(&self, at: usize) -> Place {
            Place {
                is_last: at + 1 == self.spaces.len(),
                is_space: self.spaces[at] == 1,
                is_before_sentence: self.starts.get(at + 1) == Some(&1),
                ..Place::default()
            }
        }
    }

    /// A move by the name that spaCy gives it, such as `B-GENE`.
    fn named(name: &str, labels: &mut Labels) -> Move {
        let (action, label) = name.split_once('-').unwrap_or((name, ""));
        let action = match action {
            "B" => Action::Begin,
            "I" => Action::In,
            "L" => Action::Last,
            "U" => Action::Unit,
            "O" => Action::Out,
            other => panic!("{other} is no action"),
        };
        Move { action, label: labels.add(label) }
    }

    #[test]
    fn costs_are_spacy_s() {
        let mut lines = include_str!("../../tests/golden/oracle.jsonl").lines();
        let mut labels = Labels::default();
        let names: Vec<String> = serde_json::from_str(lines.next().unwrap()).unwrap();
        let moves: Vec<Move> = names.iter().map(|it| named(it, &mut labels)).collect();
        for line in lines {
            let golden: Golden = serde_json::from_str(line).unwrap();
            let right = |it: &String| (it != "-").then(|| named(it, &mut labels));
            let gold: Vec<Option<Move>> = golden.gold.iter().map(right).collect();
            let mut state = State::default();
            for class in &golden.oracle {
                let place = golden.place(state.next);
                assert_eq!(best(&moves, &place, &state, &gold), Some(*class), "{line}");
                state.make(moves[*class]);
            }
            let mut state = State::default();
            for (class, wanted) in golden.walk.iter().zip(&golden.costs) {
                let (place, open) = (golden.place(state.next), state.open.map(|it| it.1));
                let shown = moves.iter().map(|it| match it.is_valid(&place, open) {
                    true => cost(*it, &state, &gold).to_string(),
                    false => "-".to_owned(),
                });
                assert_eq!(shown.collect::<String>(), *wanted, "{state:?} in {line}");
                state.make(moves[*class]);
            }
        }
    }
}
