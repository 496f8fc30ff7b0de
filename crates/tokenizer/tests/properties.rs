//! What holds for any text.

use std::{iter, sync::LazyLock};

use proptest::prelude::*;
use tokenizer::{Base, Rules, Tokenizer, attributes};

/// Pieces that the rules have something to say about.
const FRAGMENTS: [&str; 40] = [
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "\u{a0}",
    "\u{1f}",
    "\u{2009}",
    "a",
    "B",
    "é",
    "e\u{301}",
    "\u{200b}",
    "😀",
    "👩‍🔬",
    "中",
    "ש",
    "1",
    "²",
    ".",
    "..",
    ",",
    "-",
    "—",
    "'",
    "’",
    "\"",
    "(",
    ")",
    ":",
    ":)",
    "/",
    "$",
    "°C.",
    "km",
    "n't",
    "don't",
    "a.m.",
    "://",
    "x.org",
];

static RULES: LazyLock<Rules> =
    LazyLock::new(|| Base::BlankEn.rules().expect("English is cut by rules"));

thread_local! {
    static TOKENIZERS: [Tokenizer; 7] = Base::ALL.map(Tokenizer::new);
}

fn bases() -> impl Strategy<Value = usize> {
    0..Base::ALL.len()
}

/// `base` is a number in [`Base::ALL`].
#[track_caller]
fn check(base: usize, text: &str) {
    let tokens = TOKENIZERS.with(|it| it[base].tokenize(text));
    let joined: String =
        tokens.iter().flat_map(|it| [it.text(text), if it.space { " " } else { "" }]).collect();
    assert_eq!(joined, text);
    let mut end = 0;
    for token in &tokens {
        assert_eq!(token.start, end, "tokens lie one after the other");
        assert!(token.start < token.end, "no token is empty");
        end = token.end + u32::from(token.space);
        attributes(text, token);
    }
    let again = TOKENIZERS.with(|it| it[base].tokenize(text));
    assert_eq!(again, tokens, "what is remembered changes nothing");
}

proptest! {
    #[test]
    fn any_text(base in bases(), text in any::<String>()) {
        check(base, &text);
    }

    #[test]
    fn text_with_much_to_cut(
        base in bases(),
        fragments in prop::collection::vec(prop::sample::select(&FRAGMENTS[..]), 0..30),
    ) {
        check(base, &fragments.concat());
    }

    #[test]
    fn text_of_exceptions(
        base in bases(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), "[ .,()'-]{0,2}"), 0..10),
    ) {
        let keys: Vec<_> = RULES.exceptions.keys().collect();
        let text: String =
            picks.iter().flat_map(|(pick, glue)| [pick.get(&keys).as_str(), glue]).collect();
        check(base, &text);
    }
}

#[test]
fn long_chunks() {
    for fragment in ["a", "é", ".", ")", "(", "a.", "A,b", "1-", "$", "5m", "😀", "'", "a/b:"] {
        for base in 0..Base::ALL.len() {
            let len = if Base::ALL[base] == Base::BlankEn { 100_000 } else { 10_000 };
            let text: String = iter::repeat_n(fragment, len / fragment.len()).collect();
            check(base, &text);
        }
    }
}

/// Rules whose patterns match where spaCy's never do must not make us panic.
#[test]
fn unusual_rules() {
    let rules = r#"{"prefix_search": "é", "suffix_search": "(?<=a)b", "infix_finditer": "(?=c)|",
                    "exceptions": {"a b": [{"ORTH": "a"}, {"ORTH": " b"}]}}"#;
    let rules: Rules = serde_json::from_str(rules).expect("rules");
    let tokenizer = Tokenizer::from_rules(&rules).expect("the patterns are valid");
    for text in ["aéb", "abéé", "ab😀é", "ccacc", "a b", "a bc"] {
        let tokens = tokenizer.tokenize(text);
        let joined: String =
            tokens.iter().flat_map(|it| [it.text(text), if it.space { " " } else { "" }]).collect();
        assert_eq!(joined, text);
    }
}

#[test]
fn bad_rules_are_refused() {
    let check = |rules: &str, expected: &str| {
        let rules: Rules = serde_json::from_str(rules).expect("rules");
        let err = Tokenizer::from_rules(&rules).err().expect("the rules are bad");
        assert!(err.to_string().starts_with(expected), "{err}");
    };
    check(r#"{"exceptions": {}, "prefix_search": "("}"#, "tokenizer rule prefix_search: ");
    check(
        r#"{"exceptions": {"ab": [{"ORTH": "a"}]}}"#,
        r#"the tokens of exception "ab" do not join to it"#,
    );
}
