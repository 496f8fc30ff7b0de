use project::{DocNumber, ExperimentId, ProjectId, ProjectRecord, from_bytes, to_bytes};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::table::{Key, Keys, Mode, Part, Table, Tables, Transaction, key, named};

/// How many records are copied or changed at a time.
const AT_ONCE: usize = 512;

/// Copies a project's rows of a table, some at a time.
pub(crate) async fn copy_table(
    tx: &impl Transaction,
    table: Table,
    from: &ProjectId,
    to: &ProjectId,
) -> Result<(), StoreError> {
    let keys = tx.keys(table, &Keys::Under(key(from))).await?;
    for keys in keys.chunks(AT_ONCE) {
        let rows = tx.get(table, keys).await?;
        for (key, bytes) in keys.iter().zip(rows) {
            let mut key = key.clone();
            key[0] = Part::Word(to.0.clone());
            tx.put(table, &key, &bytes.unwrap_or_default())?;
        }
    }
    Ok(())
}

/// Writes the rows of a project that `change` says it has changed, some at a time.
pub(crate) async fn change_all<R: DeserializeOwned + Serialize>(
    tx: &impl Transaction,
    table: Table,
    id: &ProjectId,
    mut change: impl FnMut(&mut R) -> bool,
) -> Result<(), StoreError> {
    let keys = tx.keys(table, &Keys::Under(key(id))).await?;
    for keys in keys.chunks(AT_ONCE) {
        let rows = tx.get(table, keys).await?;
        for (key, bytes) in keys.iter().zip(rows) {
            let Some(bytes) = bytes else { continue };
            let mut record: R = from_bytes(&bytes)?;
            if change(&mut record) {
                tx.put(table, key, &to_bytes(&record))?;
            }
        }
    }
    Ok(())
}

/// Writes rows of a project that must still be there, after deleting the rows of `old`.
pub(crate) async fn replace(
    tables: &impl Tables,
    table: Table,
    id: &ProjectId,
    old: Option<Keys>,
    rows: Vec<(Key, Vec<u8>)>,
    mode: Mode,
) -> Result<(), StoreError> {
    let tx = tables.begin(&[Table::Projects, table], mode)?;
    if !tx.has(Table::Projects, &key(id)).await? {
        return Err(missing_project());
    }
    if let Some(old) = old {
        tx.delete(table, &old)?;
    }
    for (key, bytes) in rows {
        tx.put(table, &key, &bytes)?;
    }
    tx.commit().await
}

/// All records of a project in a table.
pub(crate) async fn all<R: DeserializeOwned>(
    tables: &impl Tables,
    table: Table,
    id: &ProjectId,
) -> Result<Vec<R>, StoreError> {
    let tx = tables.begin(&[Table::Projects, table], Mode::Read)?;
    project(&tx, id).await?;
    decoded(&tx.scan(table, &Keys::Under(key(id))).await?)
}

/// The records of some adopted texts.
pub(crate) async fn of_texts<R: DeserializeOwned>(
    tables: &impl Tables,
    table: Table,
    id: &ProjectId,
    first: DocNumber,
    n: u32,
) -> Result<Vec<R>, StoreError> {
    let tx = tables.begin(&[Table::Projects, table], Mode::Read)?;
    let n_docs = project(&tx, id).await?.counts.docs;
    match wanted(id, n_docs, first, n) {
        Some(wanted) => decoded(&tx.scan(table, &wanted).await?),
        None => Ok(Vec::new()),
    }
}

/// The keys of `n` texts from number `first` on, as far as they are adopted.
pub(crate) fn wanted(id: &ProjectId, n_docs: u32, first: DocNumber, n: u32) -> Option<Keys> {
    let end = first.0.saturating_add(n).min(n_docs);
    (first.0 < end).then(|| Keys::numbers(id, first.0.into()..end.into()))
}

pub(crate) async fn project(
    tx: &impl Transaction,
    id: &ProjectId,
) -> Result<ProjectRecord, StoreError> {
    get(tx, Table::Projects, &key(id)).await?.ok_or_else(missing_project)
}

pub(crate) async fn must_be_new(tx: &impl Transaction, id: &ProjectId) -> Result<(), StoreError> {
    match tx.has(Table::Projects, &key(id)).await? {
        true => Err(StoreError::Exists { what: "this project".to_owned() }),
        false => Ok(()),
    }
}

pub(crate) async fn get<R: DeserializeOwned>(
    tx: &impl Transaction,
    table: Table,
    key: &Key,
) -> Result<Option<R>, StoreError> {
    let found = tx.get(table, std::slice::from_ref(key)).await?;
    Ok(found.into_iter().flatten().next().map(|it| from_bytes(&it)).transpose()?)
}

pub(crate) fn decoded<R: DeserializeOwned>(rows: &[Vec<u8>]) -> Result<Vec<R>, StoreError> {
    rows.iter().map(|it| from_bytes(it).map_err(Into::into)).collect()
}

pub(crate) fn one<R>(found: Vec<R>, doc: DocNumber) -> Result<R, StoreError> {
    found.into_iter().next().ok_or_else(|| missing_text(doc))
}

pub(crate) fn tokens_key(id: &ProjectId, base: &str, doc: DocNumber) -> Key {
    let mut key = key(id);
    key.extend([Part::Word(base.to_owned()), Part::Number(doc.0.into())]);
    key
}

pub(crate) async fn base_must_be_new(tx: &impl Transaction, name: &str) -> Result<(), StoreError> {
    match tx.has(Table::Bases, &named(name)).await? {
        true => Err(StoreError::Exists { what: format!("the base {name}") }),
        false => Ok(()),
    }
}

pub(crate) fn part_key(name: &str, number: u32) -> Key {
    vec![Part::Word(name.to_owned()), Part::Number(number.into())]
}

pub(crate) fn missing_base(name: &str) -> StoreError {
    StoreError::Missing { what: format!("the base {name}") }
}

pub(crate) fn missing_experiment(id: ExperimentId) -> StoreError {
    StoreError::Missing { what: format!("the comparison {}", id.0) }
}

pub(crate) fn missing_project() -> StoreError {
    StoreError::Missing { what: "the project".to_owned() }
}

pub(crate) fn missing_text(doc: DocNumber) -> StoreError {
    StoreError::Missing { what: text_name(doc) }
}

/// What a person calls a text, counting from 1.
pub(crate) fn text_name(doc: DocNumber) -> String {
    format!("text {}", u64::from(doc.0) + 1)
}
