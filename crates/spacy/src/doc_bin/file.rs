//! The bytes of a `.spacy` file.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use rmpv::{Value, ValueRef};
use tokenizer::lex::string_id;

use super::{BinDoc, DocBin, attr};
use crate::{DocBinError, msgpack};

/// What a `.spacy` file may inflate to, in bytes.
const MAX_INFLATED: u64 = 2 << 30;
/// How many times its size a file may inflate to; texts without annotation reach fifty.
const MAX_RATIO: u64 = 500;
/// How much is inflated before the ratio is looked at, in bytes.
const PIECE: u64 = 16 << 20;

impl DocBin {
    /// Reads a file.
    pub fn read(file: impl Read) -> Result<Self, DocBinError> {
        let mut zlib = ZlibDecoder::new(file);
        let mut bytes = Vec::new();
        loop {
            let n_bytes = zlib
                .by_ref()
                .take(PIECE)
                .read_to_end(&mut bytes)
                .map_err(|source| DocBinError::NotZlib { why: source.to_string() })?;
            let limit = MAX_INFLATED.min(PIECE.max(zlib.total_in().saturating_mul(MAX_RATIO)));
            if limit < bytes.len() as u64 {
                return Err(DocBinError::TooLarge);
            }
            if n_bytes == 0 {
                return Self::from_inflated(&bytes);
            }
        }
    }

    /// Reads what a file inflates to.
    pub fn from_inflated(bytes: &[u8]) -> Result<Self, DocBinError> {
        let value = msgpack::read(bytes).ok_or(DocBinError::NotMsgpack)?;
        let bin = Sections { value: &value };
        let attrs = bin.ints("attrs")?;
        if !attrs.contains(&attr::ORTH) {
            return Err(DocBinError::NoWords);
        }
        let strings: BTreeMap<String, u64> = bin
            .array("strings")?
            .iter()
            .map(|it| msgpack::text(it).map(|it| (it.to_owned(), string_id(it))))
            .collect::<Option<_>>()
            .ok_or(DocBinError::BadSection { name: "strings" })?;
        let by_id = strings.iter().map(|(text, id)| (*id, text.clone())).collect();
        Ok(Self {
            docs: bin.docs(attrs.len())?,
            attrs,
            strings,
            by_id,
            has_user_data: msgpack::get(&value, "user_data").is_some(),
            version: msgpack::get(&value, "version")
                .and_then(msgpack::text)
                .unwrap_or("0.1")
                .to_owned(),
        })
    }

    /// Writes the file.
    pub fn write(&self, out: impl Write) -> std::io::Result<()> {
        let mut zlib = ZlibEncoder::new(out, Compression::default());
        zlib.write_all(&self.to_inflated())?;
        zlib.finish().map(drop)
    }

    /// What the file inflates to: the same bytes as spaCy's for the same texts.
    pub fn to_inflated(&self) -> Vec<u8> {
        let ints = |values: &mut dyn Iterator<Item = u64>| {
            values.flat_map(u64::to_le_bytes).collect::<Vec<u8>>()
        };
        let spaces = self.docs.iter().flat_map(|it| it.spaces.iter().map(|it| u8::from(*it)));
        let lengths = self.docs.iter().flat_map(|it| (it.spaces.len() as u32).to_le_bytes());
        let list = |of: fn(&BinDoc) -> Value| Value::Array(self.docs.iter().map(of).collect());
        let mut entries = vec![
            ("version", Value::from(self.version.as_str())),
            ("attrs", Value::Array(self.attrs.iter().map(|it| Value::from(*it)).collect())),
            (
                "tokens",
                Value::Binary(ints(&mut self.docs.iter().flat_map(|it| it.tokens.iter().copied()))),
            ),
            ("spaces", Value::Binary(spaces.collect())),
            ("lengths", Value::Binary(lengths.collect())),
            (
                "strings",
                Value::Array(self.strings.keys().map(|it| Value::from(it.as_str())).collect()),
            ),
            ("cats", list(|it| it.cats.clone())),
            ("flags", list(|it| it.flags.clone())),
            ("span_groups", list(|it| Value::Binary(it.span_groups.clone()))),
        ];
        if self.has_user_data {
            let user_data = |it: &BinDoc| it.user_data.clone().map_or(Value::Nil, Value::Binary);
            entries.push(("user_data", list(user_data)));
        }
        let entries = entries.into_iter().map(|(key, value)| (Value::from(key), value));
        msgpack::write(&Value::Map(entries.collect()))
    }
}

/// The sections of a file, by name.
struct Sections<'v, 'a> {
    value: &'v ValueRef<'a>,
}

impl<'v, 'a> Sections<'v, 'a> {
    fn section(&self, name: &'static str) -> Result<&'v ValueRef<'a>, DocBinError> {
        msgpack::get(self.value, name).ok_or(DocBinError::NoSection { name })
    }

    fn array(&self, name: &'static str) -> Result<&'v [ValueRef<'a>], DocBinError> {
        msgpack::array(self.section(name)?).ok_or(DocBinError::BadSection { name })
    }

    fn bytes(&self, name: &'static str) -> Result<&'v [u8], DocBinError> {
        msgpack::bytes(self.section(name)?).ok_or(DocBinError::BadSection { name })
    }

    fn ints(&self, name: &'static str) -> Result<Vec<u64>, DocBinError> {
        let ints = self.array(name)?.iter().map(ValueRef::as_u64).collect::<Option<_>>();
        ints.ok_or(DocBinError::BadSection { name })
    }

    /// A section with one value for each text, which older versions of spaCy left out.
    fn each<T: Clone>(
        &self,
        name: &'static str,
        n_docs: usize,
        missing: &T,
        of: impl Fn(&ValueRef<'a>) -> Option<T>,
    ) -> Result<Vec<T>, DocBinError> {
        if msgpack::get(self.value, name).is_none() {
            return Ok(vec![missing.clone(); n_docs]);
        }
        let values = self.array(name)?;
        if values.len() != n_docs {
            return Err(DocBinError::BadSection { name });
        }
        values.iter().map(of).collect::<Option<_>>().ok_or(DocBinError::BadSection { name })
    }

    fn docs(&self, n_attrs: usize) -> Result<Vec<BinDoc>, DocBinError> {
        let (lengths, rest) = self.bytes("lengths")?.as_chunks::<4>();
        let (tokens, odd) = self.bytes("tokens")?.as_chunks::<8>();
        let mut spaces = self.bytes("spaces")?;
        let n_docs = lengths.len();
        let empty = Value::Map(Vec::new());
        let map = |it: &ValueRef<'a>| msgpack::map(it).map(|_| it.to_owned());
        let mut cats = self.each("cats", n_docs, &empty, map)?.into_iter();
        let mut flags = self.each("flags", n_docs, &empty, map)?.into_iter();
        let bytes = |it: &ValueRef<'a>| msgpack::bytes(it).map(<[u8]>::to_vec);
        let mut span_groups = self.each("span_groups", n_docs, &Vec::new(), bytes)?.into_iter();
        let user_data = |it: &ValueRef<'a>| match it {
            ValueRef::Nil => Some(None),
            it => bytes(it).map(Some),
        };
        let mut user_data = self.each("user_data", n_docs, &None, user_data)?.into_iter();

        let mut tokens = tokens.iter().map(|it| u64::from_le_bytes(*it));
        let mut docs = Vec::with_capacity(n_docs);
        for length in lengths {
            let n_tokens = u32::from_le_bytes(*length) as usize;
            let (Some((own, others)), true) = (
                spaces.split_at_checked(n_tokens),
                n_tokens.checked_mul(n_attrs).is_some_and(|it| it <= tokens.len()),
            ) else {
                return Err(DocBinError::Truncated);
            };
            spaces = others;
            docs.push(BinDoc {
                tokens: tokens.by_ref().take(n_tokens * n_attrs).collect(),
                spaces: own.iter().map(|it| *it != 0).collect(),
                cats: cats.next().unwrap_or(Value::Nil),
                flags: flags.next().unwrap_or(Value::Nil),
                span_groups: span_groups.next().unwrap_or_default(),
                user_data: user_data.next().flatten(),
            });
        }
        if !spaces.is_empty() || tokens.len() != 0 || !rest.is_empty() || !odd.is_empty() {
            return Err(DocBinError::Truncated);
        }
        Ok(docs)
    }
}
