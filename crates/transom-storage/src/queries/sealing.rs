//! Queries over sealed columns and the keys that they are sealed with.

use super::Connection;
use crate::{
    OpenError,
    fault::Fault,
    schema::sealing_keys,
    sealing::{Keyring, Lost, RESEAL_STEP, SEALED, SealedColumn, Sealer, Step},
};
use diesel::{prelude::*, sql_query, sql_types::Text};
use transom_domain::ports::StoreError;

#[derive(QueryableByName)]
struct SealedRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    value: String,
}

/// How the values that are to be sealed lie there.
#[derive(Clone, Copy)]
enum Was {
    /// In clear, as versions without sealing left them.
    Clear,
    /// Sealed with another key.
    Sealed(Lost),
}

/// Makes a database and a server's keys fit: in one that has never seen a key everything is sealed, with the first key
/// made where there is none; in any other the keys in use must be known.
pub(crate) fn settle(connection: &mut Connection, keyring: &Keyring) -> Result<(), OpenError> {
    let failed = |fault: Fault| OpenError::Seal(fault.into_store_error("sealing keys").to_string());
    let in_use = registered(connection).map_err(failed)?;
    if in_use.is_empty() && keyring.current().is_none() {
        keyring.source().make_first()?;
        keyring.reload()?;
    }
    keyring.require(&in_use)?;
    let key = keyring.current().ok_or(OpenError::NoKey)?;
    if in_use.is_empty() {
        // Not in use by anybody yet, so there is nobody to hold it against. A start that is cut off here begins again.
        seal_clear(connection, keyring, &Sealer::new(key.clone())).map_err(failed)?;
    }
    if !in_use.iter().any(|id| id == key.id()) {
        register(connection, key.id()).map_err(failed)?;
    }
    Ok(())
}

/// The ids of the keys in use.
pub(crate) fn registered(connection: &mut Connection) -> Result<Vec<String>, Fault> {
    Ok(sealing_keys::table
        .order(sealing_keys::id)
        .select(sealing_keys::id)
        .load(connection)?)
}

/// Says that a key is in use from now on.
pub(crate) fn register(connection: &mut Connection, id: &str) -> Result<(), Fault> {
    diesel::insert_into(sealing_keys::table)
        .values(sealing_keys::id.eq(id))
        .on_conflict_do_nothing()
        .execute(connection)?;
    Ok(())
}

/// The key to seal with, held until the transaction ends.
pub(super) fn sealer(connection: &mut Connection, keyring: &Keyring) -> Result<Sealer, Fault> {
    for is_last in [false, true] {
        if let Some(key) = keyring.current() {
            let row = holding!(sealing_keys::table.find(key.id().to_owned()).select(sealing_keys::id))
                .first::<String>(connection)
                .optional()?;
            if row.is_some() {
                return Ok(Sealer::new(key));
            }
        }
        // A rotation has taken it away: its successor is where it came from.
        if !is_last {
            keyring
                .reload()
                .map_err(|error| StoreError::Failed(error.to_string()))?;
        }
    }
    Err(Fault::Store(StoreError::Failed(
        "the key that this server seals secrets with was taken away; restart it with the present key".to_owned(),
    )))
}

/// Seals so many values of a column anew, those behind `after`, in a transaction of its own.
pub(crate) fn reseal(
    connection: &mut Connection,
    keyring: &Keyring,
    column: SealedColumn,
    after: &str,
    lost: Lost,
) -> Result<Step, Fault> {
    atomically!(connection, |connection| {
        let sealer = sealer(connection, keyring)?;
        let rows = page(connection, column, after)?;
        seal_rows(connection, keyring, &sealer, column, rows, Was::Sealed(lost))
    })
}

/// Takes every key but the present one away: nobody can seal with them from then on. What was sealed with them since the
/// rotation went by is sealed anew. Answers the ids of those that were taken away.
pub(crate) fn retire(connection: &mut Connection, keyring: &Keyring, lost: Lost) -> Result<(Vec<String>, Step), Fault> {
    atomically!(connection, |connection| {
        let sealer = sealer(connection, keyring)?;
        let others = sealing_keys::table.filter(sealing_keys::id.ne(sealer.key_id().to_owned()));
        let retired: Vec<String> = others
            .clone()
            .order(sealing_keys::id)
            .select(sealing_keys::id)
            .load(connection)?;
        // Waits for the units that hold one of them.
        diesel::delete(others).execute(connection)?;
        let mut late = Step::default();
        for column in SEALED {
            let SealedColumn { table, column: name } = column;
            let rows = sql_query(format!(
                "SELECT id, {name} AS value FROM {table} WHERE {name} IS NOT NULL AND {name} NOT LIKE $1"
            ))
            .bind::<Text, _>(sealer.pattern())
            .load(connection)?;
            let step = seal_rows(connection, keyring, &sealer, *column, rows, Was::Sealed(lost))?;
            late.resealed += step.resealed;
            late.replaced += step.replaced;
        }
        Ok((retired, late))
    })
}

fn seal_clear(connection: &mut Connection, keyring: &Keyring, sealer: &Sealer) -> Result<(), Fault> {
    let mut sealed = 0;
    for column in SEALED {
        let mut after = String::new();
        loop {
            let step = atomically!(connection, |connection| {
                let rows = page(connection, *column, &after)?;
                seal_rows(connection, keyring, sealer, *column, rows, Was::Clear)
            })?;
            sealed += step.resealed;
            match step.last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    if sealed > 0 {
        super::forget_overwritten(connection)?;
        tracing::info!(sealed, "secrets that lay in clear are sealed");
    }
    Ok(())
}

fn page(connection: &mut Connection, column: SealedColumn, after: &str) -> Result<Vec<SealedRow>, Fault> {
    let SealedColumn { table, column } = column;
    Ok(sql_query(format!(
        "SELECT id, {column} AS value FROM {table} WHERE {column} IS NOT NULL AND id > $1 \
         ORDER BY id LIMIT {RESEAL_STEP}"
    ))
    .bind::<Text, _>(after)
    .load(connection)?)
}

fn seal_rows(
    connection: &mut Connection,
    keyring: &Keyring,
    sealer: &Sealer,
    place: SealedColumn,
    rows: Vec<SealedRow>,
    was: Was,
) -> Result<Step, Fault> {
    let SealedColumn { table, column } = place;
    let mut step = Step {
        last: rows.last().map(|row| row.id.clone()),
        ..Step::default()
    };
    for SealedRow { id, value } in rows {
        if sealer.sealed(&value) {
            continue;
        }
        let plain = match (was, keyring.open(place, &id, &value)) {
            (_, Ok(plain)) => plain,
            (Was::Clear, Err(_)) if !SealedColumn::is_sealed(&value) => value.clone(),
            (Was::Sealed(Lost::Replace), Err(_)) => {
                step.replaced += 1;
                Lost::replacement(place)?
            }
            (_, Err(error)) => return Err(error.into()),
        };
        // A value that was changed since it was read is sealed with a key in use, and found by whoever retires that key.
        let changed = sql_query(format!(
            "UPDATE {table} SET {column} = $1 WHERE id = $2 AND {column} = $3"
        ))
        .bind::<Text, _>(sealer.seal(place, &id, &plain)?)
        .bind::<Text, _>(&id)
        .bind::<Text, _>(&value)
        .execute(connection)?;
        step.resealed += changed as u64;
    }
    Ok(step)
}
