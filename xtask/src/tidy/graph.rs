//! Who uses whom, as cargo resolved it. Development dependencies do not count.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

/// Packages and their normal and build dependencies.
pub(crate) struct Graph {
    packages: BTreeMap<String, Package>,
    members: BTreeSet<String>,
}

struct Package {
    name: String,
    described: bool,
    uses: BTreeSet<String>,
}

/// Crates that may name the browser's own interfaces.
const MAY_NAME_BROWSER: [&str; 5] = ["app", "io_worker", "link", "storage", "train_worker"];

/// Packages that are the browser's own interfaces, or stand on nothing else.
const BROWSER: [&str; 6] =
    ["gloo", "indexed_db_futures", "js-sys", "wasm-bindgen", "wasm-bindgen-futures", "web-sys"];

/// Crates that the page must not reach: they are the workers' weight.
const WORKERS_ONLY: [&str; 6] = ["crf", "formats", "learn", "predict", "spacy", "tokenizer"];

/// What the names of packages begin with that the page must not reach.
const TENSORS: [&str; 2] = ["burn", "cubecl"];

impl Graph {
    /// Reads what `cargo metadata` wrote.
    pub(crate) fn read(metadata: &Value) -> Result<Self> {
        let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| {
            value.as_str().map(str::to_owned).context("cargo metadata has another shape")
        };
        let mut packages = BTreeMap::new();
        for package in array(&metadata["packages"]) {
            let described = package["description"].as_str().is_some_and(|it| !it.trim().is_empty());
            let (id, name) = (text(&package["id"])?, text(&package["name"])?);
            packages.insert(id, Package { name, described, uses: BTreeSet::new() });
        }
        for node in array(&metadata["resolve"]["nodes"]) {
            let id = text(&node["id"])?;
            let mut uses = BTreeSet::new();
            for dep in array(&node["deps"]) {
                if array(&dep["dep_kinds"]).iter().any(|it| it["kind"] != "dev") {
                    uses.insert(text(&dep["pkg"])?);
                }
            }
            packages.get_mut(&id).context("cargo metadata resolves an unknown package")?.uses =
                uses;
        }
        let members = array(&metadata["workspace_members"]);
        Ok(Self { packages, members: members.iter().map(text).collect::<Result<_>>()? })
    }

    /// The workspace's crates, by name.
    pub(crate) fn members(&self) -> BTreeSet<&str> {
        self.members.iter().map(|id| self.name(id)).collect()
    }

    /// Whether the workspace has a crate of this name.
    pub(crate) fn has_member(&self, name: &str) -> bool {
        self.members().contains(name)
    }

    /// Every edge from one crate of the workspace to another: user, used.
    pub(crate) fn member_edges(&self) -> BTreeSet<(&str, &str)> {
        let mut edges = BTreeSet::new();
        for user in &self.members {
            for used in self.packages[user].uses.intersection(&self.members) {
                edges.insert((self.name(user), self.name(used)));
            }
        }
        edges
    }

    /// Crates without a description.
    pub(crate) fn undescribed(&self) -> Vec<String> {
        let members = self.members.iter().map(|id| &self.packages[id]);
        members
            .filter(|it| !it.described)
            .map(|it| format!("{} has no description: add one to its Cargo.toml", it.name))
            .collect()
    }

    /// Crates below the browser's that name its interfaces.
    pub(crate) fn naming_the_browser(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for user in self.members.iter().filter(|id| !MAY_NAME_BROWSER.contains(&self.name(id))) {
            for used in &self.packages[user].uses {
                let (user, used) = (self.name(user), self.name(used));
                if BROWSER.contains(&used) {
                    complaints.push(format!(
                        "{user} uses {used}: only {} may name the browser",
                        MAY_NAME_BROWSER.join(", ")
                    ));
                }
            }
        }
        complaints
    }

    /// What the page reaches though only the workers may, with the way it gets there.
    pub(crate) fn reached_by_the_page(&self) -> Vec<String> {
        let Some(app) = self.members.iter().find(|id| self.name(id) == "app") else {
            return vec!["the workspace has no crate app".to_owned()];
        };
        let mut complaints = Vec::new();
        let mut seen = BTreeSet::from([app]);
        let mut open = vec![vec![app]];
        while let Some(way) = open.pop() {
            let last = way[way.len() - 1];
            let name = self.name(last);
            let forbidden = self.members.contains(last) && WORKERS_ONLY.contains(&name)
                || TENSORS.iter().any(|it| name.starts_with(it));
            if forbidden {
                let way = way.iter().map(|id| self.name(id)).collect::<Vec<_>>();
                complaints.push(format!("the page reaches {name}: {}", way.join(" → ")));
                continue;
            }
            for used in &self.packages[last].uses {
                if seen.insert(used) {
                    open.push([way.as_slice(), &[used]].concat());
                }
            }
        }
        complaints.sort();
        complaints
    }

    fn name(&self, id: &str) -> &str {
        &self.packages[id].name
    }

    /// A graph of crates of the workspace alone.
    #[cfg(test)]
    pub(crate) fn of_members(edges: &[(&str, &[&str])]) -> Self {
        let package = |(name, uses): &(&str, &[&str])| {
            let uses = uses.iter().map(|it| (*it).to_owned()).collect();
            ((*name).to_owned(), Package { name: (*name).to_owned(), described: true, uses })
        };
        Self {
            packages: edges.iter().map(package).collect(),
            members: edges.iter().map(|(name, _)| (*name).to_owned()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_is_read_without_development_dependencies() {
        let graph = Graph::read(&json!({
            "packages": [
                { "id": "1", "name": "app", "description": "The page" },
                { "id": "2", "name": "learn", "description": " " },
                { "id": "3", "name": "web-sys", "description": "Bindings" },
            ],
            "resolve": { "nodes": [
                { "id": "1", "deps": [
                    { "pkg": "2", "dep_kinds": [{ "kind": "dev" }] },
                    { "pkg": "3", "dep_kinds": [{ "kind": "dev" }, { "kind": null }] },
                ]},
                { "id": "2", "deps": [{ "pkg": "3", "dep_kinds": [{ "kind": null }] }] },
                { "id": "3", "deps": [] },
            ]},
            "workspace_members": ["1", "2"],
        }))
        .expect("this is how cargo writes it");
        assert!(graph.member_edges().is_empty());
        assert!(graph.reached_by_the_page().is_empty());
        expect![[r#"
            learn has no description: add one to its Cargo.toml
            learn uses web-sys: only app, io_worker, link, storage, train_worker may name the browser"#]]
        .assert_eq(&[graph.undescribed(), graph.naming_the_browser()].concat().join("\n"));
    }

    #[test]
    fn the_page_is_told_its_way_to_forbidden_crates() {
        let graph = Graph::of_members(&[
            ("app", &["protocol", "corpus"]),
            ("protocol", &["tokenizer", "middle"]),
            ("middle", &["burn-flex"]),
            ("tokenizer", &["corpus"]),
            ("burn-flex", &[]),
            ("corpus", &[]),
        ]);
        expect![[r#"
            the page reaches burn-flex: app → protocol → middle → burn-flex
            the page reaches tokenizer: app → protocol → tokenizer"#]]
        .assert_eq(&graph.reached_by_the_page().join("\n"));
    }
}
