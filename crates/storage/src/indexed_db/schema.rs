use indexed_db_futures::database::Database;
use indexed_db_futures::error::Error;
use indexed_db_futures::prelude::*;

use crate::table::Table;

/// The version of the database: how many steps made it.
pub(super) const VERSION: u32 = STEPS.len() as u32;

/// What makes each version of the version before it. Only tables are made and removed here:
/// records say their own version, and are brought up to date when they are read.
const STEPS: [Step; 3] = [make_tables, make_bases, make_experiments];

type Step = fn(&Database) -> Result<(), Error>;

/// Brings a database of version `old` up to date; 0 for one that is new.
pub(super) fn upgrade(old: f64, db: &Database) -> Result<(), Error> {
    let done = STEPS.iter().zip(1_u32..).filter(|(_, version)| old < f64::from(*version));
    for (step, _) in done {
        step(db)?;
    }
    Ok(())
}

fn make_tables(db: &Database) -> Result<(), Error> {
    let tables = [
        Table::Projects,
        Table::Docs,
        Table::Heads,
        Table::Annotations,
        Table::Journal,
        Table::Tokens,
        Table::Suggestions,
        Table::Runs,
        Table::Weights,
        Table::Checkpoints,
        Table::Settings,
    ];
    make(db, &tables)
}

fn make_bases(db: &Database) -> Result<(), Error> {
    make(db, &[Table::Bases, Table::BaseParts])
}

fn make_experiments(db: &Database) -> Result<(), Error> {
    make(db, &[Table::Experiments, Table::Snapshots, Table::Outcomes])
}

fn make(db: &Database, tables: &[Table]) -> Result<(), Error> {
    for table in tables {
        db.create_object_store(table.name()).build()?;
    }
    Ok(())
}
