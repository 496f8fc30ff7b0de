use rustc_hash::FxHashSet;

/// The longest name without its extension, in bytes.
const LONGEST: usize = 120;

/// Names for the files of a format that has one a text.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// In lower case: some disks make no difference.
    taken: FxHashSet<String>,
}

impl Names {
    /// The name of the file of a text, which no other has and every disk takes; and whether it says
    /// the id as it is.
    pub(crate) fn path(&mut self, id: &str, extension: &str) -> (String, bool) {
        let is_odd = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
        let mut name: String = id.chars().map(|c| if is_odd(c) { '_' } else { c }).collect();
        while LONGEST < name.len() {
            name.pop();
        }
        let inner = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
        let mut name = if inner.is_empty() { "text".to_owned() } else { inner.to_owned() };
        let (plain, mut n) = (name.clone(), 1);
        while !self.taken.insert(name.to_lowercase()) {
            n += 1;
            name = format!("{plain}-{n}");
        }
        let is_same = name == id;
        (format!("{name}.{extension}"), is_same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_their_own() {
        let mut names = Names::default();
        let mut check = |id: &str, path: &str, is_same| {
            assert_eq!(names.path(id, "tsv"), (path.to_owned(), is_same), "{id}");
        };
        check("doc 1", "doc 1.tsv", true);
        check("Doc 1", "Doc 1-2.tsv", false);
        check("../../etc/x", "_.._etc_x.tsv", false);
        check("..", "text.tsv", false);
        check("\0🧪.v2 ", "_🧪.v2.tsv", false);
        check("", "text-2.tsv", false);
        check(&"ä".repeat(100), &format!("{}.tsv", "ä".repeat(60)), false);
    }
}
