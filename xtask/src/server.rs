//! A small static server for development and tests: one thread a connection, this machine only.

use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};

/// A server that answers until the program ends.
pub(crate) struct Server {
    /// Where the page is, with the base path.
    pub(crate) url: String,
    answering: JoinHandle<()>,
}

impl Server {
    /// Serves `folder` below the path `base`; port 0 takes any that is free.
    pub(crate) fn start(folder: PathBuf, base: &str, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} is in use: choose another one with --port"))?;
        let port = listener.local_addr()?.port();
        let base = match base.trim_matches('/') {
            "" => "/".to_owned(),
            inner => format!("/{inner}/"),
        };
        let url = format!("http://127.0.0.1:{port}{base}");
        let site = Arc::new(Site { folder, base });
        let answering = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = Arc::clone(&site);
                // A browser that hangs up in mid-answer is no concern of ours.
                thread::spawn(move || site.answer(&stream).ok());
            }
        });
        Ok(Self { url, answering })
    }

    /// Waits for as long as the server answers.
    pub(crate) fn wait(self) {
        self.answering.join().expect("the server does not panic");
    }
}

/// The longest request line and headers that are read.
const MAX_REQUEST_BYTES: u64 = 64 * 1024;

struct Site {
    folder: PathBuf,
    /// The path below which the files lie, with a slash at both ends.
    base: String,
}

impl Site {
    fn answer(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut lines = BufReader::new(stream.take(MAX_REQUEST_BYTES)).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        let mut takes_brotli = false;
        for header in lines {
            let header = header?;
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("accept-encoding") {
                takes_brotli = value.split(',').any(|coding| coding.trim() == "br");
            }
        }
        let mut words = request.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let answer = match method {
            "GET" | "HEAD" => self.find(target, takes_brotli),
            _ => Answer::plain(405, "Method Not Allowed"),
        };
        answer.send(stream, method == "HEAD")
    }

    fn find(&self, target: &str, takes_brotli: bool) -> Answer {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        if format!("{path}/") == self.base {
            let mut moved = Answer::plain(301, "Moved Permanently");
            moved.add_header("Location", &self.base);
            return moved;
        }
        let Some(file) = path.strip_prefix(&self.base).and_then(|rest| inside(&self.folder, rest))
        else {
            return Answer::plain(404, "Not Found");
        };
        let packed = PathBuf::from(format!("{}.br", file.display()));
        let use_packed = takes_brotli && packed.is_file();
        let Ok(body) = fs::read(if use_packed { &packed } else { &file }) else {
            return Answer::plain(404, "Not Found");
        };
        let written = fs::read_to_string(self.folder.join("_headers")).unwrap_or_default();
        let mut answer =
            Answer { status: 200, reason: "OK", headers: headers_for_all(&written), body };
        answer.add_header("Content-Type", media_type(&file));
        if use_packed {
            answer.add_header("Content-Encoding", "br");
            answer.add_header("Vary", "Accept-Encoding");
        }
        answer
    }
}

struct Answer {
    status: u16,
    reason: &'static str,
    /// Complete lines.
    headers: String,
    body: Vec<u8>,
}

impl Answer {
    fn plain(status: u16, reason: &'static str) -> Self {
        let body = reason.as_bytes().to_vec();
        let mut answer = Self { status, reason, headers: String::new(), body };
        answer.add_header("Content-Type", "text/plain; charset=utf-8");
        answer
    }

    fn add_header(&mut self, name: &str, value: &str) {
        for part in [name, ": ", value, "\r\n"] {
            self.headers.push_str(part);
        }
    }

    fn send(&self, mut stream: &TcpStream, head_only: bool) -> std::io::Result<()> {
        let Self { status, reason, headers, body } = self;
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status} {reason}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        if !head_only {
            stream.write_all(body)?;
        }
        stream.flush()
    }
}

/// The file that a path names, if it stays inside the folder.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = percent_decoded(path)?;
    if path.is_empty() {
        return Some(folder.join("index.html"));
    }
    let stays = path.split('/').all(|part| {
        !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0'])
    });
    stays.then(|| folder.join(path))
}

fn percent_decoded(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// The lines below `/*` of a `_headers` file, as they go over the wire.
fn headers_for_all(written: &str) -> String {
    written
        .lines()
        .skip_while(|line| *line != "/*")
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .fold(String::new(), |all, line| all + line.trim() + "\r\n")
}

/// The media type by a file's ending. Streaming compilation needs `application/wasm`.
fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "webmanifest") => "application/json",
        Some("jsonl" | "txt" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        let folder = Path::new("site");
        assert_eq!(inside(folder, ""), Some(folder.join("index.html")));
        assert_eq!(inside(folder, "a%20b.js"), Some(folder.join("a b.js")));
        for path in ["../secret", "a/../../secret", "%2e%2e/secret", "/etc/passwd", "c:\\x", "%zz"]
        {
            assert_eq!(inside(folder, path), None, "{path}");
        }
    }

    #[test]
    fn headers_are_read_back() {
        let written = "# note\n/*\n  A: 1\n  B: two words\n/other\n  C: 3\n";
        assert_eq!(headers_for_all(written), "A: 1\r\nB: two words\r\n");
    }

    #[test]
    fn files_come_with_type_and_policy() {
        let folder = std::env::temp_dir().join(format!("nerine-server-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("x.wasm"), b"\0asm").unwrap();
        fs::write(folder.join("_headers"), "/*\n  Content-Security-Policy: default-src 'none'\n")
            .unwrap();
        let server = Server::start(folder.clone(), "/nerine/", 0).unwrap();
        let host = server.url.trim_start_matches("http://").trim_end_matches("/nerine/");
        let get = |path: &str| {
            let mut stream = TcpStream::connect(host).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        let found = get("/nerine/x.wasm?v=1");
        assert!(found.starts_with("HTTP/1.1 200 OK\r\n"), "{found}");
        assert!(found.contains("Content-Type: application/wasm\r\n"), "{found}");
        assert!(found.contains("Content-Security-Policy: default-src 'none'\r\n"), "{found}");
        assert!(found.ends_with("\r\n\r\n\0asm"), "{found}");
        assert!(get("/x.wasm").starts_with("HTTP/1.1 404 "));
        assert!(get("/nerine").contains("Location: /nerine/\r\n"));
        fs::remove_dir_all(folder).unwrap();
    }
}
