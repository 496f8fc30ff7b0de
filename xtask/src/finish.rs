//! What trunk leaves open in the files it built. Trunk calls this before it shows them.
//!
//! The start script in index.html is written by trunk, so its hash is known only now; it goes
//! into the content security policy, once in the page and once in `_headers`, since a worker
//! takes its policy from its own response. And a worker's files keep their names from build to
//! build, so the loaders ask for them with the build id.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::page;

/// Stands in index.html where the start script's hash belongs. No browser takes it for a hash,
/// so a page that was not finished does not start.
const HASH_GOES_HERE: &str = "{start-script-hash}";

/// Programs whose loader the page starts as a worker.
const WORKERS: [&str; 4] = ["io_worker", "train_cpu", "train_few", "train_gpu"];

pub(crate) fn run() -> Result<()> {
    let folder = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .with_context(|| format!("{name} is not set: trunk calls this command, see Trunk.toml"))
    };
    let built = folder("TRUNK_STAGING_DIR")?;
    let source = std::fs::read_to_string(folder("TRUNK_HTML_FILE")?)?;
    let build_id = std::env::var(page::BUILD_ID).unwrap_or_else(|_| "dev".to_owned());

    let index = built.join("index.html");
    let html = std::fs::read_to_string(&index)?;
    let hashes = inline_scripts(&html).into_iter().map(script_hash).collect::<Vec<_>>();
    let [hash] = hashes.as_slice() else {
        bail!(
            "index.html holds {} inline scripts: only trunk's start script may be there",
            hashes.len()
        );
    };
    if !html.contains(HASH_GOES_HERE) {
        bail!("index.html has no {HASH_GOES_HERE} in its content security policy: put it back");
    }
    std::fs::write(&index, html.replace(HASH_GOES_HERE, hash))?;

    let policy = policy_of(&source)?.replace(HASH_GOES_HERE, hash);
    std::fs::write(built.join("_headers"), headers(&policy))?;
    WORKERS.iter().try_for_each(|worker| write_loader(&built, worker, &build_id))
}

/// The texts of the scripts that stand in the page itself.
fn inline_scripts(html: &str) -> Vec<&str> {
    html.split("<script")
        .skip(1)
        .filter_map(|rest| {
            let (attributes, rest) = rest.split_once('>')?;
            let (text, _) = rest.split_once("</script>")?;
            (!attributes.contains("src=")).then_some(text)
        })
        .collect()
}

/// A script's hash as a policy names it, without the quotes.
fn script_hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// The policy in the page's meta tag, on one line.
fn policy_of(html: &str) -> Result<String> {
    html.split_once("http-equiv=\"Content-Security-Policy\"")
        .and_then(|(_, rest)| rest.split_once("content=\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(policy, _)| policy.split_whitespace().collect::<Vec<_>>().join(" "))
        .context("index.html has no content security policy: put the meta tag back")
}

/// The headers of every file, as Netlify and Cloudflare Pages read them, and our own server.
///
/// `frame-ancestors` has no effect in a meta tag, so it stands here alone. `no-cache` lets a
/// browser keep files but makes it ask whether they changed: page and workers stay in step.
fn headers(policy: &str) -> String {
    format!(
        "/*\n  Content-Security-Policy: {policy}; frame-ancestors 'none'\n  \
         X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n  \
         Cache-Control: no-cache\n"
    )
}

fn write_loader(built: &Path, worker: &str, build_id: &str) -> Result<()> {
    let loader = built.join(format!("{worker}_loader.js"));
    if !loader.is_file() {
        bail!("trunk made no {worker}_loader.js: check the links in index.html");
    }
    Ok(std::fs::write(loader, loader_script(worker, build_id))?)
}

/// Starts a worker's wasm, asking for both of its files with the build id.
fn loader_script(worker: &str, build_id: &str) -> String {
    format!(
        "import init from \"./{worker}.js?v={build_id}\";\n\
         await init({{ module_or_path: new URL(\"./{worker}_bg.wasm?v={build_id}\", import.meta.url) }});\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<head><meta http-equiv="Content-Security-Policy" content="default-src 'none';
        script-src 'self' '{start-script-hash}'">
        <script src="./other.js"></script></head>
        <body><script type="module">alert(1)</script></body>"#;

    #[test]
    fn start_script_is_hashed() {
        assert_eq!(inline_scripts(PAGE), ["alert(1)"]);
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        assert_eq!(script_hash("alert(1)"), "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=");
    }

    #[test]
    fn policy_is_one_line() {
        let policy = policy_of(PAGE).expect("the page has a policy");
        assert_eq!(policy, "default-src 'none'; script-src 'self' '{start-script-hash}'");
        assert!(policy_of("<head></head>").is_err());
    }

    #[test]
    fn loader_asks_for_this_build() {
        assert_eq!(
            loader_script("io_worker", "1f"),
            "import init from \"./io_worker.js?v=1f\";\n\
             await init({ module_or_path: new URL(\"./io_worker_bg.wasm?v=1f\", import.meta.url) });\n"
        );
    }
}
