//! XML in pieces: a file is cut at the elements that are records, and each is read alone, so that a
//! damaged one costs only itself.
//!
//! Guards: entities of a file's own are refused, and so are deep nesting, huge attributes, huge
//! records.

use std::io::{BufReader, Read};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use crate::detect::Sample;
use crate::file::ReadSeek;
use crate::lines::{BUFFER, RECORD_LIMIT, decode};
use crate::reader::{Problem, Source, damage_warning};
use crate::warning::Reason;

/// How deep elements may lie in each other.
const DEEPEST: usize = 200;
/// How long the attributes of an element may be together, in bytes.
const LONGEST_ATTRIBUTES: usize = 1024 * 1024;
/// How much of what stands between records is kept, in bytes.
const LONGEST_BETWEEN: usize = 64 * 1024;

/// An element with what is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Node {
    /// Its name without a prefix.
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Child>,
}

/// What is in an element.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Child {
    Node(Node),
    Text(String),
}

impl Node {
    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// The elements directly in it.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.children.iter().filter_map(|it| match it {
            Child::Node(node) => Some(node),
            Child::Text(_) => None,
        })
    }

    /// The elements of this name directly in it.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes().filter(move |it| it.name == name)
    }

    /// The first element along a path of names.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node> {
        let mut node = self;
        for name in path {
            node = node.nodes().find(|it| it.name == *name)?;
        }
        Some(node)
    }

    /// All text in it.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.add_text(&mut text);
        text
    }

    fn add_text(&self, out: &mut String) {
        for child in &self.children {
            match child {
                Child::Text(text) => out.push_str(text),
                Child::Node(node) => node.add_text(out),
            }
        }
    }
}

/// The name of the first element in a file's start, without a prefix.
pub(crate) fn root(sample: &Sample<'_>) -> Option<String> {
    let mut rest = sample.text.trim_start();
    loop {
        rest = rest.strip_prefix('<')?;
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1.trim_start();
        } else if rest.starts_with('?') {
            rest = rest.split_once("?>")?.1.trim_start();
        } else if rest.starts_with('!') {
            // A document type, perhaps with declarations in brackets.
            let end = rest.find('>')?;
            let end = match rest[..end].find('[') {
                Some(_) => rest.find("]>").map(|it| it + 1)?,
                None => end,
            };
            rest = rest[end + 1..].trim_start();
        } else {
            let name = rest.split(|it: char| it.is_whitespace() || "/>".contains(it)).next()?;
            return Some(name.rsplit(':').next().unwrap_or(name).to_owned());
        }
    }
}

/// A record of a file: its element, the line on which it starts, and what is odd about its bytes.
pub(crate) struct Piece {
    pub(crate) line: u64,
    pub(crate) node: Node,
    pub(crate) problems: Vec<Problem>,
}

/// The elements of some names in a file, one at a time, wherever they stand.
pub(crate) struct Pieces {
    bytes: BufReader<Box<dyn ReadSeek>>,
    names: &'static [&'static str],
    /// What was read and not used.
    ahead: Vec<u8>,
    /// What stands between records, the first of it.
    between: Vec<u8>,
    line: u64,
    position: u64,
    ended: bool,
}

impl Pieces {
    /// Starts to read a file, unless it declares entities or another encoding.
    pub(crate) fn new(source: Source, names: &'static [&'static str]) -> Result<Self, Reason> {
        let start = String::from_utf8_lossy(&source.sample);
        if start.contains("<!ENTITY") {
            return Err(Reason::own_file(
                "declares entities of its own, which could unfold without end",
                "Save it without a document type that declares entities, and import it again.",
            ));
        }
        let declaration = start.split("?>").next().unwrap_or_default().to_ascii_lowercase();
        let encoding = declaration.split("encoding=").nth(1).map(str::trim_start);
        let encoding = encoding.and_then(|it| it.get(1..)?.split(['"', '\'']).next());
        if let Some(encoding) = encoding
            && declaration.trim_start_matches('\u{feff}').trim_start().starts_with("<?xml")
            && !matches!(encoding, "utf-8" | "utf8" | "us-ascii" | "ascii")
        {
            let what = format!("says that it is encoded as {encoding:?}");
            return Err(Reason::own_file(what, "Save it as UTF-8 and import it again."));
        }
        Ok(Self {
            bytes: BufReader::with_capacity(BUFFER, source.file.bytes),
            names,
            ahead: Vec::new(),
            between: Vec::new(),
            line: 1,
            position: 0,
            ended: false,
        })
    }

    /// Bytes read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.position
    }

    /// What stands between the records read so far, as one element.
    pub(crate) fn between(&self) -> Node {
        let text = String::from_utf8_lossy(&self.between);
        parse(&text).unwrap_or_else(|it| it.0)
    }

    /// The next record, or what is wrong with it.
    pub(crate) fn next(&mut self) -> Option<Result<Piece, Problem>> {
        let mut searched = 0;
        let (start, name) = loop {
            if let Some(found) = self.find_start(searched) {
                break found;
            }
            searched = self.ahead.len().saturating_sub(64);
            // What is between records is not kept at length.
            if LONGEST_BETWEEN < searched {
                self.skip(searched);
                searched = 0;
            }
            match self.fill() {
                Ok(true) => {}
                Ok(false) => {
                    let rest = self.ahead.len();
                    self.skip(rest);
                    return None;
                }
                Err(reason) => return Some(Err(Problem::on(self.line, reason))),
            }
        };
        self.skip(start);
        let line = self.line;
        let mut searched = 0;
        let end = loop {
            if let Some(end) = self.find_end(name, searched) {
                break end;
            }
            searched = self.ahead.len().saturating_sub(64);
            if RECORD_LIMIT < self.ahead.len() as u64 {
                self.skip(1);
                return Some(Err(Problem::on(line, Reason::TooLong { limit: RECORD_LIMIT })));
            }
            match self.fill() {
                Ok(true) => {}
                Ok(false) => {
                    self.drop_ahead(self.ahead.len());
                    let what = format!("begins <{name}>, which never ends");
                    let remedy = "It will be left out. The file seems to be cut off.";
                    let reason = Reason::own(crate::Severity::Lost, what, remedy);
                    return Some(Err(Problem::on(line, reason)));
                }
                Err(reason) => return Some(Err(Problem::on(line, reason))),
            }
        };
        let bytes = self.ahead[..end].to_vec();
        self.drop_ahead(end);
        let (text, damage) = decode(bytes);
        let mut problems = damage_warning(damage);
        for it in &mut problems {
            it.column = None;
        }
        match parse(&text) {
            Ok(root) => {
                let node = root.nodes().next().cloned().unwrap_or_default();
                Some(Ok(Piece { line, node, problems }))
            }
            Err((_, fault)) => {
                let line = line + newlines(&text.as_bytes()[..fault.at.min(text.len())]);
                let before = &text[..text.floor_char_boundary(fault.at)];
                let column = before.rfind('\n').map_or(fault.at, |it| fault.at - it - 1) as u64 + 1;
                let what = format!("is not XML: {}", fault.why);
                let reason = Reason::own(crate::Severity::Lost, what, "The text will be left out.");
                Some(Err(Problem { column: Some(column), ..Problem::on(line, reason) }))
            }
        }
    }

    fn fill(&mut self) -> Result<bool, Reason> {
        if self.ended {
            return Ok(false);
        }
        let before = self.ahead.len();
        let read = self.bytes.by_ref().take(BUFFER as u64).read_to_end(&mut self.ahead);
        if let Err(err) = read {
            self.ended = true;
            self.ahead.clear();
            return Err(Reason::Unreadable { at: self.position, why: err.to_string() });
        }
        self.position += (self.ahead.len() - before) as u64;
        self.ended = self.ahead.len() == before;
        Ok(!self.ended)
    }

    /// Leaves out what stands between records, and keeps the start of it.
    fn skip(&mut self, n: usize) {
        let room = LONGEST_BETWEEN.saturating_sub(self.between.len());
        self.between.extend_from_slice(&self.ahead[..n.min(room)]);
        self.drop_ahead(n);
    }

    fn drop_ahead(&mut self, n: usize) {
        self.line += newlines(&self.ahead[..n]);
        self.ahead.drain(..n);
    }

    /// Where the next record starts, and its name.
    fn find_start(&self, from: usize) -> Option<(usize, &'static str)> {
        let bytes = &self.ahead;
        let starts = bytes[from..].iter().enumerate().filter(|it| *it.1 == b'<');
        starts.map(|it| from + it.0).find_map(|at| {
            let is_name = |name: &&&str| {
                let behind = bytes[at + 1..].strip_prefix(name.as_bytes());
                behind.and_then(<[u8]>::first).is_some_and(|it| b" \t\r\n/>".contains(it))
            };
            self.names.iter().find(is_name).map(|name| (at, *name))
        })
    }

    /// The byte behind the end tag of a record, or behind its only tag.
    fn find_end(&self, name: &str, from: usize) -> Option<usize> {
        let bytes = &self.ahead;
        let first = bytes.iter().position(|it| *it == b'>')?;
        if bytes[..first].ends_with(b"/") {
            return Some(first + 1);
        }
        let tag = format!("</{name}");
        let mut at = from;
        loop {
            at += find(&bytes[at..], tag.as_bytes())?;
            let behind = &bytes[at + tag.len()..];
            let end = behind.iter().position(|it| *it == b'>')?;
            if behind[..end].iter().all(u8::is_ascii_whitespace) {
                return Some(at + tag.len() + end + 1);
            }
            at += tag.len();
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|it| *it == first)?;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.split(|it| *it == b'\n').count() as u64 - 1
}

/// Where a text stops to be XML, in bytes, and why.
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) why: String,
}

/// The elements and the text of some XML, in an element without a name. With a fault, what stands
/// before it.
pub(crate) fn parse(xml: &str) -> Result<Node, (Node, Fault)> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open: Vec<Node> = vec![Node::default()];
    loop {
        let at = reader.buffer_position() as usize;
        let step = reader.read_event().map_err(|err| err.to_string());
        let step = step.and_then(|event| add(event, &mut open));
        match step {
            Ok(true) => {}
            Ok(false) if open.len() == 1 => break,
            Ok(false) => {
                let name = open.last().map_or("", |it| it.name.as_str()).to_owned();
                return Err((closed(open), Fault { at, why: format!("<{name}> is not closed") }));
            }
            Err(why) => return Err((closed(open), Fault { at, why })),
        }
    }
    Ok(closed(open))
}

/// Closes all that is open.
fn closed(mut open: Vec<Node>) -> Node {
    while 1 < open.len() {
        close(&mut open);
    }
    open.pop().unwrap_or_default()
}

fn close(open: &mut Vec<Node>) {
    if let Some(node) = open.pop()
        && let Some(parent) = open.last_mut()
    {
        parent.children.push(Child::Node(node));
    }
}

/// Adds what an event says. False at the end.
fn add(event: Event<'_>, open: &mut Vec<Node>) -> Result<bool, String> {
    match event {
        Event::Start(start) => {
            if open.len() == DEEPEST {
                return Err(format!("elements lie in each other more than {DEEPEST} deep"));
            }
            open.push(node(&start)?);
        }
        Event::Empty(start) => {
            open.push(node(&start)?);
            close(open);
        }
        Event::End(_) if 1 < open.len() => close(open),
        Event::Text(text) => push_text(&text.xml10_content(), open),
        Event::CData(text) => push_text(&text.xml10_content(), open),
        Event::GeneralRef(reference) => {
            let name = reference.xml10_content();
            match reference.resolve_char_ref().map_err(|err| err.to_string())? {
                Some(letter) => push_text(letter.encode_utf8(&mut [0; 4]), open),
                None => push_text(entity(&name)?, open),
            }
        }
        Event::Eof => return Ok(false),
        Event::End(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
    }
    Ok(true)
}

/// What XML itself calls by name.
fn entity(name: &str) -> Result<&'static str, String> {
    Ok(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        // Not of XML, and in many files all the same.
        "nbsp" => "\u{a0}",
        _ => return Err(format!("the entity &{name}; is not known")),
    })
}

fn push_text(text: &str, open: &mut [Node]) {
    let Some(node) = open.last_mut() else { return };
    match node.children.last_mut() {
        Some(Child::Text(before)) => before.push_str(text),
        _ if text.is_empty() => {}
        _ => node.children.push(Child::Text(text.to_owned())),
    }
}

fn node(start: &BytesStart<'_>) -> Result<Node, String> {
    if LONGEST_ATTRIBUTES < start.attributes_raw().len() {
        return Err(format!("attributes are longer than {} MB", LONGEST_ATTRIBUTES >> 20));
    }
    let local = |it: &str| it.rsplit(':').next().unwrap_or(it).to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|err| err.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|err| err.to_string())?.into_owned();
        attributes.push((local(attribute.key.0), value));
    }
    Ok(Node { name: local(start.name().0), attributes, children: Vec::new() })
}

/// A text as it stands in XML. What XML cannot hold becomes U+FFFD, one for one.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Readers would take it for a line feed.
            '\r' => out.push_str("&#13;"),
            it if is_held(it) => out.push(it),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// Whether XML can hold a character.
pub(crate) fn is_held(letter: char) -> bool {
    !matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::InFile;

    fn pieces(xml: &str) -> Result<Pieces, Reason> {
        let file = InFile::new("a.xml", Cursor::new(xml.as_bytes().to_vec()));
        let source = Source {
            file,
            sample: xml.as_bytes().to_vec(),
            len: xml.len() as u64,
            format: &crate::TEXT,
            beside: Vec::new(),
            shared: Vec::new(),
        };
        Pieces::new(source, &["d"])
    }

    /// Line and text of each record, or what is wrong.
    fn read(xml: &str) -> Vec<String> {
        let mut pieces = pieces(xml).unwrap();
        let mut found = Vec::new();
        while let Some(piece) = pieces.next() {
            found.push(match piece {
                Ok(piece) => format!("{} {:?}", piece.line, piece.node.text()),
                Err(it) => format!("{:?} {:?} {}", it.line, it.column, it.reason.remedy()),
            });
        }
        found
    }

    #[test]
    fn records_stand_anywhere_and_a_damaged_one_costs_only_itself() {
        let xml = "<?xml version=\"1.0\"?>\n<c><s>x</s><d>A &amp; \u{1f9ea}&#x41;&#13;\r\n<i>b</i></d>\n<d a='1'/>\n\
                   <d>bad <b></d>\n<dd>no</dd><d><![CDATA[<&]]>]</d></c>";
        assert_eq!(
            read(xml),
            [
                "2 \"A & 🧪A\\r\\nb\"",
                "4 \"\"",
                "Some(5) Some(11) The text will be left out.",
                "6 \"<&]\""
            ]
        );
        let mut all = pieces(xml).unwrap();
        while all.next().is_some() {}
        assert_eq!(all.between().at(&["c", "s"]).map(Node::text).as_deref(), Some("x"));
        assert_eq!(
            read("<c><d>a</d><d>b"),
            ["1 \"a\"", "Some(1) None It will be left out. The file seems to be cut off."]
        );
    }

    #[test]
    fn what_could_do_harm_is_refused_with_its_limit() {
        let bomb = "<!DOCTYPE c [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><c><d>&b;</d></c>";
        assert!(pieces(bomb).is_err_and(|it| it.is_whole_file()));
        let deep = format!("<d>{}{}</d>", "<i>".repeat(300), "</i>".repeat(300));
        assert_eq!(
            parse(&deep).unwrap_err().1.why,
            "elements lie in each other more than 200 deep"
        );
        let wide = format!("<d a=\"{}\"/>", "a".repeat(LONGEST_ATTRIBUTES));
        assert_eq!(parse(&wide).unwrap_err().1.why, "attributes are longer than 1 MB");
        assert_eq!(parse("<d>&b;</d>").unwrap_err().1.why, "the entity &b; is not known");
        let latin = pieces("<?xml version=\"1.0\" encoding='ISO-8859-1'?><d/>").err().unwrap();
        assert!(latin.is_whole_file());
    }

    #[test]
    fn what_is_escaped_comes_back() {
        let text = "a <b> & \"c\" ]]> \r\n\t\u{1f9ea} e\u{301}";
        let node = parse(&format!("<d>{}</d>", escape(text))).map_err(|it| it.1.why).unwrap();
        assert_eq!(node.text(), text);
        assert_eq!(escape("a\0b\u{1}"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn the_root_is_seen_behind_whatever_stands_before_it() {
        let root = |it: &str| root(&Sample::new(it.as_bytes(), "a"));
        assert_eq!(root("\u{feff}<?xml version=\"1.0\"?>\n<!-- <x> -->\n<!DOCTYPE c SYSTEM \"B.dtd\">\n<p:c a='1'>").as_deref(), Some("c"));
        assert_eq!(root("<!DOCTYPE c [<!ELEMENT c (d)>]>\n<c/>").as_deref(), Some("c"));
        assert_eq!(root("no xml"), None);
        assert_eq!(root("<!DOCTYPE"), None);
    }
}
