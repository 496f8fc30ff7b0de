//! Steps that say what they do and how long they took, and the programs they run.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Announces `what`, does it, and prints the seconds it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("▸ {what}");
    let started = Instant::now();
    let done = work();
    let secs = started.elapsed().as_secs_f64();
    let end = if done.is_ok() { "done" } else { "failed" };
    println!("  {end} in {secs:.1} s");
    done
}

/// A program to be run in the workspace root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program to its end; anything but success is an error that names it.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = name_of(command);
    let status = command.status().with_context(|| format!("{name} could not be started"))?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

/// Runs a program and gives back what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = name_of(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{name} could not be started"))?;
    if !output.status.success() {
        bail!("{name} failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{name} wrote bytes that are no text"))
}

/// Runs a program, shows what it writes while it writes, and keeps the lines that `wanted` picks.
/// The second value says how it ended.
pub(crate) fn run_and_keep(
    command: &mut Command,
    wanted: fn(&str) -> bool,
) -> Result<(Vec<String>, Result<()>)> {
    let name = name_of(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} could not be started"))?;
    let kept = Mutex::new(Vec::new());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| tee(stdout, std::io::stdout(), wanted, &kept));
        scope.spawn(|| tee(stderr, std::io::stderr(), wanted, &kept));
    });
    let status = child.wait().with_context(|| format!("{name} was lost"))?;
    let kept = kept.into_inner().expect("no reader panicked");
    let end =
        if status.success() { Ok(()) } else { Err(anyhow::anyhow!("{name} failed ({status})")) };
    Ok((kept, end))
}

fn tee(
    from: Option<impl Read>,
    mut to: impl Write,
    wanted: fn(&str) -> bool,
    kept: &Mutex<Vec<String>>,
) {
    let Some(from) = from else { return };
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        // A closed terminal must not stop the tests.
        let _ = to.write_all(&line);
        let text = String::from_utf8_lossy(&line);
        if wanted(&text) {
            kept.lock().expect("no reader panicked").push(text.trim_end().to_owned());
        }
        line.clear();
    }
}

/// The first of these programs that is on the `PATH`.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        std::env::split_paths(&path)
            .map(|folder: PathBuf| {
                folder.join(name).with_extension(std::env::consts::EXE_EXTENSION)
            })
            .find(|file: &PathBuf| Path::is_file(file))
    })
}

fn name_of(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy();
    match command.get_args().next() {
        Some(first) => format!("{name} {}", first.to_string_lossy()),
        None => name.into_owned(),
    }
}
