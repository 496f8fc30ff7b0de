use annotate::{Entry, Renaming};
use corpus::Doc;
use experiment::Snapshot;
use project::{
    AnnotationRecord, BaseRecord, DocNumber, ExperimentId, Head, ProjectId, ProjectRecord, RunId,
    RunRecord, SuggestionRecord, TextRecord, TokensRecord, from_bytes, to_bytes,
};

use crate::rows::{
    all, base_must_be_new, change_all, copy_table, decoded, get, missing_base, missing_experiment,
    missing_project, missing_text, must_be_new, of_texts, one, part_key, project, replace,
    text_name, tokens_key, wanted,
};
use crate::store::{Committed, NewTexts, Store};
use crate::table::{Key, Keys, Mode, Part, Table, Tables, Transaction, key, named, numbered};
use crate::{ExperimentRecord, Outcome, StoreError};

/// How many heads are one record.
const HEADS_IN_BLOCK: usize = 512;

impl<T: Tables> Store for T {
    async fn projects(&self) -> Result<Vec<ProjectRecord>, StoreError> {
        let tx = self.begin(&[Table::Projects], Mode::Read)?;
        decoded(&tx.scan(Table::Projects, &Keys::Under(Vec::new())).await?)
    }

    async fn project(&self, id: &ProjectId) -> Result<ProjectRecord, StoreError> {
        let tx = self.begin(&[Table::Projects], Mode::Read)?;
        project(&tx, id).await
    }

    async fn create_project(&self, record: &ProjectRecord) -> Result<(), StoreError> {
        let bytes = to_bytes(record);
        let tx = self.begin(&[Table::Projects], Mode::Strict)?;
        must_be_new(&tx, &record.id).await?;
        tx.put(Table::Projects, &key(&record.id), &bytes)?;
        tx.commit().await
    }

    async fn update_project(
        &self,
        id: &ProjectId,
        change: impl FnOnce(&mut ProjectRecord) + 'static,
    ) -> Result<ProjectRecord, StoreError> {
        let tx = self.begin(&[Table::Projects], Mode::Strict)?;
        let mut record = project(&tx, id).await?;
        change(&mut record);
        tx.put(Table::Projects, &key(id), &to_bytes(&record))?;
        tx.commit().await?;
        Ok(record)
    }

    async fn delete_project(&self, id: &ProjectId) -> Result<(), StoreError> {
        let tx = self.begin(&Table::OF_PROJECTS, Mode::Strict)?;
        for table in Table::OF_PROJECTS {
            tx.delete(table, &Keys::Under(key(id)))?;
        }
        tx.commit().await
    }

    async fn stage(
        &self,
        id: &ProjectId,
        first: DocNumber,
        docs: &[Doc],
    ) -> Result<(), StoreError> {
        let rows: Vec<(Key, Vec<u8>, Vec<u8>)> = (first.0..)
            .zip(docs)
            .map(|(number, doc)| {
                let (id_, text, meta) = (doc.id.clone(), doc.text.clone(), doc.meta.clone());
                let text = TextRecord { id: id_, text, meta };
                let annotation = doc.annotation.clone();
                let record = AnnotationRecord { revision: 0, annotation };
                (numbered(id, number), to_bytes(&text), to_bytes(&record))
            })
            .collect();
        let tables = [Table::Projects, Table::Docs, Table::Annotations];
        let tx = self.begin(&tables, Mode::Relaxed)?;
        if first.0 < project(&tx, id).await?.counts.docs {
            return Err(StoreError::Exists { what: text_name(first) });
        }
        for (key, text, annotation) in rows {
            tx.put(Table::Docs, &key, &text)?;
            tx.put(Table::Annotations, &key, &annotation)?;
        }
        tx.commit().await
    }

    async fn adopt(&self, id: &ProjectId, new: NewTexts) -> Result<ProjectRecord, StoreError> {
        let blocks: Vec<Vec<u8>> =
            new.heads.chunks(HEADS_IN_BLOCK).map(|block| to_bytes(&block)).collect();
        let tables = [Table::Projects, Table::Docs, Table::Heads];
        let tx = self.begin(&tables, Mode::Strict)?;
        let mut record = project(&tx, id).await?;
        let first = record.counts.docs;
        let n_docs = new.heads.len() as u32;
        if let Some(last) = n_docs.checked_sub(1).map(|it| DocNumber(first + it))
            && !tx.has(Table::Docs, &numbered(id, last.0)).await?
        {
            return Err(missing_text(last));
        }
        for (number, block) in (first..).step_by(HEADS_IN_BLOCK).zip(blocks) {
            tx.put(Table::Heads, &numbered(id, number), &block)?;
        }
        let NewTexts { counts, labels, now_ms, .. } = new;
        record.counts.docs += n_docs;
        record.counts.accepted += counts.accepted;
        record.counts.rejected += counts.rejected;
        record.counts.ignored += counts.ignored;
        record.counts.flagged += counts.flagged;
        record.counts.marks += counts.marks;
        for label in labels {
            if !record.labels.iter().any(|it| it.label == label.label) {
                record.labels.push(label);
            }
        }
        record.changed_ms = now_ms;
        tx.put(Table::Projects, &key(id), &to_bytes(&record))?;
        tx.commit().await?;
        Ok(record)
    }

    async fn discard_staged(&self, id: &ProjectId) -> Result<(), StoreError> {
        let tables = [Table::Projects, Table::Docs, Table::Annotations];
        let tx = self.begin(&tables, Mode::Relaxed)?;
        let n_docs = project(&tx, id).await?.counts.docs;
        let staged = Keys::numbers(id, n_docs.into()..u64::from(u32::MAX) + 1);
        tx.delete(Table::Docs, &staged)?;
        tx.delete(Table::Annotations, &staged)?;
        tx.commit().await
    }

    async fn heads(&self, id: &ProjectId) -> Result<Vec<Head>, StoreError> {
        let tx = self.begin(&[Table::Projects, Table::Heads], Mode::Read)?;
        project(&tx, id).await?;
        let blocks: Vec<Vec<Head>> = decoded(&tx.scan(Table::Heads, &Keys::Under(key(id))).await?)?;
        Ok(blocks.into_iter().flatten().collect())
    }

    async fn text(&self, id: &ProjectId, doc: DocNumber) -> Result<TextRecord, StoreError> {
        one(self.texts(id, doc, 1).await?, doc)
    }

    async fn texts(
        &self,
        id: &ProjectId,
        first: DocNumber,
        n: u32,
    ) -> Result<Vec<TextRecord>, StoreError> {
        of_texts(self, Table::Docs, id, first, n).await
    }

    async fn annotation(
        &self,
        id: &ProjectId,
        doc: DocNumber,
    ) -> Result<AnnotationRecord, StoreError> {
        one(self.annotations(id, doc, 1).await?, doc)
    }

    async fn annotations(
        &self,
        id: &ProjectId,
        first: DocNumber,
        n: u32,
    ) -> Result<Vec<AnnotationRecord>, StoreError> {
        of_texts(self, Table::Annotations, id, first, n).await
    }

    async fn commit(
        &self,
        id: &ProjectId,
        entry: &Entry,
        revision: u32,
    ) -> Result<Committed, StoreError> {
        let (at, seq) = (numbered(id, entry.doc), numbered(id, entry.seq));
        let line = to_bytes(entry);
        let tables = [Table::Projects, Table::Annotations, Table::Journal];
        let tx = self.begin(&tables, Mode::Strict)?;
        let mut project = project(&tx, id).await?;
        if project.counts.docs <= entry.doc {
            return Err(missing_text(DocNumber(entry.doc)));
        }
        let record = get(&tx, Table::Annotations, &at).await?;
        let mut record: AnnotationRecord =
            record.ok_or_else(|| missing_text(DocNumber(entry.doc)))?;
        if record.revision != revision || tx.has(Table::Journal, &seq).await? {
            return Err(StoreError::Conflict);
        }
        let before = record.annotation.clone();
        entry.change.apply(&mut record.annotation);
        record.revision = revision.wrapping_add(1);
        project.counts.replace(&before, &record.annotation);
        project.changed_ms = entry.at_ms;
        tx.put(Table::Annotations, &at, &to_bytes(&record))?;
        tx.put(Table::Journal, &seq, &line)?;
        tx.put(Table::Projects, &key(id), &to_bytes(&project))?;
        tx.commit().await?;
        Ok(Committed { record, counts: project.counts })
    }

    async fn journal(&self, id: &ProjectId) -> Result<Vec<Entry>, StoreError> {
        all(self, Table::Journal, id).await
    }

    async fn rename_label(
        &self,
        id: &ProjectId,
        renaming: &Renaming,
        now_ms: u64,
    ) -> Result<ProjectRecord, StoreError> {
        let tables = [Table::Projects, Table::Annotations, Table::Journal, Table::Suggestions];
        let tx = self.begin(&tables, Mode::Strict)?;
        let mut record = project(&tx, id).await?;
        let Renaming { from, to } = renaming;
        if record.labels.iter().any(|it| it.label == *to) {
            return Err(StoreError::Exists { what: format!("the label “{to}”") });
        }
        let Some(def) = record.labels.iter_mut().find(|it| it.label == *from) else {
            return Err(StoreError::Missing { what: format!("the label “{from}”") });
        };
        def.label = to.clone();
        record.changed_ms = now_ms;
        change_all(&tx, Table::Annotations, id, |it: &mut AnnotationRecord| {
            let is_changed = renaming.annotation(&mut it.annotation);
            it.revision = it.revision.wrapping_add(u32::from(is_changed));
            is_changed
        })
        .await?;
        change_all(&tx, Table::Journal, id, |it: &mut Entry| renaming.entry(it)).await?;
        change_all(&tx, Table::Suggestions, id, |it: &mut SuggestionRecord| {
            renaming.suggestions(&mut it.suggestions)
        })
        .await?;
        tx.put(Table::Projects, &key(id), &to_bytes(&record))?;
        tx.commit().await?;
        Ok(record)
    }

    async fn put_journal(&self, id: &ProjectId, entries: &[Entry]) -> Result<(), StoreError> {
        let rows = entries.iter().map(|it| (numbered(id, it.seq), to_bytes(it))).collect();
        replace(self, Table::Journal, id, Some(Keys::Under(key(id))), rows, Mode::Strict).await
    }

    async fn tokens(
        &self,
        id: &ProjectId,
        base: &str,
        docs: &[DocNumber],
    ) -> Result<Vec<Option<TokensRecord>>, StoreError> {
        let keys: Vec<Key> = docs.iter().map(|&doc| tokens_key(id, base, doc)).collect();
        let tx = self.begin(&[Table::Projects, Table::Tokens], Mode::Read)?;
        project(&tx, id).await?;
        let found = tx.get(Table::Tokens, &keys).await?;
        found
            .iter()
            .map(|it| it.as_deref().map(from_bytes).transpose().map_err(Into::into))
            .collect()
    }

    async fn put_tokens(
        &self,
        id: &ProjectId,
        base: &str,
        tokens: &[(DocNumber, TokensRecord)],
    ) -> Result<(), StoreError> {
        let row = |(doc, it): &(DocNumber, _)| (tokens_key(id, base, *doc), to_bytes(it));
        let rows = tokens.iter().map(row).collect();
        replace(self, Table::Tokens, id, None, rows, Mode::Relaxed).await
    }

    async fn suggestions(
        &self,
        id: &ProjectId,
        first: DocNumber,
        n: u32,
    ) -> Result<Vec<(DocNumber, SuggestionRecord)>, StoreError> {
        let tx = self.begin(&[Table::Projects, Table::Suggestions], Mode::Read)?;
        let n_docs = project(&tx, id).await?.counts.docs;
        let Some(wanted) = wanted(id, n_docs, first, n) else { return Ok(Vec::new()) };
        let keys = tx.keys(Table::Suggestions, &wanted).await?;
        let records: Vec<SuggestionRecord> = decoded(&tx.scan(Table::Suggestions, &wanted).await?)?;
        let number = |key: Key| match key.last() {
            Some(&Part::Number(number)) => DocNumber(number as u32),
            _ => first,
        };
        Ok(keys.into_iter().map(number).zip(records).collect())
    }

    async fn put_suggestions(
        &self,
        id: &ProjectId,
        suggestions: &[(DocNumber, SuggestionRecord)],
    ) -> Result<(), StoreError> {
        let row = |(doc, it): &(DocNumber, _)| (numbered(id, doc.0), to_bytes(it));
        let rows = suggestions.iter().map(row).collect();
        replace(self, Table::Suggestions, id, None, rows, Mode::Relaxed).await
    }

    async fn clear_suggestions(&self, id: &ProjectId) -> Result<(), StoreError> {
        let all = Some(Keys::Under(key(id)));
        replace(self, Table::Suggestions, id, all, Vec::new(), Mode::Relaxed).await
    }

    async fn runs(&self, id: &ProjectId) -> Result<Vec<RunRecord>, StoreError> {
        all(self, Table::Runs, id).await
    }

    async fn run(&self, id: &ProjectId, run: RunId) -> Result<RunRecord, StoreError> {
        let tx = self.begin(&[Table::Runs], Mode::Read)?;
        let found = get(&tx, Table::Runs, &numbered(id, run.0)).await?;
        found.ok_or_else(|| StoreError::Missing { what: format!("run {}", run.0) })
    }

    async fn put_run(&self, id: &ProjectId, run: &RunRecord) -> Result<(), StoreError> {
        let rows = vec![(numbered(id, run.id.0), to_bytes(run))];
        replace(self, Table::Runs, id, None, rows, Mode::Strict).await
    }

    async fn delete_run(&self, id: &ProjectId, run: RunId) -> Result<(), StoreError> {
        let tables = [Table::Runs, Table::Weights, Table::Checkpoints, Table::Outcomes];
        let tx = self.begin(&tables, Mode::Strict)?;
        for table in tables {
            tx.delete(table, &Keys::Under(numbered(id, run.0)))?;
        }
        tx.commit().await
    }

    async fn weights(&self, id: &ProjectId, run: RunId) -> Result<Option<Vec<u8>>, StoreError> {
        let tx = self.begin(&[Table::Weights], Mode::Read)?;
        let found = tx.get(Table::Weights, &[numbered(id, run.0)]).await?;
        Ok(found.into_iter().flatten().next())
    }

    async fn put_weights(
        &self,
        id: &ProjectId,
        run: RunId,
        weights: &[u8],
    ) -> Result<(), StoreError> {
        let rows = vec![(numbered(id, run.0), weights.to_vec())];
        replace(self, Table::Weights, id, None, rows, Mode::Strict).await
    }

    async fn checkpoint(&self, id: &ProjectId, run: RunId) -> Result<Option<Vec<u8>>, StoreError> {
        let tx = self.begin(&[Table::Checkpoints], Mode::Read)?;
        let found = tx.get(Table::Checkpoints, &[numbered(id, run.0)]).await?;
        Ok(found.into_iter().flatten().next())
    }

    async fn put_checkpoint(
        &self,
        id: &ProjectId,
        run: RunId,
        bytes: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let at = numbered(id, run.0);
        let rows = bytes.map(|it| (at.clone(), it.to_vec())).into_iter().collect();
        let old = Some(Keys::Under(at));
        replace(self, Table::Checkpoints, id, old, rows, Mode::Relaxed).await
    }

    async fn experiments(&self, id: &ProjectId) -> Result<Vec<ExperimentRecord>, StoreError> {
        all(self, Table::Experiments, id).await
    }

    async fn experiment(
        &self,
        project: &ProjectId,
        id: ExperimentId,
    ) -> Result<ExperimentRecord, StoreError> {
        let tx = self.begin(&[Table::Experiments], Mode::Read)?;
        let found = get(&tx, Table::Experiments, &numbered(project, id.0)).await?;
        found.ok_or_else(|| missing_experiment(id))
    }

    async fn put_experiment(
        &self,
        project: &ProjectId,
        experiment: &ExperimentRecord,
        snapshot: Option<&Snapshot>,
    ) -> Result<(), StoreError> {
        let at = numbered(project, experiment.id.0);
        let (bytes, snapshot) = (to_bytes(experiment), snapshot.map(to_bytes));
        let tables = [Table::Projects, Table::Experiments, Table::Snapshots];
        let tx = self.begin(&tables, Mode::Strict)?;
        if !tx.has(Table::Projects, &key(project)).await? {
            return Err(missing_project());
        }
        match snapshot {
            Some(snapshot) => tx.put(Table::Snapshots, &at, &snapshot)?,
            // One that was deleted meanwhile stays deleted.
            None if !tx.has(Table::Experiments, &at).await? => {
                return Err(missing_experiment(experiment.id));
            }
            None => {}
        }
        tx.put(Table::Experiments, &at, &bytes)?;
        tx.commit().await
    }

    async fn delete_experiment(
        &self,
        project: &ProjectId,
        id: ExperimentId,
    ) -> Result<(), StoreError> {
        let of_runs = [Table::Runs, Table::Weights, Table::Checkpoints, Table::Outcomes];
        let tables = [&[Table::Experiments, Table::Snapshots], &of_runs[..]].concat();
        let tx = self.begin(&tables, Mode::Strict)?;
        let at = numbered(project, id.0);
        let found = get::<ExperimentRecord>(&tx, Table::Experiments, &at).await?;
        let record = found.ok_or_else(|| missing_experiment(id))?;
        for run in record.own_runs() {
            for table in of_runs {
                tx.delete(table, &Keys::Under(numbered(project, run.0)))?;
            }
        }
        for run in &record.taken {
            tx.delete(Table::Outcomes, &Keys::Under(numbered(project, run.0)))?;
        }
        for table in [Table::Experiments, Table::Snapshots] {
            tx.delete(table, &Keys::Under(at.clone()))?;
        }
        tx.commit().await
    }

    async fn snapshot(
        &self,
        project: &ProjectId,
        id: ExperimentId,
    ) -> Result<Snapshot, StoreError> {
        let tx = self.begin(&[Table::Snapshots], Mode::Read)?;
        let found = get(&tx, Table::Snapshots, &numbered(project, id.0)).await?;
        found.ok_or_else(|| missing_experiment(id))
    }

    async fn outcome(&self, id: &ProjectId, run: RunId) -> Result<Option<Outcome>, StoreError> {
        let tx = self.begin(&[Table::Outcomes], Mode::Read)?;
        get(&tx, Table::Outcomes, &numbered(id, run.0)).await
    }

    async fn put_outcome(
        &self,
        id: &ProjectId,
        run: RunId,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        let rows = vec![(numbered(id, run.0), to_bytes(outcome))];
        replace(self, Table::Outcomes, id, None, rows, Mode::Strict).await
    }

    async fn bases(&self) -> Result<Vec<BaseRecord>, StoreError> {
        let tx = self.begin(&[Table::Bases], Mode::Read)?;
        decoded(&tx.scan(Table::Bases, &Keys::Under(Vec::new())).await?)
    }

    async fn base(&self, name: &str) -> Result<BaseRecord, StoreError> {
        let tx = self.begin(&[Table::Bases], Mode::Read)?;
        get(&tx, Table::Bases, &named(name)).await?.ok_or_else(|| missing_base(name))
    }

    async fn stage_base(&self, name: &str, number: u32, part: &[u8]) -> Result<(), StoreError> {
        let tx = self.begin(&[Table::Bases, Table::BaseParts], Mode::Relaxed)?;
        base_must_be_new(&tx, name).await?;
        if number == 0 {
            tx.delete(Table::BaseParts, &Keys::Under(named(name)))?;
        }
        tx.put(Table::BaseParts, &part_key(name, number), part)?;
        tx.commit().await
    }

    async fn adopt_base(&self, record: &BaseRecord) -> Result<(), StoreError> {
        let tx = self.begin(&[Table::Bases, Table::BaseParts], Mode::Strict)?;
        base_must_be_new(&tx, &record.name).await?;
        let parts = tx.keys(Table::BaseParts, &Keys::Under(named(&record.name))).await?;
        if parts.len() != record.n_parts as usize {
            return Err(missing_base(&record.name));
        }
        tx.put(Table::Bases, &named(&record.name), &to_bytes(record))?;
        tx.commit().await
    }

    async fn base_part(&self, name: &str, number: u32) -> Result<Vec<u8>, StoreError> {
        let tx = self.begin(&[Table::Bases, Table::BaseParts], Mode::Read)?;
        let is_there = tx.has(Table::Bases, &named(name)).await?;
        let found = tx.get(Table::BaseParts, &[part_key(name, number)]).await?;
        let found = found.into_iter().flatten().next().filter(|_| is_there);
        found.ok_or_else(|| missing_base(name))
    }

    async fn delete_base(&self, name: &str) -> Result<(), StoreError> {
        let tables = [Table::Projects, Table::Tokens, Table::Bases, Table::BaseParts];
        let tx = self.begin(&tables, Mode::Strict)?;
        let projects = tx.keys(Table::Projects, &Keys::Under(Vec::new())).await?;
        for mut tokens in projects {
            tokens.push(Part::Word(name.to_owned()));
            tx.delete(Table::Tokens, &Keys::Under(tokens))?;
        }
        for table in [Table::Bases, Table::BaseParts] {
            tx.delete(table, &Keys::Under(named(name)))?;
        }
        tx.commit().await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let tx = self.begin(&[Table::Settings], Mode::Read)?;
        let found = tx.get(Table::Settings, &[named(name)]).await?;
        Ok(found.into_iter().flatten().next())
    }

    async fn put_setting(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let tx = self.begin(&[Table::Settings], Mode::Relaxed)?;
        tx.put(Table::Settings, &named(name), bytes)?;
        tx.commit().await
    }

    async fn copy_project(&self, id: &ProjectId, copy: &ProjectRecord) -> Result<(), StoreError> {
        let tx = self.begin(&Table::OF_PROJECTS, Mode::Strict)?;
        let counts = project(&tx, id).await?.counts;
        must_be_new(&tx, &copy.id).await?;
        for table in Table::OF_PROJECTS {
            copy_table(&tx, table, id, &copy.id).await?;
        }
        // What was staged and never adopted came along.
        let staged = Keys::numbers(&copy.id, counts.docs.into()..u64::from(u32::MAX) + 1);
        tx.delete(Table::Docs, &staged)?;
        tx.delete(Table::Annotations, &staged)?;
        let record = ProjectRecord { counts, ..copy.clone() };
        tx.put(Table::Projects, &key(&copy.id), &to_bytes(&record))?;
        tx.commit().await
    }
}
