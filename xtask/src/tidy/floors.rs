//! The floors table, and which edges it allows.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::graph::Graph;

/// The table `| floor | crate | one line | may use |`.
pub(crate) struct Floors {
    rows: BTreeMap<String, Row>,
}

#[derive(Debug, PartialEq, Eq)]
struct Row {
    /// `None` for what stands beside the house.
    floor: Option<u32>,
    may_use: Vec<String>,
}

impl Floors {
    /// Reads the first table whose head is `floor`, `crate`, …, `may use`.
    pub(crate) fn parse(markdown: &str) -> Result<Self> {
        let mut lines = markdown.lines().map(cells).skip_while(|cells| !is_head(cells));
        lines.next().context(
            "ARCHITECTURE.md has no table with the head floor, crate, one line, may use",
        )?;
        let mut rows = BTreeMap::new();
        // The line below the head only draws a rule.
        for cells in lines.skip(1).take_while(|cells| !cells.is_empty()) {
            let [floor, name, _, may_use] = cells.as_slice() else {
                bail!(
                    "a line of the floors table has {} columns instead of 4: {cells:?}",
                    cells.len()
                );
            };
            let name = name.trim_matches('`').to_owned();
            let floor = match *floor {
                "–" => None,
                number => Some(number.parse().with_context(|| {
                    format!("the floor of {name} is {number:?}: write a number, or – for none")
                })?),
            };
            let may_use = match *may_use {
                "–" => Vec::new(),
                names => names.split(", ").map(|it| it.trim_matches('`').to_owned()).collect(),
            };
            if rows.insert(name.clone(), Row { floor, may_use }).is_some() {
                bail!("{name} stands twice in the floors table");
            }
        }
        Ok(Self { rows })
    }

    /// Edges that the table does not have, or that do not go down; crates without a row, and
    /// rows without a crate.
    pub(crate) fn check(&self, graph: &Graph) -> Vec<String> {
        let mut complaints = Vec::new();
        for (name, row) in &self.rows {
            if !graph.has_member(name) {
                complaints.push(format!("the floors table names {name}, which is no crate here"));
            }
            for used in &row.may_use {
                let lower = self.rows.get(used).and_then(|it| it.floor);
                if lower.is_none() || row.floor.is_some() && row.floor <= lower {
                    complaints.push(format!(
                        "the floors table lets {name} use {used}, which is not on a lower floor"
                    ));
                }
            }
        }
        for (user, used) in graph.member_edges() {
            match self.rows.get(user) {
                Some(row) if row.may_use.iter().any(|it| it == used) => {}
                _ => complaints
                    .push(format!("{user} uses {used}: the floors table has no such edge")),
            }
        }
        for name in graph.members() {
            if !self.rows.contains_key(name) {
                complaints.push(format!("{name} is not in the floors table: add its line"));
            }
        }
        complaints
    }
}

/// The cells of a table's line; none if the line is not of a table.
fn cells(line: &str) -> Vec<&str> {
    match line.trim().strip_prefix('|').and_then(|it| it.strip_suffix('|')) {
        Some(inner) => inner.split('|').map(str::trim).collect(),
        None => Vec::new(),
    }
}

fn is_head(cells: &[&str]) -> bool {
    matches!(cells, ["floor", "crate", _, "may use"])
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const TABLE: &str = "
# House
| word | meaning |
|---|---|
| floor | not this table |

| floor | crate | one line | may use |
|---|---|---|---|
| 0 | `corpus` | plain data | – |
| 1 | `scorer` | scores | corpus |
| 2 | `page` | the page | `corpus`, `scorer` |
| – | `xtask` | commands | – |

| 9 | `after` | a blank line ends the table | – |
";

    #[track_caller]
    fn check(table: &str, edges: &[(&str, &[&str])], expect: &Expect) {
        let floors = Floors::parse(table).expect("the table is well formed");
        expect.assert_eq(&floors.check(&Graph::of_members(edges)).join("\n"));
    }

    #[test]
    fn table_allows_its_own_edges() {
        check(
            TABLE,
            &[("corpus", &[]), ("scorer", &["corpus"]), ("page", &["scorer"]), ("xtask", &[])],
            &expect![""],
        );
    }

    #[test]
    fn other_edges_and_missing_lines_are_told() {
        check(
            TABLE,
            &[("corpus", &["scorer"]), ("scorer", &[]), ("page", &[]), ("attic", &["corpus"])],
            &expect![[r#"
                the floors table names xtask, which is no crate here
                attic uses corpus: the floors table has no such edge
                corpus uses scorer: the floors table has no such edge
                attic is not in the floors table: add its line"#]],
        );
    }

    #[test]
    fn a_line_that_goes_up_or_sideways_is_told() {
        check(
            &TABLE.replace("| plain data | – |", "| plain data | scorer |"),
            &[("corpus", &[]), ("scorer", &[]), ("page", &[]), ("xtask", &[])],
            &expect!["the floors table lets corpus use scorer, which is not on a lower floor"],
        );
        check(
            &TABLE.replace("| 2 |", "| 1 |"),
            &[("corpus", &[]), ("scorer", &[]), ("page", &[]), ("xtask", &[])],
            &expect!["the floors table lets page use scorer, which is not on a lower floor"],
        );
    }

    #[test]
    fn a_broken_table_is_told() {
        assert!(Floors::parse("no table").is_err());
        assert!(Floors::parse(&TABLE.replace("| 0 |", "| ground |")).is_err());
        assert!(Floors::parse(&TABLE.replace("`scorer` |", "`corpus` |")).is_err());
        assert!(Floors::parse(&TABLE.replace("| scores |", "| scores | more |")).is_err());
    }
}
