//! `nerine formats`.

use std::io::{self, Write};

use anyhow::Result;
use formats::{FORMATS, Format};
use serde_json::{Value, json};

use crate::out::Lines;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Prints one JSON object a format
    #[arg(long)]
    json: bool,
}

/// Prints what can be read and written, and what each format holds.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.json {
        let mut out = Lines::new();
        for format in FORMATS {
            out.put(&value(format))?;
        }
        return Ok(out.flush()?);
    }
    let text: String = FORMATS.iter().map(|it| paragraph(it)).collect();
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn value(format: &Format) -> Value {
    json!({
        "key": format.key,
        "name": format.name,
        "about": format.about,
        "extensions": format.extensions,
        "read": format.is_read(),
        "written": format.is_written(),
        "offsets": format.offsets.to_string(),
        "holds": format.holds.iter().map(|it| it.name()).collect::<Vec<_>>(),
    })
}

fn paragraph(format: &Format) -> String {
    let direction = match (format.is_read(), format.is_written()) {
        (true, true) => "read and written",
        (true, false) => "read",
        (false, _) => "written",
    };
    let Format { key, name, about, .. } = format;
    let endings = format.extensions.join(" .");
    format!("{key}\n    {name}, {direction} (.{endings})\n    {about}\n    {}\n", format.held())
}
