//! Queries over users.

use super::{Connection, Database, devices::page::containing, unit::UnitOfWork};
use crate::{
    fault::{Fault, missing},
    rows::{
        Place,
        devices::key,
        users::{UserRow, UserTagRow},
    },
    schema::{devices, enrollment_tokens, user_smart_values, user_tags, users},
};
use diesel::{
    dsl::{count_star, exists, not},
    prelude::*,
};
use std::collections::HashMap;
use transom_domain::{
    DeviceId, OrganizationId, Timestamp, UserId,
    device::DeviceState,
    page::Page,
    ports::{StoreError, UserQuery, UserSort, Users, UsersMut},
    segment::{SegmentId, SegmentScope},
    user::{Email, User},
};

/// Users with their tags, in the order of the rows.
fn with_tags(connection: &mut Connection, rows: Vec<UserRow>) -> Result<Vec<User>, Fault> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let tags: Vec<(String, String)> = user_tags::table
        .filter(user_tags::user_id.eq_any(ids))
        .order((user_tags::user_id, user_tags::position))
        .select((user_tags::user_id, user_tags::tag))
        .load(connection)?;
    let mut by_user: HashMap<String, Vec<String>> = HashMap::new();
    for (user, tag) in tags {
        by_user.entry(user).or_default().push(tag);
    }
    let users = rows.into_iter().map(|row| {
        let tags = by_user.remove(&row.id).unwrap_or_default();
        row.into_user(tags)
    });
    Ok(users.collect::<Result<_, _>>()?)
}

/// One user with their tags.
fn with_own_tags(connection: &mut Connection, row: Option<UserRow>) -> Result<Option<User>, Fault> {
    Ok(with_tags(connection, row.into_iter().collect())?.pop())
}

fn insert_tags(connection: &mut Connection, user: &User) -> Result<(), Fault> {
    let rows = UserTagRow::of(user);
    if !rows.is_empty() {
        diesel::insert_into(user_tags::table).values(rows).execute(connection)?;
    }
    Ok(())
}

/// The users that somebody who sees `scope` sees: with a device in it, or without any device.
pub(super) fn seen(organization: OrganizationId, scope: &SegmentScope) -> users::BoxedQuery<'static, Database> {
    let found = users::table
        .filter(users::organization_id.eq(organization.to_string()))
        .filter(users::removed_at.is_null())
        .into_boxed();
    let SegmentScope::Only(segments) = scope else {
        return found;
    };
    let segments: Vec<i64> = segments.iter().map(|s| s.0.into()).collect();
    let theirs = || {
        devices::table
            .filter(devices::user_id.eq(users::id.nullable()))
            .filter(devices::state.ne(DeviceState::Deleted.as_str()))
    };
    found.filter(exists(theirs().filter(devices::segment_id.eq_any(segments))).or(not(exists(theirs()))))
}

/// The users that a query means, in no order.
fn filtered(query: &UserQuery) -> users::BoxedQuery<'static, Database> {
    let mut found = seen(query.organization, &query.scope);
    for tag in &query.tags {
        found = found.filter(exists(
            user_tags::table
                .filter(user_tags::tag_key.eq(key(tag)))
                .filter(user_tags::user_id.eq(users::id)),
        ));
    }
    if let Some(search) = &query.search {
        let pattern = containing(&key(search));
        found = found.filter(
            users::email
                .like(pattern.clone())
                .escape('\\')
                .or(users::name_key.assume_not_null().like(pattern).escape('\\')),
        );
    }
    found
}

/// The same, sorted; who has no name counts as smallest on both databases, and equal ones are sorted by id.
fn sorted(query: &UserQuery) -> users::BoxedQuery<'static, Database> {
    macro_rules! by {
        ($column:ident) => {
            if query.descending {
                filtered(query).order((users::$column.desc(), users::id.desc()))
            } else {
                filtered(query).order((users::$column.asc(), users::id.asc()))
            }
        };
    }
    match query.sort {
        UserSort::CreatedAt => by!(created_at),
        UserSort::UpdatedAt => by!(updated_at),
        UserSort::Email => by!(email),
        UserSort::Name if query.descending => filtered(query).order((
            users::name_key.is_null().asc(),
            users::name_key.desc(),
            users::id.desc(),
        )),
        UserSort::Name => {
            filtered(query).order((users::name_key.is_null().desc(), users::name_key.asc(), users::id.asc()))
        }
    }
}

impl Users for UnitOfWork<'_> {
    fn user(&mut self, organization: OrganizationId, id: UserId) -> Result<Option<User>, StoreError> {
        self.run("user", |connection| {
            let row = users::table
                .find(id.to_string())
                .filter(users::organization_id.eq(organization.to_string()))
                .filter(users::removed_at.is_null())
                .select(UserRow::as_select())
                .first(connection)
                .optional()?;
            with_own_tags(connection, row)
        })
    }

    fn user_by_email(&mut self, organization: OrganizationId, email: &Email) -> Result<Option<User>, StoreError> {
        self.run("user by e-mail", |connection| {
            let row = users::table
                .filter(users::organization_id.eq(organization.to_string()))
                .filter(users::email.eq(email.as_str()))
                .filter(users::removed_at.is_null())
                .select(UserRow::as_select())
                .first(connection)
                .optional()?;
            with_own_tags(connection, row)
        })
    }

    fn user_to_sign_in(&mut self, email: &Email) -> Result<Option<User>, StoreError> {
        self.run("user to sign in", |connection| {
            let row = users::table
                .filter(users::email.eq(email.as_str()))
                .filter(users::password_hash.is_not_null())
                .select(UserRow::as_select())
                .first(connection)
                .optional()?;
            with_own_tags(connection, row)
        })
    }

    fn users_by_id(&mut self, organization: OrganizationId, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        self.run_long("users by id", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = users::table
                .filter(users::id.eq_any(ids))
                .filter(users::organization_id.eq(organization.to_string()))
                .filter(users::removed_at.is_null())
                .select(UserRow::as_select())
                .load(connection)?;
            with_tags(connection, rows)
        })
    }

    fn user_page(&mut self, query: &UserQuery) -> Result<Page<User>, StoreError> {
        self.run_long("user page", |connection| {
            let total: i64 = filtered(query).count().get_result(connection)?;
            let rows = sorted(query)
                .offset(query.page.offset())
                .limit(query.page.limit().into())
                .select(UserRow::as_select())
                .load(connection)?;
            Ok(Page {
                items: with_tags(connection, rows)?,
                total: total.unsigned_abs(),
                request: query.page,
            })
        })
    }

    fn user_devices(&mut self, ids: &[UserId]) -> Result<Vec<(UserId, SegmentId, u64)>, StoreError> {
        self.run_long("devices of users", |connection| {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows: Vec<(Option<String>, i64, i64)> = devices::table
                .filter(devices::user_id.eq_any(ids))
                .filter(devices::state.ne(DeviceState::Deleted.as_str()))
                .group_by((devices::user_id, devices::segment_id))
                .order((devices::user_id, devices::segment_id))
                .select((devices::user_id, devices::segment_id, count_star()))
                .load(connection)?;
            let read = |(user, segment, count): (Option<String>, i64, i64)| {
                let user = user.unwrap_or_default();
                let at = Place::new("devices", &user);
                Ok::<_, StoreError>((
                    at.fit("user_id", UserId::parse(&user).ok())?,
                    SegmentId(at.number("segment_id", segment)?),
                    count.unsigned_abs(),
                ))
            };
            Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
        })
    }
}

impl UsersMut for UnitOfWork<'_> {
    fn insert_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.run("insert user", |connection| {
            diesel::insert_into(users::table)
                .values(UserRow::from(user))
                .execute(connection)?;
            insert_tags(connection, user)
        })
    }

    fn lock_user(&mut self, organization: OrganizationId, id: UserId) -> Result<Option<User>, StoreError> {
        self.run("lock user", |connection| {
            let row = locking!(
                users::table
                    .find(id.to_string())
                    .filter(users::organization_id.eq(organization.to_string()))
                    .filter(users::removed_at.is_null())
                    .select(UserRow::as_select())
            )
            .first(connection)
            .optional()?;
            with_own_tags(connection, row)
        })
    }

    fn update_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.run("update user", |connection| {
            let row = UserRow::from(user);
            let changed = diesel::update(users::table.find(row.id.clone()))
                .set(&row)
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("users", &row.id));
            }
            diesel::delete(user_tags::table.filter(user_tags::user_id.eq(&row.id))).execute(connection)?;
            insert_tags(connection, user)
        })
    }

    fn unassign_user(&mut self, id: UserId, now: Timestamp) -> Result<Vec<DeviceId>, StoreError> {
        self.run("unassign user", |connection| {
            let theirs: Vec<String> = devices::table
                .filter(devices::user_id.eq(id.to_string()))
                .order(devices::id)
                .select(devices::id)
                .load(connection)?;
            diesel::update(devices::table.filter(devices::user_id.eq(id.to_string())))
                .set((
                    devices::user_id.eq(None::<String>),
                    devices::updated_at.eq(now.as_millis()),
                ))
                .execute(connection)?;
            let read = |id: &String| Place::new("devices", id).fit("id", DeviceId::parse(id).ok());
            Ok(theirs.iter().map(read).collect::<Result<_, _>>()?)
        })
    }

    fn user_token_segments(&mut self, id: UserId, now: Timestamp) -> Result<Vec<SegmentId>, StoreError> {
        self.run("segments of a user's enrollment tokens", |connection| {
            let numbers: Vec<i64> = enrollment_tokens::table
                .filter(enrollment_tokens::user_id.eq(id.to_string()))
                .filter(enrollment_tokens::revoked_at.is_null())
                .filter(enrollment_tokens::expires_at.gt(now.as_millis()))
                .filter(enrollment_tokens::uses.lt(enrollment_tokens::uses_max))
                .select(enrollment_tokens::segment_id)
                .distinct()
                .load(connection)?;
            let user = id.to_string();
            let read = |n: &i64| {
                let number = u32::try_from(*n).ok();
                Place::new("enrollment_tokens", &user).fit("segment_id", number.map(SegmentId))
            };
            Ok(numbers.iter().map(read).collect::<Result<_, _>>()?)
        })
    }

    fn revoke_enrollment_tokens_of(&mut self, id: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.run("revoke enrollment tokens of a user", |connection| {
            let holding = enrollment_tokens::table
                .filter(enrollment_tokens::user_id.eq(id.to_string()))
                .filter(enrollment_tokens::revoked_at.is_null())
                .filter(enrollment_tokens::expires_at.gt(now.as_millis()));
            let revoked = diesel::update(holding)
                .set(enrollment_tokens::revoked_at.eq(now.as_millis()))
                .execute(connection)?;
            Ok(revoked as u64)
        })
    }

    fn remove_user(&mut self, id: UserId, now: Timestamp) -> Result<(), StoreError> {
        self.run("remove user", |connection| {
            let id = id.to_string();
            diesel::delete(user_tags::table.filter(user_tags::user_id.eq(&id))).execute(connection)?;
            diesel::delete(user_smart_values::table.filter(user_smart_values::user_id.eq(&id))).execute(connection)?;
            // Nothing personal is kept; the e-mail column must hold something unique.
            let changed = diesel::update(users::table.find(&id))
                .set((
                    users::email.eq(format!("removed-{id}@invalid")),
                    users::name.eq(None::<String>),
                    users::name_key.eq(None::<String>),
                    users::password_hash.eq(None::<String>),
                    users::language.eq(None::<String>),
                    users::metadata.eq("{}"),
                    users::removed_at.eq(now.as_millis()),
                ))
                .execute(connection)?;
            if changed == 0 {
                return Err(missing("users", &id));
            }
            Ok(())
        })
    }
}
