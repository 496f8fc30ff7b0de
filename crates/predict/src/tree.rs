//! A finished parse: which token hangs on which, and where its sentences start.

/// What hangs on what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arc {
    pub(crate) head: usize,
    pub(crate) child: usize,
    /// The class that drew it; it names the label.
    pub(crate) class: usize,
}

/// What a label has between that of its token and that of the head it should hang on.
const DECORATION: &str = "||";

/// Tokens by their heads; a root is its own.
pub(crate) struct Tree {
    heads: Vec<usize>,
    labels: Vec<String>,
    /// The first and the last token below each token, itself included.
    edges: Vec<[usize; 2]>,
}

impl Tree {
    /// spaCy's `ArcEager.set_annotations`. `labels` are those of the classes.
    pub(crate) fn new(n_tokens: usize, arcs: &[Arc], labels: &[String]) -> Self {
        let mut tree = Self {
            heads: (0..n_tokens).collect(),
            labels: vec!["ROOT".to_owned(); n_tokens],
            edges: Vec::new(),
        };
        for arc in arcs {
            tree.heads[arc.child] = arc.head;
            tree.labels[arc.child].clone_from(&labels[arc.class]);
        }
        tree.set_edges();
        tree
    }

    /// Whether a sentence starts at each token, after decorated labels found their heads.
    pub(crate) fn starts(mut self, is_space: &[bool]) -> Vec<bool> {
        self.undecorate(is_space);
        self.set_edges();
        let mut starts = vec![false; self.heads.len()];
        for token in 0..self.heads.len() {
            if self.heads[token] == token {
                starts[self.edges[token][0]] = true;
            }
        }
        starts
    }

    /// Hangs tokens whose label names another head on it: spaCy's `nonproj.deprojectivize`.
    fn undecorate(&mut self, is_space: &[bool]) {
        for token in 0..self.heads.len() {
            let Some((label, head_label)) = self.labels[token].split_once(DECORATION) else {
                continue;
            };
            let (label, head_label) = (label.to_owned(), head_label.to_owned());
            self.heads[token] = self.find_head(token, &head_label, is_space);
            self.labels[token] = label;
        }
    }

    /// The first token of this label below a token's head, level by level.
    fn find_head(&self, token: usize, label: &str, is_space: &[bool]) -> usize {
        let mut level = vec![self.heads[token]];
        // A cycle would go on for ever, in spaCy too; no level is deeper than all tokens.
        for _ in 0..self.heads.len() {
            let mut next = Vec::new();
            for head in level {
                for child in self.children(head) {
                    if is_space[child] || child == token {
                        continue;
                    }
                    if self.labels[child] == label {
                        return child;
                    }
                    next.push(child);
                }
            }
            level = next;
        }
        self.heads[token]
    }

    /// The children of a token inside its edges as they were last set.
    fn children(&self, head: usize) -> impl Iterator<Item = usize> {
        let [first, last] = self.edges[head];
        (first..=last).filter(move |it| *it != head && self.heads[*it] == head)
    }

    /// spaCy's `set_children_from_heads`: edges are handed up until every head lies in the
    /// sentence of its children, ten times at most.
    fn set_edges(&mut self) {
        self.edges = (0..self.heads.len()).map(|it| [it, it]).collect();
        for _ in 0..=11 {
            let n = self.heads.len();
            (0..n).for_each(|it| self.hand_up(it));
            (0..n).rev().for_each(|it| self.hand_up(it));
            if self.heads_are_in_sentences() {
                break;
            }
        }
    }

    fn hand_up(&mut self, child: usize) {
        let [first, last] = self.edges[child];
        let head = &mut self.edges[self.heads[child]];
        *head = [head[0].min(first), head[1].max(last)];
    }

    /// spaCy's `_set_lr_kids_and_edges` looks at all sentences but the last token of the text.
    fn heads_are_in_sentences(&self) -> bool {
        let n = self.heads.len();
        let mut is_start = vec![false; n];
        for token in 0..n {
            if self.heads[token] == token {
                is_start[self.edges[token][0]] = true;
            }
        }
        let mut start = 0;
        for (end, is_start) in is_start.into_iter().enumerate() {
            if (0 < end && is_start) || end + 1 == n {
                let inside = start..=end;
                if !self.heads[start..end].iter().all(|head| inside.contains(head)) {
                    return false;
                }
                start = end;
            }
        }
        true
    }
}
