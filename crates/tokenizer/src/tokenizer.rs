//! Text into tokens: spaCy's `Tokenizer`.

use std::{borrow::Cow, cell::RefCell};

use rustc_hash::FxHashMap;

use crate::{
    Base, Rules, RulesError, Token, characters,
    lex::{self, is_whitespace, string_id},
    pattern::{Match, Pattern, StartPattern},
    shipped::Shipped,
    special::Sequences,
};

/// How many chunks are remembered, and up to which length in bytes.
const CACHE_CHUNKS: usize = 10_000;
const CACHE_CHUNK_BYTES: usize = 64;

/// Cuts texts into tokens.
///
/// Its regular expressions are compiled when a text first needs them, and what became of a word
/// is remembered: make one for each base and keep it.
#[derive(Default)]
pub struct Tokenizer {
    /// Whether each character is a token. No rule is asked then.
    by_character: bool,
    prefix: Option<Pattern>,
    suffix: Option<Pattern>,
    infix: Option<Pattern>,
    token_match: Option<StartPattern>,
    url_match: Option<StartPattern>,
    exceptions: FxHashMap<Box<str>, Box<[Piece]>>,
    /// Length in bytes of the longest exception: nothing longer is looked up.
    longest_exception: usize,
    sequences: Sequences,
    /// Norms that exceptions give, by string id.
    norms: FxHashMap<u64, Box<str>>,
    /// What became of a chunk. Forgetting it changes no result.
    cache: RefCell<FxHashMap<Box<str>, Box<[Piece]>>>,
}

/// One token of a chunk. The pieces of a chunk lie one after the other.
#[derive(Clone, Copy)]
struct Piece {
    /// Length in bytes.
    len: usize,
    /// String id of the norm that an exception gives; 0 for none.
    norm: u64,
}

/// Whether exceptions are heeded. They are not while their own sequences are made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exceptions {
    Heed,
    Ignore,
}

impl Tokenizer {
    /// The tokenizer of a base.
    pub fn new(base: Base) -> Self {
        let Some(Shipped { rules, torn }) = base.shipped() else {
            return Tokenizer { by_character: true, ..Tokenizer::default() };
        };
        let mut tokenizer = Tokenizer::unchecked(&rules).expect("we ship valid rules");
        for texts in &torn {
            tokenizer.sequences.insert(texts.iter().map(String::as_str));
        }
        tokenizer
    }

    /// A tokenizer with rules of its own.
    pub fn from_rules(rules: &Rules) -> Result<Self, RulesError> {
        let mut tokenizer = Tokenizer::unchecked(rules)?;
        check("prefix_search", tokenizer.prefix.as_ref(), Pattern::check)?;
        check("suffix_search", tokenizer.suffix.as_ref(), Pattern::check)?;
        check("infix_finditer", tokenizer.infix.as_ref(), Pattern::check)?;
        check("token_match", tokenizer.token_match.as_ref(), StartPattern::check)?;
        check("url_match", tokenizer.url_match.as_ref(), StartPattern::check)?;
        for key in rules.exceptions.keys() {
            if !rules.faster_heuristics || tokenizer.is_torn_apart(key) {
                let tokens = tokenizer.first_pass(key, Exceptions::Ignore);
                tokenizer.sequences.insert(tokens.iter().map(|it| it.text(key)));
            }
        }
        Ok(tokenizer)
    }

    /// A tokenizer that knows neither whether its patterns can be compiled, nor which exceptions
    /// are torn apart.
    fn unchecked(rules: &Rules) -> Result<Self, RulesError> {
        Ok(Tokenizer {
            prefix: rules.prefix_search.as_deref().map(Pattern::search),
            suffix: rules.suffix_search.as_deref().map(Pattern::search),
            infix: rules.infix_finditer.as_deref().map(Pattern::search),
            token_match: rules.token_match.as_deref().map(StartPattern::new),
            url_match: rules.url_match.as_deref().map(StartPattern::new),
            exceptions: exceptions(rules)?,
            longest_exception: rules.exceptions.keys().map(String::len).max().unwrap_or(0),
            norms: norms(rules),
            ..Tokenizer::default()
        })
    }

    /// The tokens of a text, in order.
    ///
    /// Their texts, each with a blank where `space` is set, give the text again.
    pub fn tokenize(&self, text: &str) -> Vec<Token> {
        if self.by_character {
            return characters::tokenize(text);
        }
        let tokens = self.first_pass(text, Exceptions::Heed);
        self.second_pass(text, tokens)
    }

    /// The text of a token's norm, for a token of this tokenizer. `doc` is the text that it was
    /// made from.
    pub fn norm<'a>(&'a self, doc: &'a str, token: &Token) -> Cow<'a, str> {
        match token.norm().and_then(|id| self.norms.get(&id)) {
            Some(norm) => Cow::Borrowed(norm),
            None => lex::norm(token.text(doc)),
        }
    }

    /// Cuts at whitespace, and cuts up what lies between.
    fn first_pass(&self, text: &str, exceptions: Exceptions) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(text.len() / 5);
        let mut start = 0;
        let mut in_space = text.chars().next().is_some_and(is_whitespace);
        for (at, ch) in text.char_indices() {
            if is_whitespace(ch) == in_space {
                continue;
            }
            self.push_chunk(&mut tokens, text, Match { start, end: at }, exceptions);
            start = at;
            if ch == ' ' {
                if let Some(last) = tokens.last_mut() {
                    last.space = true;
                }
                start += 1;
            }
            in_space = !in_space;
        }
        self.push_chunk(&mut tokens, text, Match { start, end: text.len() }, exceptions);
        tokens
    }

    /// Adds the tokens of a chunk: a run of whitespace, or of what is none.
    fn push_chunk(
        &self,
        tokens: &mut Vec<Token>,
        text: &str,
        Match { start, end }: Match,
        exceptions: Exceptions,
    ) {
        let chunk = &text[start..end];
        if chunk.is_empty() {
            return;
        }
        if exceptions == Exceptions::Ignore {
            return push_pieces(tokens, start, &self.pieces(chunk, exceptions));
        }
        if let Some(pieces) = self.exception(chunk, exceptions) {
            return push_pieces(tokens, start, pieces);
        }
        let mut cache = self.cache.borrow_mut();
        if let Some(pieces) = cache.get(chunk) {
            return push_pieces(tokens, start, pieces);
        }
        let pieces = self.pieces(chunk, exceptions);
        push_pieces(tokens, start, &pieces);
        if chunk.len() <= CACHE_CHUNK_BYTES {
            if cache.len() == CACHE_CHUNKS {
                cache.clear();
            }
            cache.insert(chunk.into(), pieces.into());
        }
    }

    /// Cuts up a chunk that is no exception as a whole.
    fn pieces(&self, chunk: &str, exceptions: Exceptions) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut suffixes = Vec::new();
        let middle = self.cut_affixes(chunk, exceptions, &mut pieces, &mut suffixes);
        if let Some(parts) = self.exception(middle, exceptions) {
            pieces.extend_from_slice(parts);
        } else if matches(self.token_match.as_ref(), middle)
            || matches(self.url_match.as_ref(), middle)
        {
            push_plain(&mut pieces, middle.len());
        } else {
            self.cut_infixes(middle, &mut pieces);
        }
        pieces.extend(suffixes.into_iter().rev());
        pieces
    }

    /// Cuts off prefixes and suffixes, outermost first, and gives back what is left.
    fn cut_affixes<'a>(
        &self,
        chunk: &'a str,
        exceptions: Exceptions,
        prefixes: &mut Vec<Piece>,
        suffixes: &mut Vec<Piece>,
    ) -> &'a str {
        let mut rest = chunk;
        while !rest.is_empty() {
            if matches(self.token_match.as_ref(), rest) || self.is_exception(rest, exceptions) {
                break;
            }
            let prefix = self.prefix_len(rest);
            let without_prefix = &rest[prefix..];
            if 0 < prefix && self.is_exception(without_prefix, exceptions) {
                push_plain(prefixes, prefix);
                return without_prefix;
            }
            // The suffix is looked for without the prefix, but cut off with the prefix still on.
            let suffix = self.suffix_len(without_prefix);
            let without_suffix = &rest[..rest.len() - suffix];
            if 0 < suffix && self.is_exception(without_suffix, exceptions) {
                push_plain(suffixes, suffix);
                return without_suffix;
            }
            if prefix + suffix == 0 {
                break;
            }
            push_plain(prefixes, prefix);
            push_plain(suffixes, suffix);
            rest = &without_prefix[..without_prefix.len() - suffix];
        }
        rest
    }

    fn cut_infixes(&self, middle: &str, pieces: &mut Vec<Piece>) {
        let mut start = 0;
        for infix in self.infixes(middle) {
            // What starts with an infix keeps it.
            if infix.start == 0 {
                continue;
            }
            push_plain(pieces, infix.start - start);
            push_plain(pieces, infix.end - infix.start);
            start = infix.end;
        }
        push_plain(pieces, middle.len() - start);
    }

    fn infixes<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Match> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            let found = self.infix.as_ref()?.find_at(text, from)?;
            // After an empty match the search goes on one code point later.
            from = if found.start < found.end { found.end } else { next_boundary(text, found.end) };
            Some(found)
        })
    }

    /// Length in bytes of what is to be cut off at the front.
    fn prefix_len(&self, text: &str) -> usize {
        let found = self.prefix.as_ref().and_then(|it| it.find_at(text, 0));
        match found {
            None => 0,
            Some(found) if found.start == 0 => found.end,
            // As in spaCy, a match elsewhere still gives the length.
            Some(Match { start, end }) => {
                let n_chars = text[start..end].chars().count();
                text.char_indices().nth(n_chars).map_or(text.len(), |(at, _)| at)
            }
        }
    }

    /// Length in bytes of what is to be cut off at the end.
    fn suffix_len(&self, text: &str) -> usize {
        let found = self.suffix.as_ref().and_then(|it| it.find_at(text, 0));
        match found {
            None => 0,
            Some(found) if found.end == text.len() => text.len() - found.start,
            Some(Match { start, end }) => {
                text.chars().rev().take(text[start..end].chars().count()).map(char::len_utf8).sum()
            }
        }
    }

    fn exception(&self, text: &str, exceptions: Exceptions) -> Option<&[Piece]> {
        if exceptions == Exceptions::Ignore || self.longest_exception < text.len() {
            return None;
        }
        self.exceptions.get(text).map(AsRef::as_ref)
    }

    fn is_exception(&self, text: &str, exceptions: Exceptions) -> bool {
        self.exception(text, exceptions).is_some()
    }

    /// Whether the first pass would cut an exception that is part of a chunk.
    fn is_torn_apart(&self, key: &str) -> bool {
        0 < self.prefix_len(key)
            || self.infixes(key).next().is_some()
            || 0 < self.suffix_len(key)
            || key.contains(' ')
    }

    /// Puts exceptions together that the first pass tore apart.
    fn second_pass(&self, text: &str, tokens: Vec<Token>) -> Vec<Token> {
        let spans = self.sequences.find(text, &tokens);
        if spans.is_empty() {
            return tokens;
        }
        let mut joined = Vec::with_capacity(tokens.len());
        let mut kept = 0;
        for span in spans {
            let last = tokens[span.end - 1];
            let start = tokens[span.start].start as usize;
            // Tokens with a blank between them, as in `: )`, are no exception after all.
            let Some(pieces) = self.exceptions.get(&text[start..last.end as usize]) else {
                continue;
            };
            joined.extend_from_slice(&tokens[kept..span.start]);
            let first = joined.len();
            push_pieces(&mut joined, start, pieces);
            for it in &mut joined[first..] {
                *it = it.joined();
            }
            if let Some(it) = joined.last_mut() {
                it.space = last.space;
            }
            kept = span.end;
        }
        joined.extend_from_slice(&tokens[kept..]);
        joined
    }
}

fn check<P>(
    name: &'static str,
    pattern: Option<&P>,
    check: fn(&P) -> Result<(), Box<fancy_regex::Error>>,
) -> Result<(), RulesError> {
    pattern.map_or(Ok(()), check).map_err(|source| RulesError::Pattern { name, source })
}

fn exceptions(rules: &Rules) -> Result<FxHashMap<Box<str>, Box<[Piece]>>, RulesError> {
    let mut exceptions = FxHashMap::default();
    for (key, parts) in &rules.exceptions {
        let joined: String = parts.iter().map(|it| it.orth.as_str()).collect();
        if joined != *key || parts.iter().any(|it| it.orth.is_empty()) {
            return Err(RulesError::Exception { key: key.clone() });
        }
        let pieces = parts
            .iter()
            .map(|it| Piece { len: it.orth.len(), norm: it.norm.as_deref().map_or(0, string_id) });
        exceptions.insert(key.as_str().into(), pieces.collect());
    }
    Ok(exceptions)
}

fn norms(rules: &Rules) -> FxHashMap<u64, Box<str>> {
    let parts = rules.exceptions.values().flatten();
    parts.filter_map(|it| it.norm.as_deref()).map(|norm| (string_id(norm), norm.into())).collect()
}

fn push_pieces(tokens: &mut Vec<Token>, start: usize, pieces: &[Piece]) {
    let mut start = start as u32;
    for piece in pieces {
        let end = start + piece.len as u32;
        tokens.push(Token::new(start, end, false).with_norm(piece.norm));
        start = end;
    }
}

/// Adds a piece without a norm, unless it is empty.
fn push_plain(pieces: &mut Vec<Piece>, len: usize) {
    if 0 < len {
        pieces.push(Piece { len, norm: 0 });
    }
}

fn matches(pattern: Option<&StartPattern>, text: &str) -> bool {
    !text.is_empty() && pattern.is_some_and(|it| it.is_match(text))
}

fn next_boundary(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().map_or(1, char::len_utf8)
}
