//! Sentence starts from a parse: spaCy's arc-eager parser.

use model::Transitions;

use crate::{
    doc::{Doc, Start},
    head::{self, Head},
    numbers::Matrix,
    tree::{Arc, Tree},
};

/// A parser.
pub(crate) struct Parser {
    head: Head,
    moves: Vec<Move>,
    n_features: usize,
    /// The label of each class; arcs name it by class.
    labels: Vec<String>,
}

#[derive(Clone, Copy)]
struct Move {
    action: Action,
    /// Whether its label joins the pieces of a word, which must touch.
    is_subtoken: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Shift,
    Reduce,
    Left,
    Right,
    Break,
    Never,
}

impl Parser {
    pub(crate) fn new(model: &Transitions) -> Self {
        let classes = model.moves.classes();
        let action = |action| match action {
            0 => Action::Shift,
            1 => Action::Reduce,
            2 => Action::Left,
            3 => Action::Right,
            4 => Action::Break,
            _ => Action::Never,
        };
        let moves = classes
            .iter()
            .map(|it| Move { action: action(it.action), is_subtoken: it.label == "subtok" });
        Self {
            head: Head::new(model),
            moves: moves.collect(),
            n_features: model.lower.weight.shape()[0] as usize,
            labels: classes.into_iter().map(|it| it.label).collect(),
        }
    }

    /// Finds the sentence starts of all texts. `vectors` are those of their tokens.
    pub(crate) fn apply(&self, docs: &mut [Doc<'_>], vectors: &Matrix) {
        let parts = self.head.prepare(vectors);
        let mut scratch = self.head.scratch();
        let mut tokens = vec![None; self.n_features];
        let mut offset = 0;
        for doc in docs {
            let mut state = State::new(&doc.starts);
            while !state.is_final() {
                state.look_at(offset, &mut tokens);
                let scores = self.head.score(&parts, &tokens, &mut scratch);
                let valid = Valid::of(&state);
                let best = head::best(scores, |it| valid.allows(self.moves[it]));
                match best {
                    Some(class) => state.make(self.moves[class].action, class),
                    None => state.give_up(),
                }
            }
            offset += doc.len();
            let is_space: Vec<bool> = doc.attributes.iter().map(|it| it.is_space).collect();
            let starts = Tree::new(doc.len(), &state.arcs, &self.labels).starts(&is_space);
            for (start, is_start) in doc.starts.iter_mut().zip(starts) {
                *start = if is_start { Start::Yes } else { Start::No };
            }
        }
    }
}

/// Which actions a state allows.
struct Valid {
    actions: [bool; 5],
    /// Whether the stack's top and the buffer's front touch.
    touch: bool,
}

impl Valid {
    /// spaCy's `is_valid` of each move.
    fn of(state: &State<'_>) -> Self {
        let (depth, n_left) = (state.stack.len(), state.buffer_len());
        let (b0, b1) = (state.buffer(0), state.buffer(1));
        let starts = b0.is_some_and(|it| state.starts_sentence(it));
        let arc = 0 < depth && 0 < n_left && !starts;
        let shift =
            depth == 0 || 2 <= n_left && !starts && !b0.is_some_and(|it| state.unshiftable[it]);
        let reduce = 0 < depth
            && (n_left == 0 || depth != 1 || !b0.is_some_and(|it| state.cannot_start(it)));
        let breaks = 2 <= n_left
            && match (b0, b1) {
                (Some(b0), Some(b1)) => {
                    b1 == b0 + 1 && !state.starts_sentence(b1) && !state.cannot_start(b1)
                }
                _ => false,
            };
        let touch = match (state.stack.last(), b0) {
            (Some(s0), Some(b0)) => *s0 + 1 == b0,
            _ => false,
        };
        Self { actions: [shift, reduce, arc, arc, breaks], touch }
    }

    fn allows(&self, it: Move) -> bool {
        let idx = match it.action {
            Action::Shift => 0,
            Action::Reduce => 1,
            Action::Left => 2,
            Action::Right => 3,
            Action::Break => 4,
            Action::Never => return false,
        };
        let is_arc = matches!(it.action, Action::Left | Action::Right);
        self.actions[idx] && (!(it.is_subtoken && is_arc) || self.touch)
    }
}

/// A parse under way: spaCy's `StateC`.
struct State<'d> {
    starts: &'d [Start],
    /// Sentence starts that the parser itself decided on.
    breaks: Vec<bool>,
    stack: Vec<usize>,
    /// Tokens that came back from the stack, the next one last.
    returned: Vec<usize>,
    /// The next token that was never on the stack.
    next: usize,
    heads: Vec<Option<usize>>,
    arcs: Vec<Arc>,
    /// The children of each token on its left and on its right, in the order of their arcs.
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    /// Tokens that may not go to the stack again.
    unshiftable: Vec<bool>,
}

impl<'d> State<'d> {
    fn new(starts: &'d [Start]) -> Self {
        let n = starts.len();
        Self {
            starts,
            breaks: vec![false; n],
            stack: Vec::new(),
            returned: Vec::new(),
            next: 0,
            heads: vec![None; n],
            arcs: Vec::new(),
            left: vec![Vec::new(); n],
            right: vec![Vec::new(); n],
            unshiftable: vec![false; n],
        }
    }

    fn is_final(&self) -> bool {
        self.stack.is_empty() && self.buffer_len() == 0
    }

    fn buffer_len(&self) -> usize {
        self.starts.len() - self.next + self.returned.len()
    }

    fn buffer(&self, idx: usize) -> Option<usize> {
        if let Some(at) = self.returned.len().checked_sub(idx + 1) {
            return Some(self.returned[at]);
        }
        let token = self.next + idx - self.returned.len();
        (token < self.starts.len()).then_some(token)
    }

    fn stacked(&self, idx: usize) -> Option<usize> {
        self.stack.len().checked_sub(idx + 1).map(|at| self.stack[at])
    }

    fn starts_sentence(&self, token: usize) -> bool {
        self.starts[token] == Start::Yes || self.breaks[token]
    }

    fn cannot_start(&self, token: usize) -> bool {
        self.starts[token] == Start::No
    }

    fn make(&mut self, action: Action, class: usize) {
        match action {
            Action::Shift => self.push(),
            Action::Reduce => self.reduce(),
            Action::Left => {
                if let (Some(head), Some(child)) = (self.buffer(0), self.stacked(0)) {
                    self.add_arc(head, child, class);
                    self.unshiftable[head] = false;
                    self.stack.pop();
                }
            }
            Action::Right => {
                if let (Some(head), Some(child)) = (self.stacked(0), self.buffer(0)) {
                    self.add_arc(head, child, class);
                    self.push();
                }
            }
            Action::Break => {
                if let Some(token) = self.buffer(1) {
                    self.breaks[token] = true;
                }
            }
            Action::Never => {}
        }
    }

    fn push(&mut self) {
        let token = self.returned.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        });
        self.stack.push(token);
    }

    /// Takes the top off the stack; without a head it goes back, unless it is the last.
    fn reduce(&mut self) {
        let is_last = self.stack.len() == 1;
        let Some(token) = self.stack.pop() else { return };
        if self.heads[token].is_none() && !is_last {
            self.unshiftable[token] = true;
            self.returned.push(token);
        }
    }

    fn add_arc(&mut self, head: usize, child: usize, class: usize) {
        if let Some(old) = self.heads[child] {
            self.remove_arc(old, child);
        }
        let side = if child < head { &mut self.left } else { &mut self.right };
        side[head].push(child);
        self.heads[child] = Some(head);
        self.arcs.push(Arc { head, child, class });
    }

    /// Forgets an arc if it is the last of its head; spaCy's `StateC.map_del_arc` changes a copy
    /// of any other.
    fn remove_arc(&mut self, head: usize, child: usize) {
        let side = if child < head { &mut self.left } else { &mut self.right };
        if side[head].last() == Some(&child) {
            side[head].pop();
            self.arcs.retain(|it| !(it.head == head && it.child == child));
        }
    }

    /// Ends the parse where no move is valid.
    fn give_up(&mut self) {
        self.stack.clear();
        self.returned.clear();
        self.next = self.starts.len();
    }

    /// The child of a token that came `nth` last, from 1.
    fn child(side: &[Vec<usize>], of: Option<usize>, nth: usize) -> Option<usize> {
        side[of?].iter().nth_back(nth - 1).copied()
    }

    /// The tokens that a state looks at: spaCy's `StateC.set_context_tokens`.
    fn look_at(&self, offset: usize, tokens: &mut [Option<usize>]) {
        let [b0, b1] = [0, 1].map(|it| self.buffer(it));
        let [s0, s1, s2] = [0, 1, 2].map(|it| self.stacked(it));
        let left = |of, nth| Self::child(&self.left, of, nth);
        let right = |of, nth| Self::child(&self.right, of, nth);
        let near = [b0, b1, s0, s1, s2];
        tokens[..near.len()].copy_from_slice(&near);
        if tokens.len() == 8 {
            tokens[5..].copy_from_slice(&[left(b0, 1), left(s0, 1), right(s0, 1)]);
        } else {
            // spaCy writes the stack's second child on the left, then the first on the right over
            // it.
            tokens[5..].copy_from_slice(&[
                left(s0, 1),
                right(s0, 1),
                left(b0, 1),
                right(s0, 2),
                left(s1, 1),
                left(s1, 2),
                right(s1, 1),
                right(s1, 2),
            ]);
        }
        for token in tokens.iter_mut().flatten() {
            *token += offset;
        }
    }
}
